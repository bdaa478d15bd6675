"""From the raw store to the handlers: an event is done when it was handled, not when it was seen (C-4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from chassis.clock import Clock
from chassis.database import Database, Transaction, is_outage
from chassis.due_rows import DueBatches, side_by_side
from chassis.telemetry import get_logger, span
from checkout.webhooks import store
from checkout.webhooks.domain import ATTEMPTS, LONGEST_WAIT, State, StoredEvent, pause_after, pause_while_waiting
from checkout.webhooks.errors import Ignored, Refused, Waiting
from eventbus import Outbox
from events import OrderId, PaymentWebhookFailed

log = get_logger()

BATCH: Final = 50
AT_ONCE: Final = 4
# Longer than any handler takes; a worker that dies costs its events so much time. One that is slower than this (a
# database full of locks) meets another one at the same event, and the row's lock lets only one of them handle it.
LEASE: Final = timedelta(seconds=10)
POLL: Final = timedelta(milliseconds=200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An event as handlers get it: `subject` is the object that it is about."""

    stored: StoredEvent
    subject: Mapping[str, Any]


# Says which order it was about; raises Waiting, Refused or Ignored. Must be safe to repeat and to run concurrently.
Handler = Callable[[Transaction, Incoming], Awaitable[UUID | None]]
# Reads the object that a thin event only names; called outside any transaction.
Fetch = Callable[[str], Awaitable[Mapping[str, Any]]]


class WebhookWorker:
    """Hands stored events to the handlers that app.py registers: what waited together in one transaction, and each in
    one of its own when that fails.
    """

    def __init__(
        self,
        *,
        database: Database,
        handlers: Mapping[str, Handler],
        fetch: Fetch,
        outbox: Outbox,
        clock: Clock,
        lease: timedelta = LEASE,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._fetch = fetch
        self._outbox = outbox
        self._clock = clock
        self._lease = lease
        self.due = DueBatches("webhooks", take=self.work, batch=BATCH, poll=POLL)

    async def work(self) -> int:
        """One batch of what is due; how many there were."""
        due = await store.claim(self._database, limit=BATCH, lease=self._lease)
        together = [event for event in due if event.type in self._handlers and not event.thin]
        settled = len(together) > 1 and await self._settle_together(together)
        left = [event for event in due if not (settled and event in together)]
        await side_by_side(self._settle, left, at_once=AT_ONCE)
        return len(due)

    async def _settle_together(self, events: Sequence[StoredEvent]) -> bool:
        """In few round trips and one commit. False when anything stood in the way: then nothing has happened.

        What is about one order stays in its order. The orders come in theirs, so that two workers, or a worker and
        itself, never wait for each other.
        """
        try:
            incoming = [Incoming(stored=event, subject=event.document()["data"]["object"]) for event in events]
            async with self._database.transaction() as tx:
                if not await store.lock_all(tx, [event.event_id for event in events]):
                    return False
                orders = [(each.stored.event_id, await self._apply(tx, each)) for each in sorted(incoming, key=_about)]
                await store.settle_done(tx, orders)
        except Exception:  # noqa: BLE001 each on its own shows which one it was, and why
            return False
        return True

    async def _apply(self, tx: Transaction, incoming: Incoming) -> UUID | None:
        with span("webhook", type=incoming.stored.type):
            return await self._handlers[incoming.stored.type](tx, incoming)

    async def _settle(self, event: StoredEvent) -> None:
        try:
            await self._handle(event)
        except Exception as error:  # noqa: BLE001 judged below: an event must not stop the others
            await self._not_handled(event, error)

    async def _handle(self, event: StoredEvent) -> None:
        if event.type not in self._handlers:
            log.info("webhook_ignored", webhook_id=event.event_id, type=event.type)
            await self._record(event, State.IGNORED, error="no handler for this type")
            return
        incoming = Incoming(stored=event, subject=await self._subject(event))
        async with self._database.transaction() as tx:
            if not await store.lock(tx, event.event_id):
                return
            order_id = await self._apply(tx, incoming)
            await store.settle(tx, event.event_id, State.DONE, order_id=order_id)

    async def _subject(self, event: StoredEvent) -> Mapping[str, Any]:
        document = event.document()
        if event.thin:
            return await self._fetch(document["related_object"]["url"])
        subject: Mapping[str, Any] = document["data"]["object"]
        return subject

    async def _not_handled(self, event: StoredEvent, error: Exception) -> None:
        if is_outage(error):
            return  # its lease ends, and it comes again: an outage is never an event's fault
        if isinstance(error, Ignored):
            await self._record(event, State.IGNORED, error=str(error))
        elif isinstance(error, Waiting):
            await self._wait(event, str(error))
        elif isinstance(error, Refused) or event.attempts + 1 >= ATTEMPTS:
            await self._fail(event, error)
        else:
            log.warning("payment_event_waiting", webhook_id=event.event_id, type=event.type, exc_info=error)
            due_at = self._clock.now() + pause_after(event.attempts)
            await self._record(event, State.WAITING, error=_reason(error), failures=1, due_at=due_at)

    async def _wait(self, event: StoredEvent, reason: str) -> None:
        age = self._clock.now() - event.received_at
        if age > LONGEST_WAIT:
            await self._fail(event, Refused(f"waited too long: {reason}"))
            return
        due_at = self._clock.now() + pause_while_waiting(age)
        await self._record(event, State.WAITING, error=reason, due_at=due_at)

    async def _fail(self, event: StoredEvent, error: Exception) -> None:
        reason = _reason(error)
        log.error("webhook_processing_failed", webhook_id=event.event_id, type=event.type, reason=reason)
        order_id = error.order_id if isinstance(error, Refused) else None
        failed = PaymentWebhookFailed(
            webhook_id=event.event_id,
            webhook_type=event.type,
            processor="stripe",
            attempts=event.attempts + 1,
            last_error=reason,
            order_id=OrderId(order_id) if order_id else None,
        )
        async with self._database.transaction() as tx:
            if await store.settle(tx, event.event_id, State.FAILED, error=reason, failures=1, order_id=order_id):
                await self._outbox.publish(tx, failed)

    async def _record(self, event: StoredEvent, state: State, **more: Any) -> None:
        async with self._database.transaction() as tx:
            await store.settle(tx, event.event_id, state, **more)


def _about(incoming: Incoming) -> str:
    """The same for all events of one order, as far as that can be told without asking anybody."""
    return str((incoming.subject.get("metadata") or {}).get("orderId") or incoming.subject.get("id"))


def _reason(error: Exception) -> str:
    """For people; a mistake of ours by its kind only, since its text may hold what is personal."""
    return str(error) if isinstance(error, Refused) else type(error).__name__
