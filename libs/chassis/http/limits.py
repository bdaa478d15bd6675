"""Limits what a request may be made of (X-4, X-5): bodies while they stream in, the cookie header, a text's charset."""

from __future__ import annotations

import re
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.errors import Condition, UnsupportedMediaType
from chassis.http.problems import Responder

BODY_LIMIT: Final = 64 * 1024
WEBHOOK_BODY_LIMIT: Final = 512 * 1024
WEBHOOK_PATHS: Final = ("/api/webhooks/", "/api/v1/webhooks/")
# SendGrid's batches reach 768 kB.
LARGEST_LIMITS: Final = {"/api/webhooks/sendgrid": 1024 * 1024}
DRAIN_LIMIT: Final = 2 * 1024 * 1024  # the gateway lets no more through
COOKIE_LIMIT: Final = 8 * 1024
_CHARSET: Final = re.compile(rb"charset\s*=\s*\"?([^\s;\",]*)", re.IGNORECASE)
_UTF_8: Final = frozenset({b"utf-8", b"utf8"})


class CookiesTooLarge(Condition):
    """The cookie header is larger than any of ours."""

    status = 431
    code = "cookies_too_large"
    title = "The cookies are too large"
    meaning = "A request may have 8 kB of cookies."
    remedy = "Delete this site's cookies and try again."


class HeaderLimitMiddleware:
    """Refuses headers that cost more to read than any of ours: over 8 kB of cookies, a charset that is not UTF-8."""

    def __init__(self, app: ASGIApp, *, respond: Responder) -> None:
        self._app = app
        self._respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = _refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        response = await self._respond(Request(scope), refusal)
        await response(scope, receive, send)


class BodyLimitMiddleware:
    """Refuses a body with 413 as soon as it, or its announced length, exceeds the limit.

    The error is raised from `receive`, so a route that never reads its body, or refuses first for a better reason, is
    not disturbed. It is an HTTPException, because FastAPI turns any other kind into its own 400.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = body_limit(scope["path"])
        received = 0
        announced = _content_length(scope)

        async def counted() -> Message:
            nonlocal received
            if announced > limit:
                await _drain(receive)
                raise _too_large()
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                await _drain(receive, message)
                raise _too_large()
            return message

        await self._app(scope, counted, send)


def body_limit(path: str) -> int:
    """How many bytes a body may have that is sent to this path."""
    return LARGEST_LIMITS.get(path) or (WEBHOOK_BODY_LIMIT if path.startswith(WEBHOOK_PATHS) else BODY_LIMIT)


def _refusal(scope: Scope) -> Condition | None:
    cookies = 0
    for name, value in scope["headers"]:
        if name == b"cookie":
            cookies += len(value)
        elif name == b"content-type" and any(found.lower() not in _UTF_8 for found in _CHARSET.findall(value)):
            return UnsupportedMediaType("Send text as UTF-8.")
    return CookiesTooLarge() if cookies > COOKIE_LIMIT else None


def _content_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


async def _drain(receive: Receive, last: Message | None = None) -> None:
    """Reads and discards the rest: a client that still sends when the connection closes never sees the response."""
    drained, more = 0, last is None or last.get("more_body", False)
    while more and drained <= DRAIN_LIMIT:
        message = await receive()
        drained += len(message.get("body", b""))
        more = message.get("more_body", False)


def _too_large() -> HTTPException:
    # The rest of a flood is not read: the connection can't be used again.
    return HTTPException(413, headers={"Connection": "close"})
