"""Calls that get no answer."""

from __future__ import annotations

import asyncio
import contextlib

from sandbox.core.http import Receive, Response, Send, send_response


async def lose_answer(receive: Receive, send: Send, seconds: float) -> None:
    """Say nothing until the client hangs up, or for `seconds`; then cut the connection.

    ASGI has no word for cutting a connection, so uvicorn's own transport is taken; another server answers 504.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
            return
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        transport.close()
        return
    await send_response(Response(status=504), send)
