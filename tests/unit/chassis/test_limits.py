from __future__ import annotations

import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from chassis.http.limits import BodyLimitMiddleware

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("X-4")]

CHUNK = b"x" * 1024
ALLOWED, DRAINED = 64, 2049


async def reader(_: Scope, receive: Receive, __: Send) -> None:
    while (await receive())["more_body"]:
        pass


async def send(_: Message) -> None:
    raise AssertionError("the middleware answers by raising")


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("chunks", [65, 200, 100_000])
async def test_a_refused_body_is_taken_in_up_to_a_limit_so_that_its_sender_hears_why(
    announced: bool, chunks: int
) -> None:
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": CHUNK, "more_body": taken < chunks}

    headers = [(b"content-length", str(chunks * 1024).encode())] if announced else []
    with pytest.raises(HTTPException):
        await BodyLimitMiddleware(reader)({"type": "http", "path": "/api/x", "headers": headers}, receive, send)
    assert taken == min(chunks, DRAINED if announced else ALLOWED + 1 + DRAINED)
