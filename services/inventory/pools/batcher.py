"""Holds in micro-batches, one city beside the other (I-5)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from chassis.clock import Clock
from chassis.counted import count_error
from chassis.database import CheckViolation, Database, UniqueViolation
from chassis.errors import Condition
from chassis.microbatch import MicroBatch, Pending
from inventory.pools import store
from inventory.pools.domain import Cause, Hold, HoldRequest
from inventory.pools.errors import DeadlinePassed, SoldOut, UnknownCity
from inventory.pools.mirror import Mirror
from inventory.pools.outcomes import BatchOutcome
from inventory.pools.service import Stock

# Bounds how long the city's row stays locked; what waits longer goes into the next batch.
MOST_TOGETHER = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldResult:
    """An order's hold as it stands.

    order_id: the order
    held_until: when the hold ends by itself; None when its payment is pending, or done
    delayable: whether its money may come later than the buyer
    available: what is left publicly of each tier
    """

    order_id: UUID
    held_until: datetime | None
    delayable: bool
    available: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HoldCall:
    """A caller's request for a hold.

    ask: the seats
    cause: who asks, and why
    deadline: until when, in the clock's monotonic seconds
    """

    ask: HoldRequest
    cause: Cause
    deadline: float


Waiting = Pending[HoldCall, HoldResult]


class Batcher:
    """Groups the holds of a city into micro-batches, one transaction each (I-5).

    A late request is refused before its batch is formed; those for a pool that memory knows to be full are refused
    without a transaction, with one look for all of them at whose orders have seats. Several processes may do this on
    one database: the city's row lock makes them take turns, the constraints make sure.
    """

    def __init__(self, stock: Stock, mirror: Mirror, *, database: Database, clock: Clock) -> None:
        self._stock = stock
        self._mirror = mirror
        self._database = database
        self._clock = clock
        self._cities: dict[str, MicroBatch[HoldCall, HoldResult]] = {}

    async def hold(self, ask: HoldRequest, *, cause: Cause, deadline_seconds: float) -> HoldResult:
        """Raises SoldOut, HoldReleased, HoldDiffers, DeadlinePassed, UnknownCity, UnknownTier or Unavailable."""
        await self._require_known(ask.city_id)
        call = HoldCall(ask=ask, cause=cause, deadline=self._clock.monotonic() + deadline_seconds)
        return await self._batch_of(ask.city_id).put(call)

    async def stop(self) -> None:
        """Lets what runs end."""
        await asyncio.gather(*(batch.drain() for batch in self._cities.values()))

    def _batch_of(self, city_id: str) -> MicroBatch[HoldCall, HoldResult]:
        batch = self._cities.get(city_id)
        if batch is None:
            batch = self._cities[city_id] = MicroBatch(partial(self._serve, city_id), most=MOST_TOGETHER)
        return batch

    async def _require_known(self, city_id: str) -> None:
        """No queue for what callers make up."""
        if city_id not in self._mirror.cities:
            await self._mirror.renewed()
            if city_id not in self._mirror.cities:
                raise UnknownCity

    async def _serve(self, city_id: str, batch: Sequence[Waiting]) -> None:
        left = await self._refuse_when_full(city_id, self._refuse_late(batch))
        if left:
            await self._hold_together(city_id, left)

    def _refuse_late(self, batch: Sequence[Waiting]) -> list[Waiting]:
        now = self._clock.monotonic()
        for one in batch:
            if one.item.deadline <= now:
                one.fail(DeadlinePassed())
        return [one for one in batch if not one.settled]

    async def _refuse_when_full(self, city_id: str, batch: Sequence[Waiting]) -> Sequence[Waiting]:
        """From memory. An order that has its seats already gets the same answer again, and one that takes an offer its
        seats, both from the database: another process may have given them since memory was renewed.
        """
        pools = (await self._mirror.fresh())[city_id].pools if city_id in self._mirror.cities else {}
        full = {tier for tier, pool in pools.items() if pool.remaining == 0}
        if not any(one.item.ask.tier in full for one in batch):
            return batch
        asked = [one.item.ask.order_id for one in batch if one.item.ask.tier in full]
        alive = await store.living_orders(self._database, asked)
        left, available = [], {tier: pool.remaining for tier, pool in pools.items()}
        for one in batch:
            ask = one.item.ask
            if ask.tier in full and ask.order_id not in alive and ask.offer_id is None:
                one.fail(SoldOut(available))
            else:
                left.append(one)
        return left

    async def _hold_together(self, city_id: str, batch: Sequence[Waiting]) -> None:
        try:
            outcome = await self._transact(city_id, batch)
        except (CheckViolation, UniqueViolation) as conflict:
            await self._after_conflict(city_id, batch, conflict)
            return
        _settle(batch, outcome)

    async def _transact(self, city_id: str, batch: Sequence[Waiting]) -> BatchOutcome:
        async with self._database.transaction() as tx:
            outcome = await self._stock.hold_batch(tx, city_id, [(one.item.ask, one.item.cause) for one in batch])
            # While we have the lock nobody can be ahead of what we read.
            self._mirror.check(outcome.read)
        self._mirror.committed(outcome.saved)
        return outcome

    async def _after_conflict(self, city_id: str, batch: Sequence[Waiting], conflict: Exception) -> None:
        """The database refused what the code let through (I-4): counted, and tried again one by one.

        A key that exists already is an order that was released this very moment: no conflict over seats.
        """
        refused = isinstance(conflict, CheckViolation)
        if refused:
            count_error("concurrent_purchase_conflict", city=city_id, holds=len(batch))
        if len(batch) > 1:
            for one in batch:
                await self._hold_together(city_id, [one])
        elif refused:
            batch[0].fail(SoldOut((await self._mirror.fresh())[city_id].remaining()))
        else:
            _settle(batch, await self._transact(city_id, batch))


def _settle(batch: Sequence[Waiting], outcome: BatchOutcome) -> None:
    available = outcome.saved.city.remaining()
    for one, result in zip(batch, outcome.results, strict=True):
        if isinstance(result, Condition):
            one.fail(result)
        else:
            one.resolve(_result(result, available))


def _result(hold: Hold, available: Mapping[str, int]) -> HoldResult:
    return HoldResult(order_id=hold.order_id, held_until=hold.hard_until, delayable=hold.delayable, available=available)
