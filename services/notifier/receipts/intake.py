"""Stores callbacks in batches: a batch is what came while the last one was written. Nobody waits for one to fill."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from chassis.database import Database
from notifier.receipts import store
from notifier.receipts.domain import RawReceipt


class Intake:
    """Under a flood of callbacks one statement stores many; alone, a callback costs one round trip."""

    def __init__(self, database: Database, *, stored: Callable[[], None]) -> None:
        self._database = database
        self._stored = stored
        self._waiting: list[tuple[Sequence[RawReceipt], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, receipts: Sequence[RawReceipt]) -> None:
        """Returns when they are durable; raises what the database raised, so that the vendor tries again."""
        if not receipts:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((receipts, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await store.keep(self._database, [receipt for receipts, _ in batch for receipt in receipts])
            except Exception as error:  # noqa: BLE001 every caller hears of it, whatever it is
                _tell(batch, error)
            else:
                _tell(batch, None)
                self._stored()


def _tell(batch: Sequence[tuple[Sequence[RawReceipt], asyncio.Future[None]]], error: Exception | None) -> None:
    for _, done in batch:
        if done.done():
            continue  # its client has gone
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
