"""The rules of stock: what a hold, a payment, a release and a refund do to a city (I-2, I-3). Pure, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from chassis.errors import Retry
from events import ReleaseCause
from inventory.pools.domain import Cause, Change, ChangeKind, City, Hold, HoldRequest, HoldState, OrderStep, Pool
from inventory.pools.errors import HoldDiffers, HoldReleased, SoldOut, UnknownTier
from inventory.pools.tracked import OrderHolds, OrderTickets
from inventory.tickets.domain import Place, Ticket

_GIVEN_UP = (HoldState.RELEASED, HoldState.TOMBSTONE)


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
        offers: Iterable[UUID] = (),
        restoring: bool = False,
    ) -> None:
        """`offers`: which of the holds are offers to the waiting list, those that are withdrawn first first.

        `restoring`: what had the seats before may not be read yet (pools/restore.py).
        """
        self.city = city
        self.now = now
        self.changes: list[Change] = []
        self.holds = OrderHolds(holds)
        self.tickets = OrderTickets(tickets)
        self.offers = tuple(offers)
        self.restoring = restoring

    def hold(self, ask: HoldRequest, cause: Cause, *, delayable: bool = False) -> Hold:
        """Takes public seats, and those of an offer, all or nothing; the same order again has the same hold.

        `delayable`: whether the money for a new hold may come later.
        Raises SoldOut, HoldReleased, HoldDiffers or UnknownTier.
        """
        known = self.holds.of(ask.order_id)
        if known:
            return _same(known, ask)
        pool = self.city.pools.get(ask.tier)
        if pool is None:
            raise UnknownTier
        offer = self._offer(ask)
        if pool.public_available + (offer.quantity if offer else 0) < ask.quantity:
            raise SoldOut(self.city.remaining())
        if offer:
            self.holds.put(self._free(offer, ChangeKind.RELEASED, replace(cause, reason=ReleaseCause.OFFER_TAKEN)))
        until, pool = self.now + ask.duration, self.city.pools[ask.tier]
        return self._hold(pool, ask.order_id, ask.quantity, cause, until=until, delayable=delayable)

    def offer(self, offer_id: UUID, tier: str, quantity: int, cause: Cause, *, until: datetime) -> None:
        """Holds seats that are free for somebody in line."""
        self._hold(self.city.pools[tier], offer_id, quantity, cause, until=until, delayable=False)

    def hold_again(self, step: OrderStep, cause: Cause, *, until: datetime) -> None:
        """Holds what a placed order held, unless it is known: it was lost with a database that was restored."""
        if any(hold.state in _GIVEN_UP for hold in self.holds.of(step.order_id)):
            return
        for tier, seats in step.seats.items():
            pool = self._pool(tier)
            if self._of_pool(step.order_id, tier) is not None:
                continue
            if pool.public_available < len(seats):
                self._wait_for_others(step)
                continue  # somebody else has them by right; the order's next event frees nothing
            # What its payment page offers is lost, too.
            self._hold(pool, step.order_id, len(seats), cause, until=until, delayable=True, version=step.version)

    def release(self, order_id: UUID, cause: Cause, *, version: int | None = None) -> None:
        """Gives held seats back. An order that has none is marked, so that a late hold of it is refused.

        Without `version` the caller says it, not an event of the order.
        """
        known = self.holds.of(order_id)
        if not known:
            self.holds.put(Hold(order_id=order_id, state=HoldState.TOMBSTONE, order_version=version or 0))
        for hold in self._here(known):
            if version is not None and version <= hold.order_version:
                continue
            freed = self._free(hold, ChangeKind.RELEASED, cause) if hold.state is HoldState.HELD else hold
            self.holds.put(replace(freed, order_version=max(hold.order_version, version or 0)))

    def expire(self, order_id: UUID, cause: Cause, *, ended_by: datetime) -> None:
        """Frees holds whose own end has passed; what was paid, kept or released meanwhile stays as it is."""
        for hold in self._here(self.holds.of(order_id)):
            if hold.state is HoldState.HELD and hold.hard_until and hold.hard_until < ended_by:
                self.holds.put(self._free(hold, ChangeKind.EXPIRED, cause))

    def keep(self, step: OrderStep, cause: Cause) -> None:
        """Takes their own end from the order's holds: its money is on its way."""
        for hold in self._here(self.holds.of(step.order_id)):
            if step.version > hold.order_version:
                kept = self._keep(hold, cause) if hold.state is HoldState.HELD else hold
                self.holds.put(replace(kept, order_version=step.version, hard_until=None))

    def sell(self, step: OrderStep, tickets: Iterable[Ticket], cause: Cause) -> None:
        """Turns holds into sales, once for each pool of the order; what the order holds beside them is freed.

        A pool of which it holds nothing gives free seats, then the spare, then is oversold (I-3).
        """
        if step.version <= self._applied(step.order_id):
            return
        by_seat = {ticket.seat: ticket for ticket in tickets}
        self._free_others(step, replace(cause, reason=ReleaseCause.PAID_FOR_OTHER_SEATS))
        for tier, seats in step.seats.items():
            self._sell(step, tier, [by_seat[seat] for seat in seats], cause)

    def refund(self, step: OrderStep, seats: Iterable[int], cause: Cause, *, return_seats: bool) -> None:
        """Makes the seats' tickets void and, when told, gives the seats back; oversold ones have none to give.

        A void ticket stays void, so that a refund which something newer has overtaken turns nothing back (E-6): it may
        have had to wait for the payment longer than a dispute.
        Raises `Retry` while the payment that it follows is not applied here: the tickets' codes come with that.
        """
        self._require_sold(step)
        refunded = set(seats)
        for tier, own in step.seats.items():
            void = (self._void(step.order_id, seat, cause.reason, return_seats) for seat in own if seat in refunded)
            self._return(step.order_id, tier, [ticket for ticket in void if ticket], cause)
        self._followed(step)

    def dispute(self, step: OrderStep, *, opened: bool) -> None:
        """Keeps the order's tickets from being used while its money is disputed; the seats stay the buyer's.

        Raises `Retry` while the payment that it follows is not applied here.
        """
        self._require_sold(step)
        if step.version <= self._applied(step.order_id):
            return
        for seat in (seat for own in step.seats.values() for seat in own):
            if ticket := self.tickets.get(step.order_id, seat):
                self.tickets.put(replace(ticket, disputed=opened))
        self._followed(step)

    def replace_tickets(self, step: OrderStep, tickets: Iterable[Ticket]) -> None:
        """Gives seats of the order new codes; where its tickets count stays.

        Raises `Retry` while the payment that it follows is not applied here.
        """
        self._require_sold(step)
        if step.version <= self._applied(step.order_id):
            return
        for ticket in tickets:
            if (old := self.tickets.get(step.order_id, ticket.seat)) and old.city_id == self.city.city_id:
                self.tickets.put(replace(old, code=ticket.code))
        self._followed(step)

    def move(
        self,
        step: OrderStep,
        cause: Cause,
        *,
        leaving: Mapping[str, Sequence[int]],
        arriving: Sequence[Ticket],
        hold_id: UUID,
    ) -> None:
        """Takes seats of an order from pools to others: gives back those of this city, and sells those in it.

        leaving: tier → the numbers of the seats that are given back
        arriving: the tickets of the seats that the order has from now on, for which `hold_id` holds the seats
        Raises `Retry` while the payment that it follows is not applied here.
        """
        if step.version <= self._applied(step.order_id):
            return
        if any(not self._is_sold(step.order_id, tier) for tier in leaving):
            raise Retry(f"order {step.order_id} was moved, but its payment is not here yet")
        for tier, seats in leaving.items():
            self._leave(step, tier, seats, cause)
        for hold in self._here(self.holds.of(hold_id)):
            if hold.state is HoldState.HELD:
                self.holds.put(self._free(hold, ChangeKind.RELEASED, replace(cause, reason=ReleaseCause.MOVED_INTO)))
        for tier in sorted({ticket.tier for ticket in arriving}):
            self._arrive(step, tier, [ticket for ticket in arriving if ticket.tier == tier], cause)
        self._followed(step)

    def change(
        self,
        kind: ChangeKind,
        pool: Pool,
        quantity: int,
        order_id: UUID | None,
        cause: Cause,
        *,
        from_spare: int = 0,
        still_oversold: int = 0,
    ) -> None:
        """Writes one change, which leaves its pool as `pool`; the rules above say when."""
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
                from_spare=from_spare,
                still_oversold=still_oversold,
            )
        )

    @property
    def changed_pools(self) -> list[Pool]:
        return [self.city.pools[tier] for tier in sorted({change.tier for change in self.changes})]

    def _hold(
        self,
        pool: Pool,
        order_id: UUID,
        quantity: int,
        cause: Cause,
        *,
        until: datetime,
        delayable: bool,
        version: int = 0,
    ) -> Hold:
        more = quantity if delayable else 0
        held = replace(pool, held=pool.held + quantity, delayable=pool.delayable + more)
        self.change(ChangeKind.HELD, held, quantity, order_id, cause)
        hold = Hold(
            order_id=order_id,
            part=self.holds.next_part(order_id),
            state=HoldState.HELD,
            city_id=self.city.city_id,
            tier=pool.tier,
            quantity=quantity,
            hard_until=until,
            delayable=delayable,
            order_version=version,
        )
        self.holds.put(hold)
        return hold

    def _require_sold(self, step: OrderStep) -> None:
        if any(not self._is_sold(step.order_id, tier) for tier in step.seats):
            raise Retry(f"order {step.order_id} has gone on, but its payment is not here yet")

    def _is_sold(self, order_id: UUID, tier: str) -> bool:
        hold = self._of_pool(order_id, tier)
        return hold is not None and hold.state is HoldState.SOLD

    def _followed(self, step: OrderStep) -> None:
        for hold in self._here(self.holds.of(step.order_id)):
            self.holds.put(replace(hold, order_version=max(hold.order_version, step.version)))

    def _free_others(self, step: OrderStep, cause: Cause) -> None:
        """Frees what an order that is paid holds of other pools, or another number of seats."""
        for hold in self._here(self.holds.of(step.order_id)):
            wanted = len(step.seats.get(hold.tier or "", ()))
            if hold.state is HoldState.HELD and hold.quantity != wanted:
                self.holds.put(replace(self._free(hold, ChangeKind.RELEASED, cause), order_version=step.version))

    def _sell(self, step: OrderStep, tier: str, tickets: Sequence[Ticket], cause: Cause) -> None:
        hold = self._of_pool(step.order_id, tier)
        if hold is not None and hold.state is HoldState.SOLD:
            return
        held = hold is not None and hold.state is HoldState.HELD
        places = (self._sell_held if held else self._sell_free)(step, tier, len(tickets), cause)
        self._put_sold(step, tier, len(tickets))
        for ticket, place in zip(tickets, places, strict=True):
            self.tickets.put(replace(ticket, place=place))

    def _leave(self, step: OrderStep, tier: str, seats: Sequence[int], cause: Cause) -> None:
        """Gives seats back whose tickets go to another pool; what was refunded or void before has none to give."""
        left = [ticket for seat in seats if (ticket := self.tickets.take_out(step.order_id, seat)) is not None]
        hold = self._of_pool(step.order_id, tier)
        if hold is not None:
            kept = hold.quantity - len(left)
            self.holds.put(replace(hold, quantity=kept, state=HoldState.SOLD if kept else HoldState.RELEASED))
        self._return(step.order_id, tier, [each for each in left if each.place is not Place.RETURNED], cause)

    def _arrive(self, step: OrderStep, tier: str, tickets: Sequence[Ticket], cause: Cause) -> None:
        places = self._sell_free(step, tier, len(tickets), cause)
        before = self._of_pool(step.order_id, tier)
        more = before.quantity if before is not None and before.state is HoldState.SOLD else 0
        self._put_sold(step, tier, more + len(tickets))
        for ticket, place in zip(tickets, places, strict=True):
            self.tickets.put(replace(ticket, place=place))

    def _put_sold(self, step: OrderStep, tier: str, quantity: int) -> None:
        hold = self._of_pool(step.order_id, tier)
        self.holds.put(
            Hold(
                order_id=step.order_id,
                part=hold.part if hold else self.holds.next_part(step.order_id),
                state=HoldState.SOLD,
                city_id=self.city.city_id,
                tier=tier,
                quantity=quantity,
                order_version=step.version,
            )
        )

    def _keep(self, hold: Hold, cause: Cause) -> Hold:
        """Counts the hold's seats as pending: delayable ones, whatever its page was allowed to offer."""
        if not hold.pending:
            pool = self._pool(hold.tier or "").keeping(hold)
            self.change(ChangeKind.KEPT, pool, hold.quantity, hold.order_id, cause)
        return replace(hold, delayable=True)

    def _sell_held(self, step: OrderStep, tier: str, quantity: int, cause: Cause) -> list[Place]:
        hold = self._of_pool(step.order_id, tier)
        pool = self._pool(tier).without(hold) if hold else self._pool(tier)
        sold = replace(pool, sold=pool.sold + quantity)
        self.change(ChangeKind.SOLD, sold, quantity, step.order_id, cause)
        return [Place.PUBLIC] * quantity

    def _sell_free(self, step: OrderStep, tier: str, quantity: int, cause: Cause) -> list[Place]:
        pool = self._pool(tier)
        if pool.actual_available < quantity:
            self._withdraw_offers(tier, quantity, cause)
            pool = self._pool(tier)
        public = min(quantity, pool.remaining)
        spare = min(quantity - public, max(0, pool.actual_available) - public)
        over = quantity - public - spare
        if public < quantity:
            self._wait_for_others(step)
        if public + spare:
            sold = replace(pool, sold=pool.sold + public + spare, spare_sold=pool.spare_sold + spare)
            self.change(ChangeKind.SOLD, sold, public + spare, step.order_id, cause, from_spare=spare)
        if over:
            pool = self._pool(tier)
            self.change(ChangeKind.OVERSOLD, replace(pool, oversold=pool.oversold + over), over, step.order_id, cause)
        return [Place.PUBLIC] * public + [Place.SPARE] * spare + [Place.OVERSOLD] * over

    def _withdraw_offers(self, tier: str, quantity: int, cause: Cause) -> None:
        """Frees offers until there is room for seats that are paid: who waits never stands in their way (I-10)."""
        cause = replace(cause, reason=ReleaseCause.NEEDED_FOR_PAID_ORDER)
        for offer_id in self.offers:
            hold = self._of_pool(offer_id, tier)
            if self._pool(tier).actual_available >= quantity:
                return
            if hold is not None and hold.state is HoldState.HELD:
                self.holds.put(self._free(hold, ChangeKind.RELEASED, cause))

    def _offer(self, ask: HoldRequest) -> Hold | None:
        """The offer that is taken, as long as it lasts."""
        if ask.offer_id not in self.offers:
            return None
        hold = self._of_pool(ask.offer_id, ask.tier)
        return hold if hold is not None and hold.state is HoldState.HELD else None

    def _free(self, hold: Hold, kind: ChangeKind, cause: Cause) -> Hold:
        """The hold without its seats."""
        pool = self._pool(hold.tier or "").without(hold)
        self.change(kind, pool, hold.quantity, hold.order_id, cause)
        return replace(hold, state=HoldState.RELEASED, hard_until=None, delayable=False)

    def _void(self, order_id: UUID, seat: int, reason: str, return_seats: bool) -> Ticket | None:
        """The ticket as it was, when its seat comes back to the pool."""
        ticket = self.tickets.get(order_id, seat)
        if ticket is None or not ticket.valid:
            return None
        comes_back = return_seats or ticket.place is Place.OVERSOLD
        place = Place.RETURNED if comes_back else ticket.place
        self.tickets.put(replace(ticket, valid=False, place=place, void_reason=reason))
        return ticket if comes_back else None

    def _return(self, order_id: UUID, tier: str, returned: Sequence[Ticket], cause: Cause) -> None:
        if not returned:
            return
        places = [ticket.place for ticket in returned]
        over, spare = places.count(Place.OVERSOLD), places.count(Place.SPARE)
        pool = self._pool(tier)
        after = replace(
            pool,
            sold=pool.sold - (len(returned) - over),
            spare_sold=pool.spare_sold - spare,
            oversold=pool.oversold - over,
        )
        left = self.tickets.oversold(order_id, self.city.city_id, tier) if over else 0
        self.change(ChangeKind.RETURNED, after, len(returned), order_id, cause, from_spare=spare, still_oversold=left)

    def _here(self, holds: Iterable[Hold]) -> list[Hold]:
        """Those that this city's lock covers: its own, and tombstones."""
        return [hold for hold in holds if hold.city_id in (None, self.city.city_id)]

    def _of_pool(self, order_id: UUID, tier: str) -> Hold | None:
        return self.holds.of_pool(order_id, self.city.city_id, tier)

    def _applied(self, order_id: UUID) -> int:
        """The newest of the order's events that this city has followed."""
        return max((hold.order_version for hold in self._here(self.holds.of(order_id))), default=0)

    def _wait_for_others(self, step: OrderStep) -> None:
        """After a restore seats may be missing only because whoever gave them back is not read yet."""
        if self.restoring:
            raise Retry(f"order {step.order_id} had seats that nobody has given back yet")

    def _pool(self, tier: str) -> Pool:
        pool = self.city.pools.get(tier)
        if pool is None:
            raise Retry(f"city {self.city.city_id} has no tier {tier} yet")
        return pool


def _same(known: Sequence[Hold], ask: HoldRequest) -> Hold:
    """The hold that the same request made before."""
    for hold in known:
        wanted = (hold.city_id, hold.tier, hold.quantity) == (ask.city_id, ask.tier, ask.quantity)
        if wanted and hold.state not in _GIVEN_UP:
            return hold
    if any(hold.state in _GIVEN_UP for hold in known):
        raise HoldReleased(ask.order_id)
    raise HoldDiffers
