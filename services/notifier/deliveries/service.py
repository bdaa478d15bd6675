"""Changes deliveries by the table of states, and says what happened as events. Each use case takes a transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from chassis.database import Reader, Transaction
from chassis.ids import derived_uuid7
from chassis.telemetry import get_logger
from eventbus import Outbox, Outgoing
from events import Channel
from notifier.channels.domain import (
    Accepted,
    FindOutcome,
    Outcome,
    Postponed,
    Refused,
    Withdrawn,
)
from notifier.channels.table import served_by, spec_of
from notifier.contacts import service as contacts
from notifier.deliveries import breaker_store, domain, store
from notifier.deliveries.breaker import Breaker, BreakerPolicy, LateNews
from notifier.deliveries.decisions import Decisions, Receipt, answered, told
from notifier.deliveries.domain import Delivery, Reason, State
from notifier.deliveries.news import acknowledgement_news, channel_news, news
from notifier.deliveries.notices import AboutAlert, Notice, delivery_of, notification_row
from notifier.deliveries.observe import observe_changes, observe_outcomes, observe_trouble
from notifier.deliveries.store import Claimable
from notifier.deliveries.timing import DeliveryTimes

log = get_logger()


Outdated = Callable[[Transaction, Sequence[Delivery]], Awaitable[Mapping[UUID, Reason]]]


async def _never(_tx: Transaction, _due: Sequence[Delivery]) -> Mapping[UUID, Reason]:
    return {}


class Deliveries:
    """`queued` hears of commits that queued something, and for which channels; `outdated` says which of those due need
    not be sent any more.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        decisions: Decisions,
        breaker_policy: BreakerPolicy,
        queued: Callable[[Collection[Channel]], None] = lambda _channels: None,
        outdated: Outdated = _never,
    ) -> None:
        self._outbox = outbox
        self._decisions = decisions
        self._breaker_policy = breaker_policy
        self._queued = queued
        self._outdated = outdated

    @property
    def times(self) -> DeliveryTimes:
        return self._decisions.times

    async def queue(self, tx: Transaction, notices: Sequence[Notice]) -> int:
        """Writes notifications with their deliveries; what was said of an order or alert already is not said again.

        Returns how many were new. A switched off kind is on record as suppressed (N-14).
        """
        now = await store.now(tx)
        restored_at = await store.restored_at(tx)
        named = {notice.id(): notice for notice in notices}
        fresh = await store.insert_notifications(tx, [notification_row(each, named[each]) for each in named], now=now)
        deliveries = [
            delivery_of(notification_id, named[notification_id], recipient, now=now, restored_at=restored_at)
            for notification_id in named
            if notification_id in fresh
            for recipient in dict.fromkeys(named[notification_id].recipients)
        ]
        await store.insert(tx, deliveries)
        await self._publish(tx, [(None, delivery) for delivery in deliveries], now)
        tx.after_commit(partial(self._queued, {delivery.channel for delivery in deliveries}))
        return len(fresh)

    async def claim(self, tx: Transaction, channel: Channel, *, free: int) -> list[Claimable]:
        """Takes up to `free` deliveries for sending, or one probe, or none, as the breaker says."""
        breaker = await self._breaker(tx, channel, lock=False)
        now = await store.now(tx)
        slots = breaker.slots(free, now=now)
        if slots == 0:
            return []
        due = await store.due(tx, channel, limit=slots)
        refused = await self._refused(tx, channel, [each.delivery for each in due]) if due else {}
        claimed = [
            replace(each, delivery=domain.claim(each.delivery, now=now, times=self.times))
            for each in due
            if each.delivery.id not in refused
        ]
        await store.save(tx, [each.delivery for each in claimed])
        dropped = [each.delivery for each in due if each.delivery.id in refused]
        await self._change(tx, ((each, domain.suppressed(each, refused[each.id], now=now)) for each in dropped), now)
        if claimed and not breaker.closed:
            await breaker_store.save(tx, breaker.probing(now=now, policy=self._breaker_policy))
        return claimed

    async def _refused(self, tx: Transaction, channel: Channel, due: Sequence[Delivery]) -> dict[UUID, Reason]:
        """Those that must not be sent, or need not any more, each with the reason."""
        barred = await contacts.suppressed(tx, channel, [each.recipient for each in due])
        outdated = await self._outdated(tx, due)
        return {**outdated, **{each.id: Reason.SUPPRESSED for each in due if each.recipient in barred}}

    async def settle(self, tx: Transaction, channel: Channel, outcomes: Sequence[tuple[UUID, Outcome]]) -> None:
        """Stores the outcomes of calls to the provider, for many deliveries at once."""
        now = await store.now(tx)
        calls = [outcome for _, outcome in outcomes if not isinstance(outcome, (Postponed, Withdrawn))]
        tx.after_commit(partial(observe_outcomes, channel, calls))
        before = await self._breaker(tx, channel, lock=any(not isinstance(each, Accepted) for each in calls))
        after = before.after(calls, now=now, policy=self._breaker_policy) if calls else before.unprobed(now=now)
        await self._change_breaker(tx, before, after, now)
        known = await store.lock(tx, [delivery_id for delivery_id, _ in outcomes])
        changes = [
            (
                known[delivery_id],
                self._decisions.settled(known[delivery_id], outcome, now=now, open_now=not after.closed),
            )
            for delivery_id, outcome in outcomes
            if delivery_id in known
        ]
        await self._change(tx, changes, now)
        opted_out = {
            known[each].recipient for each, outcome in outcomes if isinstance(outcome, Refused) and outcome.opted_out
        }
        await contacts.suppress(tx, channel, opted_out, reason="opted_out")

    async def sweep(self, tx: Transaction, channel: Channel) -> int:
        """Ends what waited past its time to live, and finds what a dead process was sending; returns how many."""
        now = await store.now(tx)
        expired = await store.expired(tx, channel)
        await self._change(tx, ((each, domain.suppressed(each, Reason.EXPIRED, now=now)) for each in expired), now)
        abandoned = await store.abandoned(tx, channel)
        await self._change(tx, ((each, domain.abandoned(each, now=now)) for each in abandoned), now)
        for each in expired:
            log.info("delivery_expired", delivery=str(each.id), kind=each.kind, channel=channel)
        return len(expired) + len(abandoned)

    async def settle_asked(
        self, tx: Transaction, channel: Channel, outcomes: Sequence[tuple[UUID, FindOutcome]]
    ) -> None:
        """What the provider said of `unknown` deliveries (N-3)."""
        now = await store.now(tx)
        known = await store.lock(tx, [delivery_id for delivery_id, _ in outcomes])
        await self._heard(tx, channel, answered(outcomes, known), now)
        changes = [
            (known[each], self._decisions.asked(known[each], outcome, now=now))
            for each, outcome in outcomes
            if each in known and known[each].state is State.UNKNOWN
        ]
        await self._change(tx, changes, now)

    async def settle_polled(
        self, tx: Transaction, channel: Channel, outcomes: Sequence[tuple[UUID, FindOutcome]]
    ) -> None:
        """What the provider said of `sent` deliveries without a receipt (N-8)."""
        now = await store.now(tx)
        known = await store.lock(tx, [delivery_id for delivery_id, _ in outcomes])
        await self._heard(tx, channel, answered(outcomes, known), now)
        changes = [(known[each], self._decisions.polled(known[each], outcome, now=now)) for each, outcome in outcomes]
        await self._change(tx, changes, now)

    async def receive(self, tx: Transaction, vendor: str, receipts: Sequence[Receipt]) -> set[UUID]:
        """Applies receipts, in any order and number; returns the deliveries for which they are too early.

        Those are still being sent: their receipts come again, after the outcome of the call itself is written.
        """
        now = await store.now(tx)
        before = await store.lock(tx, [receipt.delivery_id for receipt in receipts])
        after = dict(before)
        for receipt in receipts:
            known = after.get(receipt.delivery_id)
            if known is not None and known.provider == vendor:
                after[known.id] = self._decisions.told(
                    known,
                    provider_id=receipt.provider_id,
                    status=receipt.status,
                    error_code=receipt.error_code,
                    now=now,
                )
        for channel in served_by(vendor):
            await self._heard(tx, channel, told(channel, receipts, before), now)
        await self._change(tx, [(before[each], after[each]) for each in before], now)
        return {each for each, delivery in before.items() if delivery.state is State.SENDING}

    async def ids_of_vendor(self, tx: Transaction, vendor: str, provider_ids: Sequence[str]) -> dict[str, UUID]:
        """Deliveries by the vendor's own ids."""
        return await store.by_provider_id(tx, served_by(vendor), provider_ids)

    async def release(self, tx: Transaction, facts: Mapping[UUID, Mapping[str, Any]], *, kind: str) -> None:
        """What messages about these orders waited for has happened; the facts are added to what texts are made from."""
        waiting = await store.lock_waiting(tx, list(facts), kind=kind)
        if not waiting:
            return
        now = await store.now(tx)
        for each in waiting:
            if each.order_id is not None:
                await store.add_content(tx, each.notification_id, facts[each.order_id])
        await store.save(tx, [replace(each, waits_for=None, next_attempt_at=now) for each in waiting])
        tx.after_commit(partial(self._queued, {each.channel for each in waiting}))

    async def drop(self, tx: Transaction, alert_id: UUID, *, kinds: Sequence[str], reason: Reason) -> None:
        """What of these kinds is still unsent about the alert stays unsent, and says why."""
        now = await store.now(tx)
        queued = [each for each in await store.lock_of_alert(tx, alert_id, kinds) if each.state is State.QUEUED]
        await self._change(tx, ((each, domain.suppressed(each, reason, now=now)) for each in queued), now)

    async def of_alert(self, reader: Reader, alert_id: UUID, *, kind: str) -> list[Delivery]:
        """Deliveries of one kind about the alert, the oldest first."""
        return await store.of_alert(reader, alert_id, [kind])

    async def _heard(self, tx: Transaction, channel: Channel, heard: Sequence[LateNews], now: datetime) -> None:
        """What was said of messages later may open the breaker, or close it."""
        if not heard:
            return
        before = await self._breaker(tx, channel, lock=any(each.trouble for each in heard))
        await self._change_breaker(tx, before, before.heard(heard, now=now, policy=self._breaker_policy), now)
        tx.after_commit(partial(observe_trouble, channel, [each.trouble for each in heard if each.trouble]))

    async def _breaker(self, tx: Transaction, channel: Channel, *, lock: bool) -> Breaker:
        if not lock:
            breaker = await breaker_store.read(tx, channel)
            if breaker.closed and breaker.failures == 0:
                return breaker
        return await breaker_store.lock(tx, channel)

    async def _change_breaker(self, tx: Transaction, before: Breaker, after: Breaker, now: datetime) -> None:
        if before == after:
            return
        await breaker_store.save(tx, after)
        event = channel_news(before, after, now=now)
        if event is not None:
            await self._outbox.enqueue(tx, [Outgoing(event=event)])
        if before.closed and not after.closed:
            log.warning("breaker_opened", provider=spec_of(after.channel).vendor.name, reason=after.reason)
        elif after.closed and not before.closed:
            log.info("breaker_closed", provider=spec_of(after.channel).vendor.name)

    async def _change(self, tx: Transaction, changes: Iterable[tuple[Delivery, Delivery]], now: datetime) -> None:
        changed = [(before, after) for before, after in changes if before != after]
        await store.save(tx, [after for _, after in changed])
        await self._publish(tx, changed, now)

    async def _publish(
        self, tx: Transaction, changes: Sequence[tuple[Delivery | None, Delivery]], now: datetime
    ) -> None:
        outgoing = []
        for before, after in changes:
            event = news(before, after, now=now)
            if event is not None:
                # A delivery comes to each of these once; a restored database says it again as the same event (E-4).
                known = derived_uuid7(after.id, event.type)
                outgoing.append(Outgoing(event=event, traceparent=after.traceparent, id=known))
        await self._outbox.enqueue(tx, outgoing)
        if changes:
            tx.after_commit(partial(observe_changes, tuple(changes)))


async def acknowledged(
    tx: Transaction, outbox: Outbox, delivery_id: UUID, *, alert: AboutAlert, by: str, way: str
) -> None:
    """Publishes a recipient's acknowledgement; nothing for an unknown delivery."""
    known = (await store.lock(tx, [delivery_id])).get(delivery_id)
    if known is None:
        return
    after = replace(known, version=known.version + 1)
    await store.save(tx, [after])
    event = acknowledgement_news(after, alert_id=alert.alert_id, by=by, way=way, now=await store.now(tx))
    await outbox.enqueue(tx, [Outgoing(event=event, traceparent=after.traceparent)])
