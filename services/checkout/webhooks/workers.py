"""From the raw store to the handlers: a webhook is done when it was handled, not when it was seen (C-4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

from chassis.clock import Clock
from chassis.counted import count_error
from chassis.database import Database, Transaction
from chassis.database_outages import is_outage
from chassis.due_rows import DueBatches, side_by_side
from chassis.errors import Dead, Retry
from chassis.metrics import Metric, metrics
from chassis.telemetry import get_logger, span
from checkout.webhooks import store
from checkout.webhooks.domain import (
    ATTEMPTS,
    CONNECTED_ACCOUNT,
    HANDLER_FAILED,
    LONGEST_WAIT,
    NO_HANDLER,
    Incoming,
    Outcome,
    Setback,
    StoredWebhook,
    WebhookState,
    pause_after,
    pause_while_waiting,
)
from checkout.webhooks.errors import Early, Refusal, WaitedTooLong
from checkout.webhooks.sources import Handler, Registration, WebhookSource
from eventbus import Outbox
from events import OrderId, PaymentWebhookFailed

log = get_logger()

BATCH: Final = 50
AT_ONCE: Final = 4
# Longer than any handler takes; a worker that dies costs its webhooks so much time. One that is slower than this (a
# database full of locks) meets another one at the same webhook, and the row's lock lets only one of them handle it.
LEASE: Final = timedelta(seconds=10)
POLL: Final = timedelta(milliseconds=200)
# Where the process that stores webhooks works on them, too, it says so.
_RARELY: Final = timedelta(seconds=1)
_NO_HANDLER: Final = Setback(cause=NO_HANDLER, error="Nothing is done about this type.")
# Whatever it says of sessions and payments, they are not ours: it settles no order.
_CONNECTED: Final = Setback(cause=CONNECTED_ACCOUNT, error="It is about an account that is connected to ours.")


class WebhookWorker:
    """Hands stored webhooks to their processors' handlers: what waited together in one transaction, and each in one of
    its own when that fails.
    """

    def __init__(
        self,
        *,
        database: Database,
        registered: Sequence[Registration],
        outbox: Outbox,
        clock: Clock,
        lease: timedelta = LEASE,
    ) -> None:
        self._database = database
        self._registered = {(each.source.name, each.of_connections): each for each in registered}
        self._outbox = outbox
        self._clock = clock
        self._lease = lease
        self.due = DueBatches("webhooks", take=self.work, batch=BATCH, poll=POLL)

    def told_of_each(self) -> None:
        """Says that the process which stores the webhooks is this one."""
        self.due.doze(_RARELY)

    async def work(self) -> int:
        """One batch of what is due; how many there were."""
        due = await store.claim(self._database, limit=BATCH, lease=self._lease)
        together = [webhook for webhook in due if not webhook.thin and self._handler(webhook)]
        settled = await self._settle_together(together) if len(together) > 1 else set()
        left = [webhook for webhook in due if webhook.key not in settled]
        await side_by_side(self._settle, left, at_once=AT_ONCE)
        return len(due)

    def _handler(self, webhook: StoredWebhook) -> Handler | None:
        if webhook.elsewhere:
            return None
        registration = self._registered.get(_sender(webhook))
        return registration.handler(webhook.type) if registration else None

    async def _settle_together(self, webhooks: Sequence[StoredWebhook]) -> set[tuple[str, str]]:
        """In few round trips and one commit; which were settled. None when anything stood in the way: then nothing has
        happened. Nor are those that seem to be nobody's: the payment that makes them ours may be among the others.

        What is about one order stays in its order. The orders come in theirs, so that two workers, or a worker and
        itself, never wait for each other.
        """
        try:
            incoming = [await self._incoming(webhook) for webhook in webhooks]
            async with self._database.transaction() as tx:
                if not await store.lock_all(tx, webhooks):
                    return set()
                applied = [(each.stored, await self._apply(tx, each)) for each in sorted(incoming, key=self._line)]
                handled = [(webhook, outcome) for webhook, outcome in applied if outcome.payment is None]
                await self._settle_handled(tx, handled)
        except Exception:  # noqa: BLE001 each on its own shows which one it was, and why
            return set()
        return {webhook.key for webhook, _ in handled}

    def _line(self, incoming: Incoming) -> str:
        return self._source(incoming.stored).line_of(incoming.subject)

    def _source(self, webhook: StoredWebhook) -> WebhookSource:
        return self._registered[_sender(webhook)].source

    async def _apply(self, tx: Transaction, incoming: Incoming) -> Outcome:
        handle = self._handler(incoming.stored)
        if handle is None:
            return Outcome(known=False)
        with span("webhook", type=incoming.stored.type):
            return await handle(tx, incoming)

    async def _settle(self, webhook: StoredWebhook) -> None:
        try:
            await self._handle(webhook)
        except Exception as error:  # noqa: BLE001 judged below: a webhook must not stop the others
            await self._not_handled(webhook, error)

    async def _handle(self, webhook: StoredWebhook) -> None:
        if self._handler(webhook) is None:
            setback = _CONNECTED if webhook.elsewhere else _NO_HANDLER
            await self._record(webhook, WebhookState.IGNORED, setback=setback)
            _ignored(webhook, setback.cause)
            return
        incoming = await self._incoming(webhook)
        async with self._database.transaction() as tx:
            if not await store.lock(tx, webhook):
                return
            await self._settle_handled(tx, [(webhook, await self._apply(tx, incoming))])

    async def _settle_handled(self, tx: Transaction, handled: Sequence[tuple[StoredWebhook, Outcome]]) -> None:
        await store.settle_handled(tx, handled)
        for webhook, outcome in handled:
            if outcome.cause is not None:
                tx.after_commit(partial(_ignored, webhook, outcome.cause))

    async def _incoming(self, webhook: StoredWebhook) -> Incoming:
        source = self._source(webhook)
        subject = source.subject_of(webhook)
        return Incoming(stored=webhook, subject=await source.fetch_subject(webhook) if subject is None else subject)

    async def _not_handled(self, webhook: StoredWebhook, error: Exception) -> None:
        if is_outage(error):
            return  # its lease ends, and it comes again: an outage is never a webhook's fault
        if isinstance(error, Retry):
            await self._wait(webhook, error)
        elif isinstance(error, Dead) or webhook.attempts + 1 >= ATTEMPTS:
            await self._fail(webhook, error)
        else:
            log.warning("payment_event_waiting", webhook_id=webhook.event_id, type=webhook.type, exc_info=error)
            due_at = self._clock.now() + pause_after(webhook.attempts)
            await self._record(webhook, WebhookState.WAITING, setback=_setback(error), failures=1, due_at=due_at)

    async def _wait(self, webhook: StoredWebhook, early: Retry) -> None:
        age = self._clock.now() - webhook.received_at
        if age > LONGEST_WAIT:
            await self._fail(webhook, WaitedTooLong(f"Waited too long: {_setback(early).error}"))
            return
        due_at = self._clock.now() + pause_while_waiting(age)
        await self._record(webhook, WebhookState.WAITING, setback=_setback(early), due_at=due_at)

    async def _fail(self, webhook: StoredWebhook, error: Exception) -> None:
        setback = _setback(error)
        count_error(
            "webhook_processing_failed",
            webhook_id=webhook.event_id,
            type=webhook.type,
            reason=f"{setback.cause}: {setback.error}",
        )
        order_id = error.order_id if isinstance(error, Refusal) else None
        failed = PaymentWebhookFailed(
            webhook_id=webhook.event_id,
            webhook_type=webhook.type,
            processor=webhook.processor,
            attempts=webhook.attempts + 1,
            cause=setback.cause,
            last_error=setback.error,
            order_id=OrderId(order_id) if order_id else None,
        )
        async with self._database.transaction() as tx:
            if await store.settle(tx, webhook, WebhookState.FAILED, setback=setback, failures=1, order_id=order_id):
                await self._outbox.publish(tx, failed)

    async def _record(self, webhook: StoredWebhook, state: WebhookState, **more: Any) -> None:
        async with self._database.transaction() as tx:
            await store.settle(tx, webhook, state, **more)


def _sender(webhook: StoredWebhook) -> tuple[str, bool]:
    """Under what its source is registered: a processor may be our own account's and providers'."""
    return webhook.processor, webhook.connection_id is not None


def _ignored(webhook: StoredWebhook, cause: str) -> None:
    metrics.count(Metric.WEBHOOKS_IGNORED, vendor=webhook.processor, cause=cause)
    log.info("webhook_ignored", webhook_id=webhook.event_id, type=webhook.type, cause=cause)


def _setback(error: Exception) -> Setback:
    """For people; a mistake of ours by its kind only, since its text may hold what is personal."""
    if isinstance(error, Early | Refusal):
        return Setback(cause=error.code, error=str(error))
    return Setback(cause=HANDLER_FAILED, error=type(error).__name__)
