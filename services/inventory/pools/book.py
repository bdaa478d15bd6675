"""The rules of stock: what a hold, a payment, a release and a refund do to a city (I-2, I-3). Pure, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from chassis.errors import Retry
from events import ReleaseCause
from inventory.pools.domain import Cause, Change, ChangeKind, City, Hold, HoldRequest, HoldState, Pool
from inventory.pools.errors import HoldDiffers, HoldReleased, SoldOut, UnknownTier
from inventory.tickets.domain import Place, Ticket

_GIVEN_UP = (HoldState.RELEASED, HoldState.TOMBSTONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStep:
    """An order's event, as far as stock is concerned: `version` decides what is newer (E-6)."""

    order_id: UUID
    version: int
    tier: str
    quantity: int


class Book:
    """A city whose row is locked, while changes are written into it; the store then saves what was touched.

    It knows the holds and tickets of the orders concerned. A refused request leaves no trace.
    """

    def __init__(
        self,
        city: City,
        *,
        now: datetime,
        holds: Iterable[Hold] = (),
        tickets: Iterable[Ticket] = (),
        restoring: bool = False,
    ) -> None:
        """`restoring`: what had the seats before may not be read yet (pools/restore.py)."""
        self.city = city
        self.now = now
        self.changes: list[Change] = []
        self._restoring = restoring
        self._holds = {hold.order_id: hold for hold in holds}
        self._known_holds = dict(self._holds)
        self._tickets = {(ticket.order_id, ticket.seat): ticket for ticket in tickets}
        self._known_tickets = dict(self._tickets)

    def hold(self, ask: HoldRequest, cause: Cause) -> Hold:
        """Takes public seats, all or nothing; the same order again has the same hold.

        Raises SoldOut, HoldReleased, HoldDiffers or UnknownTier.
        """
        known = self._holds.get(ask.order_id)
        if known is not None:
            return _same(known, ask)
        pool = self.city.pools.get(ask.tier)
        if pool is None:
            raise UnknownTier
        if pool.public_available < ask.quantity:
            raise SoldOut(self.city.remaining())
        self._change(ChangeKind.HELD, replace(pool, held=pool.held + ask.quantity), ask.quantity, ask.order_id, cause)
        hold = Hold(
            order_id=ask.order_id,
            state=HoldState.HELD,
            city_id=ask.city_id,
            tier=ask.tier,
            quantity=ask.quantity,
            hard_until=self.now + ask.duration,
        )
        self._holds[hold.order_id] = hold
        return hold

    def hold_again(self, step: OrderStep, cause: Cause, *, until: datetime) -> None:
        """What an order held that was placed: known, or lost with a database that was restored."""
        pool = self._pool(step.tier)
        if step.order_id in self._holds:
            return
        if pool.public_available < step.quantity:
            self._wait_for_others(step)
            return  # somebody else has them by right; the order's next event frees nothing
        held = replace(pool, held=pool.held + step.quantity)
        self._change(ChangeKind.HELD, held, step.quantity, step.order_id, cause)
        self._holds[step.order_id] = Hold(
            order_id=step.order_id,
            state=HoldState.HELD,
            city_id=self.city.city_id,
            tier=step.tier,
            quantity=step.quantity,
            hard_until=until,
            order_version=step.version,
        )

    def release(self, order_id: UUID, cause: Cause, *, version: int | None = None) -> None:
        """Gives held seats back. An order that has none is marked, so that a late hold of it is refused.

        Without `version` the caller says it, not an event of the order.
        """
        hold = self._holds.get(order_id)
        if hold is None:
            hold = Hold(order_id=order_id, state=HoldState.TOMBSTONE)
        elif version is not None and version <= hold.order_version:
            return
        elif hold.state is HoldState.HELD:
            hold = self._free(hold, ChangeKind.RELEASED, cause)
        self._holds[order_id] = replace(hold, order_version=max(hold.order_version, version or 0))

    def expire(self, order_id: UUID, cause: Cause, *, ended_by: datetime) -> None:
        """Frees a hold whose own end has passed; one that was paid, kept or released meanwhile stays as it is."""
        hold = self._holds.get(order_id)
        if hold is not None and hold.state is HoldState.HELD and hold.hard_until and hold.hard_until < ended_by:
            self._holds[order_id] = self._free(hold, ChangeKind.EXPIRED, cause)

    def keep(self, step: OrderStep) -> None:
        """The money is on its way: the hold has no end of its own meanwhile."""
        hold = self._holds.get(step.order_id)
        if hold is not None and step.version > hold.order_version:
            self._holds[step.order_id] = replace(hold, order_version=step.version, hard_until=None)

    def sell(self, step: OrderStep, seats: Sequence[Ticket], cause: Cause) -> None:
        """Turns the hold into a sale, once; without one takes free seats, then the room, then oversells (I-3)."""
        hold = self._holds.get(step.order_id)
        if hold is not None and (step.version <= hold.order_version or hold.state is HoldState.SOLD):
            return
        if hold is not None and hold.state is HoldState.HELD:
            if (hold.city_id, hold.tier, hold.quantity) == (self.city.city_id, step.tier, step.quantity):
                self._sell_held(step, seats, cause)
                return
            self._free(hold, ChangeKind.RELEASED, replace(cause, reason=ReleaseCause.PAID_FOR_OTHER_SEATS))
        self._sell_free(step, seats, cause)

    def refund(self, step: OrderStep, seats: Iterable[int], cause: Cause, *, return_seats: bool) -> None:
        """Makes the seats' tickets void and, when told, gives the seats back; oversold ones have none to give.

        Raises `Retry` while the payment that it follows is not applied here: the tickets' codes come with that.
        """
        hold = self._holds.get(step.order_id)
        if hold is None or hold.state is not HoldState.SOLD:
            raise Retry(f"order {step.order_id} is refunded, but its payment is not here yet")
        if step.version <= hold.order_version:
            return
        returned = [ticket for seat in seats if (ticket := self._void(step.order_id, seat, cause.reason, return_seats))]
        self._return(step, returned, cause)
        self._holds[step.order_id] = replace(hold, order_version=step.version)

    @property
    def changed_pools(self) -> list[Pool]:
        return [self.city.pools[tier] for tier in sorted({change.tier for change in self.changes})]

    @property
    def new_holds(self) -> list[Hold]:
        return [hold for order_id, hold in self._holds.items() if order_id not in self._known_holds]

    @property
    def changed_holds(self) -> list[Hold]:
        known = self._known_holds
        return [hold for key, hold in self._holds.items() if key in known and known[key] != hold]

    @property
    def new_tickets(self) -> list[Ticket]:
        return [ticket for key, ticket in self._tickets.items() if key not in self._known_tickets]

    @property
    def changed_tickets(self) -> list[Ticket]:
        known = self._known_tickets
        return [ticket for key, ticket in self._tickets.items() if key in known and known[key] != ticket]

    def _sell_held(self, step: OrderStep, seats: Sequence[Ticket], cause: Cause) -> None:
        pool = self._pool(step.tier)
        sold = replace(pool, held=pool.held - step.quantity, sold=pool.sold + step.quantity)
        self._change(ChangeKind.SOLD, sold, step.quantity, step.order_id, cause)
        self._sold(step, seats, [Place.PUBLIC] * step.quantity)

    def _sell_free(self, step: OrderStep, seats: Sequence[Ticket], cause: Cause) -> None:
        pool = self._pool(step.tier)
        public = min(step.quantity, pool.remaining)
        room = min(step.quantity - public, max(0, pool.actual_available) - public)
        over = step.quantity - public - room
        if public < step.quantity:
            self._wait_for_others(step)
        if public + room:
            sold = replace(pool, sold=pool.sold + public + room, room_sold=pool.room_sold + room)
            self._change(ChangeKind.SOLD, sold, public + room, step.order_id, cause, from_room=room)
        if over:
            pool = self._pool(step.tier)
            self._change(ChangeKind.OVERSOLD, replace(pool, oversold=pool.oversold + over), over, step.order_id, cause)
        self._sold(step, seats, [Place.PUBLIC] * public + [Place.ROOM] * room + [Place.OVERSOLD] * over)

    def _sold(self, step: OrderStep, seats: Sequence[Ticket], places: Sequence[Place]) -> None:
        self._holds[step.order_id] = Hold(
            order_id=step.order_id,
            state=HoldState.SOLD,
            city_id=self.city.city_id,
            tier=step.tier,
            quantity=step.quantity,
            order_version=step.version,
        )
        for ticket, place in zip(seats, places, strict=True):
            self._tickets[ticket.order_id, ticket.seat] = replace(ticket, place=place)

    def _free(self, hold: Hold, kind: ChangeKind, cause: Cause) -> Hold:
        """The hold without its seats."""
        if hold.city_id != self.city.city_id or hold.tier is None:
            raise Retry(f"order {hold.order_id} holds seats of another city")
        pool = self._pool(hold.tier)
        self._change(kind, replace(pool, held=pool.held - hold.quantity), hold.quantity, hold.order_id, cause)
        return replace(hold, state=HoldState.RELEASED, hard_until=None)

    def _void(self, order_id: UUID, seat: int, reason: str, return_seats: bool) -> Ticket | None:
        """The ticket as it was, when its seat comes back to the pool."""
        ticket = self._tickets.get((order_id, seat))
        if ticket is None or not ticket.valid:
            return None
        comes_back = return_seats or ticket.place is Place.OVERSOLD
        place = Place.RETURNED if comes_back else ticket.place
        self._tickets[order_id, seat] = replace(ticket, valid=False, place=place, void_reason=reason)
        return ticket if comes_back else None

    def _return(self, step: OrderStep, returned: Sequence[Ticket], cause: Cause) -> None:
        if not returned:
            return
        places = [ticket.place for ticket in returned]
        over, room = places.count(Place.OVERSOLD), places.count(Place.ROOM)
        pool = self._pool(step.tier)
        after = replace(
            pool,
            sold=pool.sold - (len(returned) - over),
            room_sold=pool.room_sold - room,
            oversold=pool.oversold - over,
        )
        self._change(ChangeKind.RETURNED, after, len(returned), step.order_id, cause, from_room=room)

    def _wait_for_others(self, step: OrderStep) -> None:
        """After a restore seats may be missing only because whoever gave them back is not read yet."""
        if self._restoring:
            raise Retry(f"order {step.order_id} had seats that nobody has given back yet")

    def _pool(self, tier: str) -> Pool:
        pool = self.city.pools.get(tier)
        if pool is None:
            raise Retry(f"city {self.city.city_id} has no tier {tier} yet")
        return pool

    def _change(
        self, kind: ChangeKind, pool: Pool, quantity: int, order_id: UUID, cause: Cause, *, from_room: int = 0
    ) -> None:
        before, self.city = self.city, self.city.changed(pool)
        self.changes.append(
            Change(
                kind=kind,
                tier=pool.tier,
                quantity=quantity,
                order_id=order_id,
                before=before,
                after=self.city,
                cause=cause,
                from_room=from_room,
            )
        )


def _same(known: Hold, ask: HoldRequest) -> Hold:
    if known.state in _GIVEN_UP:
        raise HoldReleased(ask.order_id)
    if (known.city_id, known.tier, known.quantity) != (ask.city_id, ask.tier, ask.quantity):
        raise HoldDiffers
    return known
