"""What doesn't depend on the machine: statements, commits and produce requests, counted at the clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.produce import ProduceRequest

from chassis.database import Database

POOL_SIZE = 4


@dataclass(slots=True)
class Work:
    """`statements` are round trips, one for a whole `executemany`, BEGIN and COMMIT among them."""

    statements: int = 0
    commits: int = 0

    def note(self, sql: str) -> None:
        self.statements += 1
        self.commits += sql.startswith("COMMIT")


@asynccontextmanager
async def counted_database(url: str) -> AsyncIterator[tuple[Database, Work]]:
    """A pool that counts what goes through it."""
    database = await Database.connect(url, application="bench", pool_size=POOL_SIZE)
    work = Work()
    try:
        await _listen(database, work)
        yield database, work
    finally:
        await database.close()


async def _listen(database: Database, work: Work) -> None:
    """On every connection of the pool, for which all are taken out of it at once."""
    pool = database._pool
    async with AsyncExitStack() as taken:
        connections = [await taken.enter_async_context(pool.acquire()) for _ in range(POOL_SIZE)]
        for connection in connections:
            connection.add_query_logger(lambda record: work.note(record.query))
        await asyncio.gather(*(connection.fetchval("SELECT 1") for connection in connections))
    work.statements = 0


@contextmanager
def counted_produce_requests() -> Iterator[list[int]]:
    """Counts what this process's producers send meanwhile, in the list's one number."""
    count = [0]
    send = AIOKafkaClient.send

    async def counting(client: AIOKafkaClient, node_id: Any, request: Any, **options: Any) -> Any:
        count[0] += isinstance(request, ProduceRequest)
        return await send(client, node_id, request, **options)

    with patch.object(AIOKafkaClient, "send", counting):
        yield count
