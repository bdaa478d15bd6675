"""Keeps a session in a browser: in two HttpOnly cookies, one for every service, one for renewing."""

from __future__ import annotations

from typing import Final, TypeVar

from fastapi import Request
from fastapi.responses import Response

from chassis.tokens import SESSION_COOKIE, check_same_origin
from chassis.tokens.signing import LIFETIME
from monitor.accounts.domain import IDLE_LIFE
from monitor.accounts.service import SignedIn

REFRESH_COOKIE: Final = "fullhouse_refresh"
R = TypeVar("R", bound=Response)


class Cookies:
    """They are SameSite=Lax, so that a link in a message finds a signed-in person; changes need the same origin."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure

    def refresh_token(self, request: Request) -> str | None:
        """The session's token; an unsafe request of a foreign page is refused (CrossOrigin)."""
        token = request.cookies.get(REFRESH_COOKIE)
        if token:
            check_same_origin(request)
        return token

    def put(self, response: R, signed: SignedIn) -> R:
        """The response, which also sets the session's cookies."""
        self._set(response, SESSION_COOKIE, signed.token, int(LIFETIME.total_seconds()))
        self._set(response, REFRESH_COOKIE, signed.refresh_token, int(IDLE_LIFE.total_seconds()))
        return response

    def drop(self, response: R) -> R:
        """The response, which also forgets them."""
        for name in (SESSION_COOKIE, REFRESH_COOKIE):
            response.delete_cookie(name, path="/", secure=self._secure, httponly=True, samesite="lax")
        return response

    def _set(self, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(name, value, max_age=seconds, path="/", secure=self._secure, httponly=True, samesite="lax")
