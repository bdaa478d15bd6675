"""What one buyer may begin at a time, so that nobody keeps a city's seats with a script (X-5).

A buyer is known by the address of the request and by the e-mail address; either alone is enough to be at the limit.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from chassis.database import Reader, Transaction
from chassis.emails import email_key
from chassis.errors import RateLimited
from chassis.rates import RateLimit
from checkout.blocks.marks import Marks
from checkout.blocks.memory import BlockMemory
from checkout.blocks.service import Blocks
from checkout.purchases import open_seat_store
from checkout.purchases.domain import Buyer

# Nobody knows when the buyer pays or lets go.
LOOK_AGAIN: Final = timedelta(minutes=1)


class TooManyOpenSeats(RateLimited):
    """A buyer holds as many unpaid seats as one may (X-5)."""

    meaning = "You hold as many unpaid seats as one buyer may. Pay for them, or let them go, and choose again."
    remedy = "Pay for the seats that are held, let them go, or wait as long as Retry-After says."


class BuyerLimits:
    """Counts a buyer's purchases in this process, and the unpaid seats in the database; lets nobody in who is blocked.

    open_seats: how many unpaid seats a buyer may hold
    per_minute: how many purchases an e-mail address may begin
    """

    def __init__(
        self, *, open_seats: int, per_minute: RateLimit, marks: Marks, blocks: Blocks, blocked: BlockMemory
    ) -> None:
        self._open_seats = open_seats
        self._per_minute = per_minute
        self._marks = marks
        self._blocks = blocks
        self._blocked = blocked

    def buyer(self, *, address: str, email: str, exempt: bool) -> Buyer:
        """Who it is that asks from this address."""
        by_address = self._marks.address(address)
        marks = (self._marks.email(email), by_address)
        return Buyer(address=by_address.key, email=email_key(email), marks=marks, exempt=exempt)

    async def admit(self, buyer: Buyer) -> None:
        """Counts a purchase that begins; raises BuyerBlocked, or RateLimited after too many."""
        await self._blocked.require_none(buyer.marks)
        wait = None if buyer.exempt else self._per_minute.take(buyer.email)
        if wait is not None:
            raise RateLimited.until(wait)

    async def require_room(self, reader: Reader, buyer: Buyer, seats: int) -> None:
        """Raises TooManyOpenSeats, before anything is held; many at once may pass here, and `take` decides."""
        if await open_seat_store.most_open(reader, buyer) + seats > self._open_seats:
            raise TooManyOpenSeats.until(LOOK_AGAIN)

    async def take(self, tx: Transaction, buyer: Buyer, order_id: UUID, seats: int) -> None:
        """Counts the order and its seats as the buyer's, with the order itself; raises TooManyOpenSeats."""
        await open_seat_store.lock(tx, buyer)
        await self.require_room(tx, buyer, seats)
        await open_seat_store.add(tx, buyer, order_id, seats)
        if not buyer.exempt:
            await self._blocks.ordered(tx, order_id, buyer.marks)
