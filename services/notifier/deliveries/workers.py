"""One pool a channel: its outage, slowness or poison stops no other one (E-7)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from chassis.crashpoints import crashpoint
from chassis.database import Database
from chassis.due_rows import DueBatches, DueRows
from chassis.errors import Unavailable
from chassis.microbatch import MicroBatch, Pending
from chassis.telemetry import continue_trace, get_logger, span
from events import Channel
from notifier.channels.domain import FindOutcome, Lookup, Outcome, Postponed, Withdrawn
from notifier.channels.provider import Provider
from notifier.deliveries import look_store, store
from notifier.deliveries.composing import Composer, NotNeeded, NotYet
from notifier.deliveries.domain import Delivery
from notifier.deliveries.service import Deliveries
from notifier.deliveries.store import Claimable

log = get_logger()

OUTAGE_PAUSE: Final = 0.5
# Others are about to be queued, and calls to end: one claim and one transaction for them.
GATHER: Final = timedelta(milliseconds=10)
COMPOSE_AGAIN: Final = timedelta(minutes=1)
# Longer than any call to a provider: what is under way at a stop is ended and written down.
GRACE: Final = timedelta(seconds=15)
WATCH_POLL: Final = timedelta(seconds=3)
ASKED_AT_ONCE: Final = 50

Ended = Pending[tuple[UUID, Outcome], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelWork:
    """What a channel's pool works with.

    channel: the way
    database: the notifier's own
    deliveries: the use cases of deliveries
    composer: writes the messages
    provider: sends them
    capacity: how many calls to the provider run at a time
    """

    channel: Channel
    database: Database
    deliveries: Deliveries
    composer: Composer
    provider: Provider
    capacity: int = 20


class ChannelPool:
    """Claims what is due, sends it, and writes outcomes down in micro-batches.

    The claim is committed before the call and the outcome after it, so a row says `sending` whenever a message may be
    under way. `ready` is waited for before the first claim.
    """

    def __init__(self, work: ChannelWork, *, ready: Callable[[], Awaitable[object]]) -> None:
        self.work = work
        self.due = DueRows(
            f"{work.channel} pool",
            claim=self._claim,
            work=self._deliver,
            at_once=work.capacity,
            poll=work.deliveries.times.idle,
            look=self._worth_a_claim,
            pause=GATHER,
            ready=ready,
            grace=GRACE,
        )
        self._outcomes: MicroBatch[tuple[UUID, Outcome], None] = MicroBatch(
            self._settle, most=work.capacity, gather=self._others_are_about_to_end
        )

    async def _worth_a_claim(self) -> bool:
        return await look_store.any_due(self.work.database, self.work.channel)

    async def _claim(self, room: int) -> list[Claimable]:
        async with self.work.database.transaction() as tx:
            return await self.work.deliveries.claim(tx, self.work.channel, free=room)

    async def _deliver(self, claimed: Claimable) -> None:
        delivery = claimed.delivery
        with continue_trace(delivery.traceparent), span(f"deliver {delivery.channel}", kind_of_message=delivery.kind):
            crashpoint("notifier.before_send")
            outcome = await self._send(claimed)
            crashpoint("notifier.after_send")
        await self._outcomes.put((delivery.id, outcome))

    async def _send(self, claimed: Claimable) -> Outcome:
        try:
            message = await self.work.composer.compose(claimed)
        except NotYet as reason:
            return Postponed(reason=str(reason), wait=timedelta(seconds=1))
        except NotNeeded as none:
            return Withdrawn(reason=none.reason.value)
        except Exception:
            log.exception("background_task_failed", task=f"compose {claimed.delivery.kind}")
            return Postponed(reason="The message could not be written.", wait=COMPOSE_AGAIN)
        return await self.work.provider.send(message)

    def _others_are_about_to_end(self) -> float:
        return GATHER.total_seconds() if self.due.under_way > self._outcomes.waiting else 0

    async def _settle(self, batch: Sequence[Ended]) -> None:
        """Every outcome is kept until it is durable.

        One that can't be written down is found and left out: its row stays `sending`, becomes `unknown`, and the
        provider is asked. It must not hold up the channel.
        """
        if not await self._settled(batch) and len(batch) > 1:
            for each in batch:
                await self._settled([each])
        for each in batch:
            each.resolve(None)

    async def _settled(self, batch: Sequence[Ended]) -> bool:
        while True:
            try:
                async with self.work.database.transaction() as tx:
                    await self.work.deliveries.settle(tx, self.work.channel, [each.item for each in batch])
            except Unavailable:
                await asyncio.sleep(OUTAGE_PAUSE)
            except Exception:
                if len(batch) == 1:
                    log.exception("background_task_failed", task=f"settle {self.work.channel}")
                return False
            else:
                return True


class Watch:
    """Ends what is too late, finds what a dead process left, asks and polls the provider (N-3, N-8)."""

    def __init__(self, work: ChannelWork, *, wake: Callable[[], None]) -> None:
        self._work = work
        self._wake = wake
        self.due = DueBatches(
            f"{work.channel} watch", take=self._take, batch=ASKED_AT_ONCE, poll=WATCH_POLL, look=self._worth_it
        )

    async def _worth_it(self) -> bool:
        return await look_store.any_overdue(self._work.database, self._work.channel)

    async def _take(self) -> int:
        work, times = self._work, self._work.deliveries.times
        async with work.database.transaction() as tx:
            await work.deliveries.sweep(tx, work.channel)
        async with work.database.transaction() as tx:
            unknown = await store.take_unknown(tx, work.channel, lease=times.lease, limit=ASKED_AT_ONCE)
            unconfirmed = await store.take_unconfirmed(tx, work.channel, lease=times.lease, limit=ASKED_AT_ONCE)
        if unknown:
            await self._ask(unknown)
        if unconfirmed:
            await self._poll(unconfirmed)
        return max(len(unknown), len(unconfirmed))

    async def _ask(self, unknown: list[Delivery]) -> None:
        outcomes = await asyncio.gather(*map(self._find, unknown))
        async with self._work.database.transaction() as tx:
            await self._work.deliveries.settle_asked(tx, self._work.channel, outcomes)
        self._wake()

    async def _poll(self, unconfirmed: list[Delivery]) -> None:
        outcomes = await asyncio.gather(*map(self._find, unconfirmed))
        async with self._work.database.transaction() as tx:
            await self._work.deliveries.settle_polled(tx, self._work.channel, outcomes)

    async def _find(self, delivery: Delivery) -> tuple[UUID, FindOutcome]:
        content = await store.content_of(self._work.database, delivery.notification_id)
        lookup = Lookup(
            delivery_id=delivery.id,
            to=delivery.recipient,
            marker=self._work.composer.marker(delivery, content),
            provider_id=delivery.provider_id,
            created_at=delivery.created_at,
        )
        with continue_trace(delivery.traceparent):
            return delivery.id, await self._work.provider.find(lookup)
