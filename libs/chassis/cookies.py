"""Cookies as every service sets and reads them: HttpOnly, SameSite=Lax, and outside of sandbox mode this host's own.

Outside of sandbox mode names begin with `__Host-`: a browser then takes them from this host over TLS only, and lets no
other subdomain put its own in their place. Sandbox mode may be without TLS, where no browser takes such a name.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from fastapi import Request
from fastapi.responses import Response

from chassis.settings import ServiceSettings

R = TypeVar("R", bound=Response)


def read_cookie(request: Request, name: str) -> str | None:
    """The cookie's value; None when the request has none."""
    return request.cookies.get(_name(request, name))


def set_cookie(request: Request, response: R, name: str, value: str, *, lifetime: timedelta) -> R:
    """The response, which also sets the cookie."""
    response.set_cookie(
        _name(request, name),
        value,
        max_age=int(lifetime.total_seconds()),
        path="/",
        secure=_secure(request),
        httponly=True,
        samesite="lax",
    )
    return response


def drop_cookie(request: Request, response: R, name: str) -> R:
    """The response, which also makes the browser forget the cookie."""
    response.delete_cookie(_name(request, name), path="/", secure=_secure(request), httponly=True, samesite="lax")
    return response


def _settings(request: Request) -> ServiceSettings:
    found: ServiceSettings = request.app.state.settings
    return found


def _name(request: Request, name: str) -> str:
    return name if _settings(request).sandboxed else f"__Host-{name}"


def _secure(request: Request) -> bool:
    """Whether the cookie may only travel over TLS; in sandbox mode that depends on PUBLIC_URL."""
    settings = _settings(request)
    return not settings.sandboxed or str(getattr(settings, "public_url", "")).startswith("https://")
