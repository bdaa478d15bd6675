"""One pool a channel: its outage, slowness or poison stops no other one (E-7)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from chassis.crashpoints import crashpoint
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.telemetry import continue_trace, get_logger, span
from events import Channel
from notifier.channels.domain import FindOutcome, Lookup, Outcome, Postponed, Provider, Withdrawn
from notifier.deliveries import store
from notifier.deliveries.composing import Composer, NotNeeded, NotYet
from notifier.deliveries.domain import Delivery
from notifier.deliveries.service import Deliveries
from notifier.deliveries.store import Claimable

log = get_logger()

OUTAGE_PAUSE: Final = 0.5
GATHER: Final = 0.01
COMPOSE_AGAIN: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelWork:
    """What a channel's pool works with. `capacity`: how many calls to the provider run at a time."""

    channel: Channel
    database: Database
    deliveries: Deliveries
    composer: Composer
    provider: Provider
    capacity: int = 20


class ChannelPool:
    """Claims what is due, sends it, writes outcomes down in batches: a batch is what ended while the last one was
    written.

    The claim is committed before the call and the outcome after it, so a row says `sending` whenever a message may be
    under way.
    """

    def __init__(self, work: ChannelWork, *, ready: Callable[[], Any]) -> None:
        self._work = work
        self._ready = ready
        self._wake = asyncio.Event()
        self._ended = asyncio.Event()
        self._outcomes: list[tuple[UUID, Outcome]] = []
        self._calls: set[asyncio.Task[None]] = set()
        self._stopping = False

    def wake(self) -> None:
        """Something was queued."""
        self._wake.set()

    async def run(self) -> None:
        """Works until `stop`."""
        await self._ready()
        writing = asyncio.create_task(self._write_outcomes())
        try:
            while not self._stopping:
                await self._round()
        finally:
            await self._drain(writing)

    def stop(self) -> None:
        """Claims nothing more; `run` ends when the calls under way have ended and are written down."""
        self._stopping = True
        self._wake.set()

    async def _round(self) -> None:
        free = self._work.capacity - len(self._calls) - len(self._outcomes)
        self._wake.clear()
        claimed = await self._claim(free) if free > 0 else []
        for each in claimed:
            task = asyncio.create_task(self._deliver(each))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)
        if claimed:
            await asyncio.sleep(GATHER)  # others are about to be queued, and calls to end: one claim for them
        if len(claimed) < max(free, 1):
            await _wait(self._wake, self._work.deliveries.times.idle)

    async def _claim(self, free: int) -> list[Claimable]:
        try:
            async with self._work.database.transaction() as tx:
                return await self._work.deliveries.claim(tx, self._work.channel, free=free)
        except Unavailable:
            return []

    async def _deliver(self, claimed: Claimable) -> None:
        delivery = claimed.delivery
        with continue_trace(delivery.traceparent), span(f"deliver {delivery.channel}", kind_of_message=delivery.kind):
            crashpoint("notifier.before_send")
            outcome = await self._send(claimed)
            crashpoint("notifier.after_send")
        self._outcomes.append((delivery.id, outcome))
        self._ended.set()

    async def _send(self, claimed: Claimable) -> Outcome:
        try:
            message = await self._work.composer.compose(claimed)
        except NotYet as reason:
            return Postponed(reason=str(reason), wait=timedelta(seconds=1))
        except NotNeeded as none:
            return Withdrawn(reason=none.reason.value)
        except Exception:
            log.exception("background_task_failed", task=f"compose {claimed.delivery.kind}")
            return Postponed(reason="The message could not be written.", wait=COMPOSE_AGAIN)
        return await self._work.provider.send(message)

    async def _write_outcomes(self) -> None:
        while True:
            await self._ended.wait()
            if self._calls:
                await asyncio.sleep(GATHER)  # others are about to end: one transaction for them and this one
            self._ended.clear()
            await self._write_now()

    async def _write_now(self) -> None:
        """Every outcome is kept until it is durable.

        One that can't be written down is found and left out: its row stays `sending`, becomes `unknown`, and the
        provider is asked. It must not hold up the channel.
        """
        together: int | None = None
        while self._outcomes:
            batch = self._outcomes[:together]
            try:
                async with self._work.database.transaction() as tx:
                    await self._work.deliveries.settle(tx, self._work.channel, batch)
            except Unavailable:
                await asyncio.sleep(OUTAGE_PAUSE)
                continue
            except Exception:
                if len(batch) > 1:
                    together = 1
                    continue
                log.exception("background_task_failed", task=f"settle {self._work.channel}")
            del self._outcomes[: len(batch)]
            self._wake.set()

    async def _drain(self, writing: asyncio.Task[None]) -> None:
        if self._calls:
            await asyncio.wait(self._calls)
        writing.cancel()
        await asyncio.wait({writing})
        await self._write_now()


class Watch:
    """Ends what is too late, finds what a dead process left, asks and polls the provider (N-3, N-8). Run it often."""

    def __init__(self, work: ChannelWork, *, wake: Callable[[], None]) -> None:
        self._work = work
        self._wake = wake

    async def look(self) -> None:
        """One round; an outage of the database is the next round's business."""
        work, times = self._work, self._work.deliveries.times
        try:
            async with work.database.transaction() as tx:
                await work.deliveries.sweep(tx, work.channel)
            async with work.database.transaction() as tx:
                unknown = await store.take_unknown(tx, work.channel, lease=times.lease)
                unconfirmed = await store.take_unconfirmed(tx, work.channel, lease=times.lease)
            if unknown:
                await self._ask(unknown)
            if unconfirmed:
                await self._poll(unconfirmed)
        except Unavailable:
            return

    async def _ask(self, unknown: list[Delivery]) -> None:
        answers = await asyncio.gather(*map(self._find, unknown))
        async with self._work.database.transaction() as tx:
            await self._work.deliveries.settle_asked(tx, answers)
        self._wake()

    async def _poll(self, unconfirmed: list[Delivery]) -> None:
        answers = await asyncio.gather(*map(self._find, unconfirmed))
        async with self._work.database.transaction() as tx:
            await self._work.deliveries.settle_polled(tx, answers)

    async def _find(self, delivery: Delivery) -> tuple[UUID, FindOutcome]:
        content = await store.content_of(self._work.database, delivery.notification_id)
        lookup = Lookup(
            delivery_id=delivery.id,
            to=delivery.recipient,
            marker=self._work.composer.marker(delivery.kind, content),
            provider_id=delivery.provider_id,
            created_at=delivery.created_at,
        )
        with continue_trace(delivery.traceparent):
            return delivery.id, await self._work.provider.find(lookup)


async def _wait(event: asyncio.Event, longest: timedelta) -> None:
    try:
        async with asyncio.timeout(longest.total_seconds()):
            await event.wait()
    except TimeoutError:
        return
