"""Whoever sends slowly, or never, slows nobody else (L-16)."""

from __future__ import annotations

import asyncio
import itertools

import psutil
import pytest

from stack.layout import LOOPBACK
from tests.integration.thread.shop import Shop, eventually, is_complete

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("L-16", "X-5")]

LINES = 400
MOST_SECONDS = 0.010
HEAD = b"POST /api/create-checkout-session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
FORM, PARTS = b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=b"
SLOW = (
    b"",
    b"POST /api/create-che",
    HEAD,
    HEAD + b"Content-Length: 100\r\n\r\n",
    HEAD + b'Content-Length: 100\r\n\r\n{"ticketType": ',
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
    HEAD + b'Transfer-Encoding: chunked\r\n\r\n4\r\n{"ti',
    b"POST /register HTTP/1.1\r\nHost: x\r\nContent-Type: " + FORM + b"\r\nContent-Length: 9\r\n\r\n",
    b"POST /api/webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\n\r\n{",
    b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: " + PARTS + b"\r\nContent-Length: 99\r\n\r\n--b",
)


async def test_four_hundred_silent_lines_from_one_address_slow_no_buyer(shop: Shop) -> None:
    began = spent(shop)
    lines = await asyncio.gather(*(line(shop, said) for said in itertools.islice(itertools.cycle(SLOW), LINES)))
    try:
        purchase = await shop.place("thread-sms")
        await shop.pay(purchase)
        await eventually(lambda: is_complete(shop, purchase))
        await eventually(lambda: let_go(shop), seconds=60)
        assert spent(shop) - began < LINES * MOST_SECONDS
    finally:
        for _, writer in lines:
            writer.close()


async def line(shop: Shop, said: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(LOOPBACK, shop.stack.layout.ports.gateway)
    writer.write(said)
    await writer.drain()
    return reader, writer


async def let_go(shop: Shop) -> bool:
    """Whether no service waits for a body any more; on some lines the gateway itself waits a while longer."""
    waiting = [
        link
        for part in ("checkout", "monitor")
        for link in process(shop, part).net_connections("tcp")
        if link.status == psutil.CONN_ESTABLISHED and link.laddr.port == shop.stack.layout.ports.service(part)
    ]
    return len(waiting) < LINES / len(SLOW)


def spent(shop: Shop) -> float:
    """Seconds of CPU of those who have to do with such lines."""
    return sum(sum(process(shop, part).cpu_times()[:2]) for part in ("gateway", "checkout", "monitor"))


def process(shop: Shop, part: str) -> psutil.Process:
    return psutil.Process(shop.stack.installation.supervisor.program(part).pid)
