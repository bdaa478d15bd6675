"""Holds a purchase's seats at inventory, and says what its answers mean for the buyer (C-1, C-13)."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from chassis.crashpoints import crashpoint
from checkout.purchases.errors import InventoryUnavailable, SoldOut
from checkout.purchases.wish import PassWish, Wish
from checkout.seats.inventory import Held, HoldFailed, HoldRequest, NotEnoughSeats, Seats
from checkout.waitlist.client import WaitlistClient
from checkout.waitlist.domain import PlaceLink
from checkout.waitlist.errors import UnknownPlace, WaitlistUnavailable


class Holding:
    """Asks inventory for seats; who has an offer of the waiting list takes those."""

    def __init__(self, *, seats: Seats, waitlist: WaitlistClient, public_url: str) -> None:
        self._seats = seats
        self._waitlist = waitlist
        self._public_url = public_url

    async def hold(self, wish: Wish | PassWish, order_id: UUID, *, duration: timedelta) -> Held:
        """All that is wished for, or nothing. Raises SoldOut or InventoryUnavailable."""
        if isinstance(wish, PassWish):
            return Held(delayable=True)  # of a pass there is as many as anybody wants
        request = HoldRequest(
            order_id=order_id,
            city_id=wish.city_id,
            tier=wish.ticket_type,
            quantity=wish.quantity,
            duration=duration,
            offer_id=await self._offer(wish),
        )
        try:
            held = await self._seats.hold(request)
        except NotEnoughSeats as full:
            where = urlencode({"city": wish.city_id, "tier": wish.ticket_type, "quantity": wish.quantity})
            raise SoldOut(full.available, waitlist_url=f"{self._public_url}/waitlist?{where}") from full
        except HoldFailed as failure:
            raise InventoryUnavailable(headers={"Retry-After": "2"}) from failure
        crashpoint("checkout.after_hold")
        return held

    async def _offer(self, wish: Wish) -> UUID | None:
        """The open offer of the buyer's place in line; without one, seats are taken as anybody takes them."""
        link = PlaceLink.parse(wish.waitlist_place or "")
        if link is None:
            return None
        try:
            return (await self._waitlist.place(link)).open_offer
        except UnknownPlace:
            return None
        except WaitlistUnavailable as failure:
            raise InventoryUnavailable(headers={"Retry-After": "2"}) from failure
