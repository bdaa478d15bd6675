"""A reader that takes nothing is cut off, and what it holds is let go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message

from monitor.streams import api
from monitor.streams.api import EventStream


@pytest.mark.proves("M-10")
@pytest.mark.asyncio
async def test_a_stalled_reader_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "STALLED_SECONDS", 0.05)
    sent: list[Message] = []

    async def content() -> AsyncIterator[str]:
        for number in range(10):
            yield f"data: {number}\n\n"

    async def send(message: Message) -> None:
        if len(sent) == 3:  # the connection takes no more
            await asyncio.Event().wait()
        sent.append(message)

    async with asyncio.timeout(5):
        await EventStream(content()).stream_response(send)
    assert [message.get("body") for message in sent[1:]] == [b"data: 0\n\n", b"data: 1\n\n"]
