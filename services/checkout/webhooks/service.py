"""Taking events in: one row for many that wait, and a wake-up for the worker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import ServiceUnavailable
from checkout.webhooks import store
from checkout.webhooks.domain import RawEvent

_MOST_AT_ONCE: Final = 200


class WebhookInbox:
    """Stores what comes in; what queued up while the last statement ran is the next one. Nobody waits for more."""

    def __init__(self, database: Database, *, clock: Clock, wake: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake
        self._waiting: list[tuple[RawEvent, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def add(self, event: RawEvent) -> None:
        """Returns when the event is durable; raises ServiceUnavailable, so that Stripe sends it again."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, stored))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await stored

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_MOST_AT_ONCE], self._waiting[_MOST_AT_ONCE:]
            try:
                await store.add(self._database, [event for event, _ in batch], received_at=self._clock.now())
            except Exception:  # noqa: BLE001 whatever it was, it is the batch's: each of them hears of it
                _answer(batch, ServiceUnavailable(headers={"Retry-After": "2"}))
            else:
                _answer(batch, None)
                self._wake()


def _answer(batch: list[tuple[RawEvent, asyncio.Future[None]]], error: Exception | None) -> None:
    for _, stored in batch:
        if stored.done():
            continue
        if error is None:
            stored.set_result(None)
        else:
            stored.set_exception(error)
