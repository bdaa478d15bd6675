"""Turns records into effects, exactly once each (E-4, E-5).

One batch is one transaction: next offsets, inbox ids, effects of the new events and the events that they publish commit
together or not at all. There are three kinds of failure: an outage rolls the batch back and counts no attempt; an
event that can't be processed yet is deferred; one that never can, or has used up its attempts, becomes a dead
letter. Of a failing batch only the event at fault is set aside.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from random import Random

from chassis.clock import Clock
from chassis.crashpoints import crashpoint
from chassis.database import Database, Transaction
from chassis.database_outages import is_outage
from chassis.errors import Dead
from chassis.telemetry import get_logger
from eventbus.failures.dead_letters import Death, bury, settle
from eventbus.failures.stops import DeathWatch, stop_subscription
from eventbus.incoming import inbox, offsets
from eventbus.incoming.inbox import Due
from eventbus.incoming.offsets import Partition
from eventbus.incoming.outcomes import Sorted, Trouble, count, outcomes
from eventbus.incoming.records import (
    UNREADABLE,
    RawRecord,
    Received,
    concerns,
    next_offsets,
    receive,
    stated_id,
    storable,
)
from eventbus.incoming.subscriptions import Effect, Handler
from eventbus.operation import figures
from eventbus.outgoing.outbox import Outbox
from events import Event

log = get_logger()

_REASON_LENGTH = 500
_DEFERRED_TOGETHER = 500


Apply = Callable[[Transaction, Sequence[Received[Event]]], Awaitable[Trouble]]


class EffectProcessor:
    """Turns batches of records into effects, exactly once each (E-4, E-5); knows nothing of Kafka's client.

    One batch is one transaction: offsets, inbox ids, effects of the new events, and what they publish. When an event
        fails, the batch is rolled back and processed again with savepoints, which find the event at fault; it is set
        aside, the others count. An outage rolls everything back.
    """

    def __init__(self, effect: Effect, *, database: Database, outbox: Outbox, clock: Clock, rng: Random) -> None:
        self.effect = effect
        self._database = database
        self._outbox = outbox
        self._clock = clock
        self._rng = rng
        self._types = frozenset(model.type for model in effect.handlers)
        self._watch = DeathWatch(effect.retry)
        self._passed_over: dict[Partition, int] = {}
        # Whether an event of this group is deferred, as far as this process knows.
        self.defers = False

    async def process(self, records: Sequence[RawRecord], *, cluster_id: str) -> str | None:
        """Processes a batch and moves the offsets; returns why the subscription must stop now, None when it need not.

        A batch without an event for this group costs no transaction: its offsets are stored with the next batch's, or
            by `settle_positions`. After a crash it is read and skipped once more. Raises `Unavailable` for an outage.
        """
        batch = self._sort(records)
        following = {Partition(*place): offset for place, offset in next_offsets(records).items()}
        if not batch.readable and not batch.unreadable:
            self._passed_over |= following
            return None
        following = self._passed_over | following
        try:
            return await self._transact(batch, following, cluster_id=cluster_id, apply=self._apply_whole)
        except Exception as error:
            if is_outage(error):
                raise
        return await self._transact(batch, following, cluster_id=cluster_id, apply=self._apply)

    async def _transact(
        self, batch: Sorted, following: Mapping[Partition, int], *, cluster_id: str, apply: Apply
    ) -> str | None:
        async with self._database.transaction() as tx:
            tx.after_commit(self._passed_over.clear)
            # Locks the group's offset rows first, so that a partition's former owner and its new one take turns.
            await offsets.advance(tx, self.effect.group, following, cluster_id=cluster_id)
            fresh_ids = await inbox.claim(tx, self.effect.group, list(batch.readable))
            fresh = [received for event_id, received in batch.readable.items() if event_id in fresh_ids]
            trouble = await apply(tx, fresh)
            deaths = [*batch.unreadable, *trouble.deaths]
            for death in deaths:
                await self._bury(tx, death)
            verdict = await self._judge(tx, outcomes(batch, fresh, deaths, trouble))
            count(tx, self.effect.group, batch, fresh, trouble)
            crashpoint("consumer.before_commit")
        return verdict

    async def settle_positions(self, *, cluster_id: str) -> None:
        """Stores the offsets of batches that held nothing for this group; called every few seconds."""
        if not self._passed_over:
            return
        async with self._database.transaction() as tx:
            tx.after_commit(self._passed_over.clear)
            await offsets.advance(tx, self.effect.group, self._passed_over, cluster_id=cluster_id)

    def forget_positions(self) -> None:
        """Forgets skipped offsets not stored yet: after a rebalance reading continues where the database says."""
        self._passed_over.clear()

    async def process_deferred(self) -> None:
        """Tries deferred events that are due, redriven letters included; each in a transaction of its own.

        Several in one transaction would lock rows in the order of their due times, which no other transaction follows.
        """
        for _ in range(_DEFERRED_TOGETHER):
            async with self._database.transaction() as tx:
                due = await inbox.due_deferred(tx, self.effect.group)
                if due is None:
                    return
                try:
                    received = receive(due.record)
                except UNREADABLE as error:
                    await self._no_longer_readable(tx, due, error)
                else:
                    await self._again(tx, received, attempts=due.attempts)

    def forget_deaths(self) -> None:
        """Forgets the deaths so far, since a person has started the subscription again."""
        self._watch = DeathWatch(self.effect.retry)

    def _sort(self, records: Sequence[RawRecord]) -> Sorted:
        batch = Sorted(records=records)
        for record in records:
            if not concerns(record.headers, self._types):
                continue
            try:
                received = receive(record)
            except UNREADABLE as error:
                batch.unreadable.append(self._unreadable(record, error, attempts=1))
            else:
                batch.readable.setdefault(received.event_id, received)
        return batch

    def _unreadable(self, record: RawRecord, error: Exception, *, attempts: int) -> Death:
        """The death of an unreadable record; its stated id isn't claimed, since a good copy may still come."""
        reason = _reason(error)
        log.error("dead_letter_recorded", group=self.effect.group, type=None, reason=reason, attempts=attempts)
        return Death(record=record, event_id=stated_id(record), reason=reason, attempts=attempts)

    async def _apply_whole(self, tx: Transaction, fresh: Sequence[Received[Event]]) -> Trouble:
        """Processes the batch without savepoints, as if no event failed; that is so nearly always."""
        await self._dispatch(tx, fresh)
        return Trouble()

    async def _apply(self, tx: Transaction, fresh: Sequence[Received[Event]]) -> Trouble:
        trouble = Trouble()
        await self._narrow(tx, fresh, trouble)
        return trouble

    async def _narrow(self, tx: Transaction, fresh: Sequence[Received[Event]], trouble: Trouble) -> None:
        """Finds the events at fault by halving; the rows that the handlers have locked stay locked meanwhile."""
        if not fresh:
            return
        try:
            async with tx.savepoint():
                await self._dispatch(tx, fresh)
        except Exception as error:
            if is_outage(error):
                raise
            if len(fresh) == 1:
                await self._failed(tx, fresh[0], error, trouble, attempts=1)
                return
            half = len(fresh) // 2
            await self._narrow(tx, fresh[:half], trouble)
            await self._narrow(tx, fresh[half:], trouble)

    async def _dispatch(self, tx: Transaction, batch: Sequence[Received[Event]]) -> None:
        """Hands each handler its events of the batch, in order."""
        by_handler: dict[Handler, list[Received[Event]]] = {}
        for received in batch:
            by_handler.setdefault(self.effect.handlers[type(received.event)], []).append(received)
        for handler, events in by_handler.items():
            await handler(tx, events)

    async def _failed(
        self, tx: Transaction, received: Received[Event], error: Exception, trouble: Trouble, *, attempts: int
    ) -> None:
        reason, group, event_id = _reason(error), self.effect.group, received.event_id
        kind = received.event.short_type()
        if isinstance(error, Dead) or attempts >= self.effect.retry.attempts:
            log.error("dead_letter_recorded", group=group, type=kind, reason=reason, attempts=attempts)
            await inbox.mark(tx, group, event_id, state="dead")
            tx.after_commit(lambda: figures.handled(group, [received], outcome="dead"))
            trouble.deaths.append(Death(record=received.record, event_id=event_id, reason=reason, attempts=attempts))
            return
        tx.after_commit(lambda: self._deferred(received))
        log.warning("event_deferred", group=group, type=kind, reason=reason, attempts=attempts)
        delay = self.effect.retry.delay(attempts, self._rng.random())
        await inbox.defer(tx, group, received, attempts=attempts, delay_seconds=delay, error=reason)
        trouble.deferred.add(event_id)

    def _deferred(self, received: Received[Event]) -> None:
        self.defers = True
        figures.handled(self.effect.group, [received], outcome="deferred")

    async def _again(self, tx: Transaction, received: Received[Event], *, attempts: int) -> None:
        group, trouble = self.effect.group, Trouble()
        tx.after_commit(lambda: figures.retried(group, received))
        try:
            async with tx.savepoint():
                await self._dispatch(tx, [received])
        except Exception as error:
            if is_outage(error):
                raise
            await self._failed(tx, received, error, trouble, attempts=attempts + 1)
            for death in trouble.deaths:
                await inbox.settle_deferred(tx, self.effect.group, received.event_id, state="dead")
                await self._bury(tx, death)
                await self._judge(tx, [True])
        else:
            tx.after_commit(lambda: figures.handled(group, [received], outcome="done"))
            await inbox.settle_deferred(tx, self.effect.group, received.event_id, state="done")
            await settle(tx, self.effect.group, received.event_id)
            await self._judge(tx, [False])

    async def _no_longer_readable(self, tx: Transaction, due: Due, error: Exception) -> None:
        """Buries a deferred event that this release can't read, such as one that a newer release deferred."""
        await inbox.give_back(tx, self.effect.group, due.event_id)
        death = self._unreadable(due.record, error, attempts=due.attempts + 1)
        await self._bury(tx, replace(death, event_id=due.event_id))
        await self._judge(tx, [True])

    async def _bury(self, tx: Transaction, death: Death) -> None:
        group, topic = self.effect.group, death.record.topic
        tx.after_commit(lambda: figures.died(group, topic))
        await bury(tx, self._outbox, death, group=group, clock=self._clock)

    async def _judge(self, tx: Transaction, died: Sequence[bool]) -> str | None:
        """Counts deaths once the transaction has committed: a batch that an outage repeats must not count twice."""
        verdict = self._watch.copy().record_all(died) if any(died) else None
        if verdict is None:
            tx.after_commit(lambda: self._remember(died))
        else:
            # The person who starts it again has seen these deaths.
            tx.after_commit(self.forget_deaths)
            await stop_subscription(tx, self.effect.group, verdict)
        return verdict

    def _remember(self, died: Sequence[bool]) -> None:
        self._watch.record_all(died)


def _reason(error: Exception) -> str:
    """The error's first line only: databases and models show values below it, which may be personal (E-10)."""
    first, _, _ = str(error).partition("\n")
    return storable(f"{type(error).__name__}: {first}"[:_REASON_LENGTH])
