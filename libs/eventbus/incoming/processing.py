"""From records to effects, exactly once each (E-4, E-5).

One batch is one transaction: the next offsets, the inbox ids, the effects of the fresh events and what they publish
commit together or not at all. Three kinds of failure end three ways: an outage rolls the batch back and counts nothing,
an event that can't work yet is deferred, one that never will (or whose attempts are used up) becomes a dead letter. Of
a batch that fails only the event at fault is set aside.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from random import Random

from chassis.clock import Clock
from chassis.crashpoints import crashpoint
from chassis.database import Database, Transaction, is_outage
from chassis.errors import Dead
from chassis.telemetry import get_logger
from eventbus.failures.dead_letters import Death, bury, settle
from eventbus.failures.stops import DeathWatch, stop_subscription
from eventbus.incoming import inbox, offsets
from eventbus.incoming.inbox import Due
from eventbus.incoming.offsets import Partition
from eventbus.incoming.outcomes import Sorted, Trouble, count, outcomes
from eventbus.incoming.records import UNREADABLE, RawRecord, Received, concerns, receive, stated_id, storable
from eventbus.incoming.subscriptions import Effect, Handler
from eventbus.operation import figures
from eventbus.outgoing.outbox import Outbox
from events import Event

log = get_logger()

_REASON_LENGTH = 500
_DEFERRED_TOGETHER = 500


Apply = Callable[[Transaction, Sequence[Received[Event]]], Awaitable[Trouble]]


class EffectProcessor:
    """Turns batches of records into effects, exactly once each (E-4, E-5). Knows nothing of Kafka's client.

    One batch is one transaction: offsets, inbox ids, effects of the fresh events, and what they publish. When an event
    is at fault the batch is rolled back and done again with savepoints, which find it; it is set aside, the others
    count. An outage rolls everything back.
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

    async def process(self, records: Sequence[RawRecord], *, cluster_id: str) -> str | None:
        """Applies a batch and moves the offsets; returns why the subscription must stop now, if it must.

        A batch in which nothing is for this group costs no transaction: its offsets go with the next one's, or with
        `settle_positions`. Read once more after a crash, it is passed over once more.
        """
        batch = self._sort(records)
        following = _next_offsets(records)
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
            # Locks the group's offset rows first: a former owner of a partition and the new one take turns.
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
        """Stores what was passed over since the last batch with anything in it. Called every few seconds."""
        if not self._passed_over:
            return
        async with self._database.transaction() as tx:
            tx.after_commit(self._passed_over.clear)
            await offsets.advance(tx, self.effect.group, self._passed_over, cluster_id=cluster_id)

    def forget_positions(self) -> None:
        """Partitions have come or gone: reading begins again at what the database says."""
        self._passed_over.clear()

    async def process_deferred(self) -> None:
        """Tries again what is due, redriven letters among it. Each claims its row in a transaction of its own, with the
        effect: several in one would lock what they change in the order of their time, which is nobody else's.
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
        """A person has started the subscription again: what died before counts no more."""
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
        """Its id, if it states one, isn't taken in the inbox: it may be a bad copy of an event still to come."""
        reason = _reason(error)
        log.error("dead_letter_recorded", group=self.effect.group, type=None, reason=reason, attempts=attempts)
        return Death(record=record, event_id=stated_id(record), reason=reason, attempts=attempts)

    async def _apply_whole(self, tx: Transaction, fresh: Sequence[Received[Event]]) -> Trouble:
        """As if no event were at fault, which is nearly always so: no savepoint."""
        await self._dispatch(tx, fresh)
        return Trouble()

    async def _apply(self, tx: Transaction, fresh: Sequence[Received[Event]]) -> Trouble:
        trouble = Trouble()
        await self._narrow(tx, fresh, trouble)
        return trouble

    async def _narrow(self, tx: Transaction, fresh: Sequence[Received[Event]], trouble: Trouble) -> None:
        """Narrows a failing batch down by halves: while it does, the rows that its handlers have locked stay locked."""
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
        tx.after_commit(lambda: figures.handled(group, [received], outcome="deferred"))
        log.warning("event_deferred", group=group, type=kind, reason=reason, attempts=attempts)
        delay = self.effect.retry.delay(attempts, self._rng.random())
        await inbox.defer(tx, group, received, attempts=attempts, delay_seconds=delay, error=reason)
        trouble.deferred.add(event_id)

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
        """A newer release may not know what an older one put aside, nor the fixed one what it was given back."""
        await inbox.give_back(tx, self.effect.group, due.event_id)
        death = self._unreadable(due.record, error, attempts=due.attempts + 1)
        await self._bury(tx, replace(death, event_id=due.event_id))
        await self._judge(tx, [True])

    async def _bury(self, tx: Transaction, death: Death) -> None:
        group, topic = self.effect.group, death.record.topic
        tx.after_commit(lambda: figures.died(group, topic))
        await bury(tx, self._outbox, death, group=group, clock=self._clock)

    async def _judge(self, tx: Transaction, died: Sequence[bool]) -> str | None:
        """Counts once the transaction has committed: an outage repeats a batch, and nothing died twice by that."""
        verdict = self._watch.copy().record_all(died) if any(died) else None
        if verdict is None:
            tx.after_commit(lambda: self._remember(died))
        else:
            # Whoever starts it again has seen these.
            tx.after_commit(self.forget_deaths)
            await stop_subscription(tx, self.effect.group, verdict)
        return verdict

    def _remember(self, died: Sequence[bool]) -> None:
        self._watch.record_all(died)


def _next_offsets(records: Sequence[RawRecord]) -> dict[Partition, int]:
    following: dict[Partition, int] = {}
    for record in records:
        partition = Partition(record.topic, record.partition)
        following[partition] = max(following.get(partition, 0), record.offset + 1)
    return following


def _reason(error: Exception) -> str:
    """The first line only: below it databases and models show the values, which may be personal (E-10)."""
    first, _, _ = str(error).partition("\n")
    return storable(f"{type(error).__name__}: {first}"[:_REASON_LENGTH])
