"""The rules of paid seats: sales, refunds, disputes and moves (I-3). Pure, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from chassis.errors import Retry
from events import ReleaseCause
from inventory.pools.domain import Cause, ChangeKind, Hold, HoldState, OrderStep
from inventory.pools.entries import Entries
from inventory.tickets.domain import Place, Ticket


class Selling(Entries):
    """A city's book, as far as somebody has paid."""

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

    def _require_sold(self, step: OrderStep) -> None:
        if any(not self._is_sold(step.order_id, tier) for tier in step.seats):
            raise Retry(f"order {step.order_id} has gone on, but its payment is not here yet")

    def _is_sold(self, order_id: UUID, tier: str) -> bool:
        hold = self._of_pool(order_id, tier)
        return hold is not None and hold.state is HoldState.SOLD

    def _free_others(self, step: OrderStep, cause: Cause) -> None:
        """Frees what an order that is paid holds of other pools, or another number of seats."""
        for hold in self._here(self.holds.of(step.order_id)):
            wanted = len(step.seats.get(hold.tier or "", ()))
            if hold.state is HoldState.HELD and hold.quantity != wanted:
                self.holds.put(self._free(hold, ChangeKind.RELEASED, cause)._replace(order_version=step.version))

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
            self.holds.put(hold._replace(quantity=kept, state=HoldState.SOLD if kept else HoldState.RELEASED))
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

    def _sell_held(self, step: OrderStep, tier: str, quantity: int, cause: Cause) -> list[Place]:
        hold = self._of_pool(step.order_id, tier)
        pool = self._pool(tier).without(hold) if hold else self._pool(tier)
        sold = pool._replace(sold=pool.sold + quantity)
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
            sold = pool._replace(sold=pool.sold + public + spare, spare_sold=pool.spare_sold + spare)
            self.change(ChangeKind.SOLD, sold, public + spare, step.order_id, cause, from_spare=spare)
        if over:
            pool = self._pool(tier)
            self.change(ChangeKind.OVERSOLD, pool._replace(oversold=pool.oversold + over), over, step.order_id, cause)
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
        after = pool._replace(
            sold=pool.sold - (len(returned) - over),
            spare_sold=pool.spare_sold - spare,
            oversold=pool.oversold - over,
        )
        left = self.tickets.oversold(order_id, self.city.city_id, tier) if over else 0
        self.change(ChangeKind.RETURNED, after, len(returned), order_id, cause, from_spare=spare, still_oversold=left)
