"""E-5: while the database is away the consumer waits; no event is at fault (real Kafka and PostgreSQL).

`OUTAGE_SECONDS=60` makes it a whole minute: nothing in the mechanism counts or ends with time.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

import pytest

from chassis.database import Database, Transaction
from eventbus import Received
from events import PaymentWebhookFailed
from tests.integration.eventbus import ledger
from tests.integration.eventbus.foreign import ours, send
from tests.integration.eventbus.harness import Bench, eventually

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("E-5"), pytest.mark.timeout(180)]

OUTAGE_SECONDS = float(os.environ.get("OUTAGE_SECONDS", "3"))
BEFORE, MEANWHILE, AFTER = range(200), range(200, 400), range(400, 600)


class Line:
    """The way to the database, which can be cut: connections break off, and new ones are refused."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        further, onward = await asyncio.open_connection(*self._to)
        self._open |= {writer, onward}
        await asyncio.gather(_pass_on(reader, onward), _pass_on(further, writer))
        self._open -= {writer, onward}


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def holds(bench: Bench, sql: str) -> bool:
    return bool(await bench.database.fetchval(sql))


async def test_with_the_database_away_not_one_event_is_deferred_or_dies(bench: Bench) -> None:
    url = urlsplit(bench.database_url)
    line = Line(str(url.hostname), int(url.port or 5432))
    await line.open()
    netloc = f"{url.username}:{url.password}@127.0.0.1:{line.port}"
    through = urlunsplit(url._replace(netloc=netloc))
    database = await Database.connect(through, application="test")
    working = asyncio.Event()

    async def slowly(tx: Transaction, batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
        """So that the line is cut in the middle of a batch."""
        await ledger.count(tx, batch)
        working.set()
        await asyncio.sleep(0.05)

    async with replace(bench, database=database, database_url=through).bus(ledger.count_effect(slowly)):
        await send(bench, *(ours(f"{number:03}") for number in BEFORE))
        await working.wait()
        await line.cut()
        await send(bench, *(ours(f"{number:03}") for number in MEANWHILE))
        await asyncio.sleep(OUTAGE_SECONDS)
        await line.open()
        await send(bench, *(ours(f"{number:03}") for number in AFTER))
        await eventually(lambda: holds(bench, "SELECT count(*) >= 600 FROM effects"))
    await database.close()
    await line.cut()
    assert await ledger.effects(bench.database) == [f"{number:03}" for number in range(600)]
    assert await holds(bench, "SELECT bool_and(state = 'done') FROM inbox")
    for table in ("inbox_deferred", "dead_letters", "subscription_stops", "partition_stops"):
        assert await holds(bench, f"SELECT count(*) = 0 FROM {table}"), table
