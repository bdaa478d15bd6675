"""Taking events in: one row for many that wait, and a wake-up for the worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import ServiceUnavailable
from chassis.microbatch import MicroBatch, Pending
from checkout.webhooks import store
from checkout.webhooks.domain import RawWebhook

_MOST_AT_ONCE: Final = 200


class WebhookInbox:
    """Stores what comes in, in micro-batches."""

    def __init__(self, database: Database, *, clock: Clock, wake: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake
        self._webhooks: MicroBatch[RawWebhook, None] = MicroBatch(self._store, most=_MOST_AT_ONCE)

    async def add(self, webhook: RawWebhook) -> None:
        """Returns when it is durable; raises ServiceUnavailable, so that the processor sends it again."""
        await self._webhooks.put(webhook)

    async def _store(self, batch: Sequence[Pending[RawWebhook, None]]) -> None:
        try:
            await store.add(self._database, [each.item for each in batch], received_at=self._clock.now())
        except Exception:  # noqa: BLE001 whatever it was, the processor is to send it again
            raise ServiceUnavailable(headers={"Retry-After": "2"}) from None
        for each in batch:
            each.resolve(None)
        self._wake()
