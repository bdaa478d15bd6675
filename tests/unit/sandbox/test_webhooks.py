"""The sandbox's callbacks, over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from chassis.http_client import OWN_IDLE_SECONDS
from sandbox.core.clock import Timers
from sandbox.core.faults import Faults
from sandbox.core.webhooks import Callbacks, Delivery, RetryPlan, WebhookSender

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("S-4")]

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class _Unsigned(Callbacks):
    def headers(self, delivery: Delivery, *, genuine: bool) -> Mapping[str, str]:  # noqa: ARG002 signed by nobody
        return {}


async def _answers_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A receiver that closes a kept connection just when the next request goes out."""
    await reader.readuntil(b"ping")
    writer.write(_ANSWER)
    await reader.readuntil(b"ping")
    writer.transport.abort()


async def test_a_callback_after_a_pause_meets_no_connection_that_its_receiver_is_closing() -> None:
    receiver = await asyncio.start_server(_answers_once, "127.0.0.1", 0)
    host, port = receiver.sockets[0].getsockname()[:2]
    timers = Timers()
    sender = WebhookSender(timers, Faults())
    sender.serve("stripe", _Unsigned())
    await sender.start()
    callback = Delivery("stripe", "ping", f"http://{host}:{port}/", b"ping", RetryPlan(waits=()))
    assert await sender.try_once(callback) == 200
    await asyncio.sleep(1.5 * OWN_IDLE_SECONDS)
    assert await sender.try_once(callback) == 200
    await sender.stop()
    await timers.stop()
    receiver.close()
