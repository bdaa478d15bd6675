"""Which language a buyer is spoken to in: the one chosen on a page, else the browser's, else the installation's (W-1).

What is chosen, with `?lang=` of any page, is kept in a cookie. Staff's pages and routes stay English (docs/adr/0025).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from fastapi import Request, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.cookies import read_cookie, set_cookie
from languages import PARAMETER, Language, current, languages, preferred, speaking
from ui.staff import STAFF

_COOKIE: Final = "fullhouse_language"
_LIFETIME: Final = timedelta(days=365)
_ENGLISH_PATHS: Final = (STAFF, "/api/admin/", "/internal/", "/static/")
_REQUEST: Final[ContextVar[Request | None]] = ContextVar("request", default=None)


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """A language that a page can be read in. `href`: the same page in it; empty for the one that it is in."""

    language: Language
    href: str


def language_links() -> Sequence[LanguageLink]:
    """What the foot of a page offers."""
    here, request = current(), _REQUEST.get()
    address = _address(request) if request else "/?"
    return [
        LanguageLink(each, "" if each is here else f"{address}{PARAMETER}={each.tag}") for each in languages().values()
    ]


class LanguageMiddleware:
    """Speaks the buyer's language for the time of a request."""

    def __init__(self, app: ASGIApp, *, default: Language) -> None:
        self._app = app
        self._default = default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_ENGLISH_PATHS):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        chosen = languages().get(request.query_params.get(PARAMETER, ""))
        _REQUEST.set(request)
        with speaking(chosen or self._kept(request)):
            await self._app(scope, receive, send if chosen is None else _keeping(request, chosen, send))

    def _kept(self, request: Request) -> Language:
        kept = languages().get(read_cookie(request, _COOKIE) or "")
        return kept or preferred(request.headers.get("accept-language", "")) or self._default


def _address(request: Request) -> str:
    """The page's address, ready for one more parameter."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != PARAMETER]
    return f"{request.url.path}?{urlencode(kept)}{'&' if kept else ''}"


def _keeping(request: Request, chosen: Language, send: Send) -> Send:
    """Sends a response that makes the browser remember the language."""
    carrier = set_cookie(request, Response(), _COOKIE, chosen.tag, lifetime=_LIFETIME)

    async def send_with_cookie(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).append("Set-Cookie", carrier.headers["set-cookie"])
        await send(message)

    return send_with_cookie
