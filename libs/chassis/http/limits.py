"""Limits the size of request bodies while they stream in (X-4): 64 kB, webhooks 512 kB."""

from __future__ import annotations

from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT: Final = 64 * 1024
WEBHOOK_BODY_LIMIT: Final = 512 * 1024
WEBHOOK_PATH: Final = "/api/webhooks/"
DRAIN_LIMIT: Final = 1024 * 1024  # the gateway lets no more through


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
        limit = WEBHOOK_BODY_LIMIT if scope["path"].startswith(WEBHOOK_PATH) else BODY_LIMIT
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
