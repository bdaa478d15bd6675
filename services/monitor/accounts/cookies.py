"""Keeps a session in a browser: in two cookies, one for every service, one for renewing."""

from __future__ import annotations

from typing import Final, TypeVar

from fastapi import Request
from fastapi.responses import Response

from chassis.cookies import drop_cookie, read_cookie, set_cookie
from chassis.http.guards import SESSION_COOKIE, check_same_origin
from chassis.tokens.signing import LIFETIME
from monitor.accounts.domain import IDLE_LIFE
from monitor.accounts.service import SignedIn

REFRESH_COOKIE: Final = "fullhouse_refresh"
R = TypeVar("R", bound=Response)


def kept_refresh_token(request: Request) -> str | None:
    """The token that renews the browser's session; an unsafe request of a foreign page is refused (CrossOrigin)."""
    token = read_cookie(request, REFRESH_COOKIE)
    if token:
        check_same_origin(request)
    return token


def keep_session(request: Request, response: R, signed: SignedIn) -> R:
    """The response, which also sets the session's cookies."""
    set_cookie(request, response, SESSION_COOKIE, signed.token, lifetime=LIFETIME)
    return set_cookie(request, response, REFRESH_COOKIE, signed.refresh_token, lifetime=IDLE_LIFE)


def drop_session(request: Request, response: R) -> R:
    """The response, which also makes the browser forget them."""
    drop_cookie(request, response, SESSION_COOKIE)
    return drop_cookie(request, response, REFRESH_COOKIE)
