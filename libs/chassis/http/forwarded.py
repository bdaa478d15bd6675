"""Puts into each request who is believed to ask, before anything else reads it."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.addresses import Network, believed_address


class ForwardedMiddleware:
    """Makes `client` of the scope the address that the gateway tells; `gateways` are where it is, beside loopback."""

    def __init__(self, app: ASGIApp, gateways: Sequence[Network]) -> None:
        self._app = app
        self._gateways = gateways

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope.get("client"):
            peer, port = scope["client"]
            told = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
            scope = {**scope, "client": (believed_address(peer, told, self._gateways), port)}
        await self._app(scope, receive, send)
