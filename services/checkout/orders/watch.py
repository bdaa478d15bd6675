"""Open pages hear when their order has moved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final
from uuid import UUID

from chassis.database import Database
from chassis.errors import Unavailable
from checkout.orders import fulfilment_store

LOOK: Final = timedelta(milliseconds=250)

Mark = tuple[int, int]


class OrderWatch:
    """Tells streams when their order has moved: one small query for all of a process's streams, while there are any.

    Any process may have made the change; only the database knows.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._watched: dict[UUID, dict[object, asyncio.Queue[Mark]]] = {}
        self._marks: dict[UUID, Mark] = {}
        self._somebody = asyncio.Event()

    @asynccontextmanager
    async def watch(self, order_id: UUID) -> AsyncIterator[asyncio.Queue[Mark]]:
        """A queue that gets the order's mark whenever it has moved, and the present one first."""
        queue: asyncio.Queue[Mark] = asyncio.Queue()
        watchers = self._watched.setdefault(order_id, {})
        watchers[queue] = queue
        if (mark := self._marks.get(order_id)) is not None:
            queue.put_nowait(mark)
        self._somebody.set()
        try:
            yield queue
        finally:
            del watchers[queue]
            if not watchers:
                self._watched.pop(order_id, None)
                self._marks.pop(order_id, None)

    async def run(self) -> None:
        """Looks until cancelled."""
        while True:
            if not self._watched:
                self._somebody.clear()
                await self._somebody.wait()
            try:
                await self._look()
            except Unavailable:
                await asyncio.sleep(1)
            await asyncio.sleep(LOOK.total_seconds())

    async def _look(self) -> None:
        marks = await fulfilment_store.marks(self._database, list(self._watched))
        for order_id, mark in marks.items():
            watchers = self._watched.get(order_id)
            if watchers is not None and self._marks.get(order_id) != mark:
                self._marks[order_id] = mark
                for queue in watchers.values():
                    queue.put_nowait(mark)
