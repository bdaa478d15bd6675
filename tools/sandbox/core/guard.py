"""Who may use the sandbox: this machine only, unless it was given a password.

Without a password a page of another site must not reach it through the browser either, so the host must be a name of
this machine and a form must come from our own pages.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from urllib.parse import urlsplit

from chassis.settings import is_loopback
from sandbox.core.http import Request, Response
from sandbox.settings import SandboxSettings

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """`refuse` says why a request may not pass, or None."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._password = settings.sandbox_password
        self._own_host = urlsplit(settings.sandbox_url).hostname or ""

    def refuse(self, request: Request, *, vendor: bool) -> Response | None:
        """Vendors' APIs (`vendor`) check their own keys; pages and the control API ask for the password."""
        if self._password is None:
            return self._refuse_from_elsewhere(request)
        if vendor or self._knows_password(request):
            return None
        refusal = _refusal(
            401, "This sandbox asks for its password (SANDBOX_PASSWORD); the user name is not looked at."
        )
        refusal.headers["www-authenticate"] = 'Basic realm="Sandbox", charset="UTF-8"'
        return refusal

    def _refuse_from_elsewhere(self, request: Request) -> Response | None:
        host = urlsplit(f"//{request.header('host')}").hostname or ""
        if request.client and not is_loopback(request.client):
            return _refusal(403, "The sandbox answers this machine only. Set SANDBOX_PASSWORD to open it to others.")
        if host and host != self._own_host and not is_loopback(host):
            return _refusal(403, "The sandbox doesn't know this host name. Call it by the address in SANDBOX_URL.")
        if request.method not in _SAFE and request.header("sec-fetch-site") in ("cross-site", "same-site"):
            return _refusal(403, "Forms of other sites are refused. Use the sandbox's own pages.")
        return None

    def _knows_password(self, request: Request) -> bool:
        scheme, _, value = request.header("authorization").partition(" ")
        if scheme.lower() != "basic" or self._password is None:
            return False
        try:
            given = base64.b64decode(value).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return False
        return hmac.compare_digest(given.encode(), self._password.encode())


def _refusal(status: int, sentence: str) -> Response:
    return Response(status=status, body=sentence.encode(), content_type="text/plain; charset=utf-8")
