"""Taking webhooks in, one statement for many that wait; closing one, and having others handled again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from chassis import audit
from chassis.audit import Actor, target
from chassis.clock import Clock
from chassis.database import Database, Reader, Transaction
from chassis.errors import NotFound, ServiceUnavailable
from chassis.metrics import Metric, metrics
from chassis.microbatch import MicroBatch, Pending
from chassis.telemetry import get_logger
from checkout.webhooks import store
from checkout.webhooks.domain import Action, RawWebhook, WebhookState, audited
from checkout.webhooks.errors import WebhookFinished

log = get_logger()

_MOST_AT_ONCE: Final = 200


async def handle_again(tx: Transaction, processor: str, payment: str) -> None:
    """A payment has turned out to be ours: what was ignored about it is handled after all."""
    await store.reopen(tx, processor, payment)


async def has_come(reader: Reader, connection_id: int, *, since: datetime) -> bool:
    """Whether anything that a connection's processor had signed has come in since then."""
    return await store.has_come(reader, connection_id, since=since)


async def close(tx: Transaction, processor: str, event_id: str, *, actor: Actor, reason: str) -> None:
    """A person lets an open webhook be, for a reason that is kept. Raises NotFound or WebhookFinished."""
    state = await store.close(tx, processor, event_id)
    if state is None:
        if not await store.exists(tx, processor, event_id):
            raise NotFound("There is no such webhook.")
        raise WebhookFinished
    await audit.record(
        tx,
        Action.CLOSED,
        actor=actor,
        target=audited(processor, event_id),
        reason=reason,
        before={"state": state},
        after={"state": WebhookState.CLOSED},
    )


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
        log.info("webhook_received", webhook_id=webhook.event_id, type=webhook.type)

    async def add_missed(self, webhooks: Sequence[RawWebhook]) -> None:
        """What the processor lists and could not deliver: those that are not here are taken in and handled."""
        missed = await store.add_listed(self._database, webhooks, received_at=self._clock.now())
        for event_id, kind in missed:
            metrics.count(Metric.WEBHOOKS_MISSED, vendor=webhooks[0].processor)
            log.warning("webhook_missed", webhook_id=event_id, type=kind)
        if missed:
            self._wake()

    async def hold(self, webhooks: Sequence[RawWebhook]) -> None:
        """A page of what a restored database has lost: those that are not here are taken in, and wait for `release`."""
        await store.add_held(self._database, webhooks, received_at=self._clock.now())

    async def release(self, processor: str) -> None:
        """All pages are here: what was held is handled, the oldest first."""
        await store.release(self._database, processor)
        self._wake()

    async def replay(
        self, tx: Transaction, processor: str, missing: Sequence[RawWebhook], failed: Sequence[str], *, actor: Actor
    ) -> list[str]:
        """A person has webhooks handled that are not here, and failed ones again; the ids of those that it was.

        What is here and was handled is never handled twice: ids tell what is here, and the state is looked at again.
        """
        taken = [event_id for event_id, _ in await store.add_listed(tx, missing, received_at=self._clock.now())]
        tried = await store.retry(tx, processor, failed)
        done = {"taken": taken, "retried": tried}
        await audit.record(tx, Action.REPLAYED, actor=actor, target=target("webhooks", processor), after=done)
        tx.after_commit(self._wake)
        return [*taken, *tried]

    async def _store(self, batch: Sequence[Pending[RawWebhook, None]]) -> None:
        try:
            await store.add(self._database, [each.item for each in batch], received_at=self._clock.now())
        except Exception:  # noqa: BLE001 whatever it was, the processor is to send it again
            raise ServiceUnavailable(headers={"Retry-After": "2"}) from None
        for each in batch:
            each.resolve(None)
        self._wake()
