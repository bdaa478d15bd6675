"""Requests to buy by their key: whoever repeats one gets what the first one came to (C-1: Idempotency-Key)."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import UUID

from chassis.clock import Clock
from chassis.database import Database
from chassis.ids import uuid7
from checkout.purchases import request_store
from checkout.purchases.domain import PaymentPage
from checkout.purchases.errors import InProgress, InventoryUnavailable
from checkout.purchases.request_store import Claim
from checkout.purchases.wish import Buying
from checkout.seats.inventory import Seats

REPEAT_WAIT: Final = timedelta(seconds=10)
_LOOK: Final = timedelta(milliseconds=100)


class Claims:
    """Takes keys for requests, and gives repeats their answer. It opens its transactions: in between it waits or asks.

    `lease`: after it a request that stands still counts as abandoned by its process.
    """

    def __init__(self, *, database: Database, seats: Seats, lease: timedelta, clock: Clock) -> None:
        self._database = database
        self._seats = seats
        self._lease = lease
        self._clock = clock

    async def first(self, wish: Buying, key: str | None) -> Claim | None:
        """What an earlier request with this key of the client's came to; None when this one is to run."""
        if key is None:
            return None
        body_hash, now = wish.body_hash(), self._clock.now()
        return await request_store.first_claim(self._database, f"client {key}", body_hash=body_hash, now=now)

    async def take(self, wish: Buying, key: str | None) -> Claim:
        """Stores the request before anything is held. One without a key of the client's can be repeated by nobody."""
        body_hash, now = wish.body_hash(), self._clock.now()
        if key is None:
            own = f"own {uuid7()}"
            return await request_store.claim_own(self._database, own, body_hash=body_hash, now=now, lease=self._lease)
        async with self._database.transaction() as tx:
            return await request_store.claim(tx, f"client {key}", body_hash=body_hash, now=now, lease=self._lease)

    async def answer(self, claim: Claim, *, until: float) -> PaymentPage | None:
        """A repeat: the first one's page, for which it waits a while. None when it failed: the key is free again."""
        if claim.owes_seats:
            await self.give_seats_back(claim.order_id)
            return None
        page = claim.page
        while page is None:
            if self._clock.monotonic() >= until:
                raise InProgress(headers={"Retry-After": "2"})
            await self._clock.sleep(_LOOK)
            state, page = await request_store.answer_of(self._database, claim.order_id)
            if state == "failed":
                return None
        return page

    async def fail(self, order_id: UUID, *, held: bool) -> None:
        """Nothing was sold: the key is free again, and what was, or may have been, held goes back."""
        async with self._database.transaction() as tx:
            await request_store.failed(tx, order_id, release=held, lease=self._lease)
        if held:
            with suppress(InventoryUnavailable):  # the sweeper tries again
                await self.give_seats_back(order_id)

    async def give_seats_back(self, order_id: UUID) -> None:
        """Until inventory has heard of an order that came to nothing, its buyer may not run again and hold twice."""
        if not await self._seats.release(order_id):
            raise InventoryUnavailable(headers={"Retry-After": "2"})
        async with self._database.transaction() as tx:
            await request_store.released(tx, order_id)
