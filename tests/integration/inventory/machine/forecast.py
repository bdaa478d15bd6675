"""What the stock should be, in plain numbers: written anew from the requirements, without the code that it judges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

HELD, PENDING, SOLD, GONE = "held", "pending", "sold", "gone"
PUBLIC, SPARE, OVERSOLD, RETURNED = "public", "spare", "oversold", "returned"
WAITING, OFFERED = "waiting", "offered"
STARTING: Final = (4, 6)
ORDERS: Final = tuple(UUID(int=number) for number in range(1, 5))

Seat = tuple[UUID, int]


@dataclass(slots=True)
class OrderForecast:
    """An order in the pool: `seats` are those that it holds or has bought, `version` its newest event here."""

    state: str
    seats: int
    version: int = 0


@dataclass(slots=True)
class TicketForecast:
    """A ticket: where its seat counts, and whether it lets somebody in."""

    place: str
    valid: bool = True
    disputed: bool = False

    @property
    def good(self) -> bool:
        return self.valid and not self.disputed and self.place != OVERSOLD


@dataclass(slots=True)
class PlaceInLine:
    """Somebody who waits, or has an offer. `offered`: the number of the offer, the newest is the largest."""

    name: str
    seats: int
    state: str = WAITING
    offered: int = 0


@dataclass(slots=True)
class Forecast:
    """One pool with its orders, its tickets, its line and who is inside."""

    public: int = STARTING[0]
    actual: int = STARTING[1]
    orders: dict[UUID, OrderForecast] = field(default_factory=dict)
    tickets: dict[Seat, TicketForecast] = field(default_factory=dict)
    line: list[PlaceInLine] = field(default_factory=list)
    inside: set[Seat] = field(default_factory=set)
    offers: int = 0

    @property
    def held(self) -> int:
        orders = sum(order.seats for order in self.orders.values() if order.state in {HELD, PENDING})
        return orders + sum(each.seats for each in self.line if each.state == OFFERED)

    def count(self, *places: str) -> int:
        return sum(ticket.place in places for ticket in self.tickets.values())

    @property
    def empty(self) -> int:
        """Seats that nobody has, whoever they are owed to."""
        return self.actual - self.held - self.count(PUBLIC, SPARE)

    @property
    def room(self) -> int:
        return self.empty - self.count(OVERSOLD)

    @property
    def free(self) -> int:
        """For the public."""
        return min(self.public - self.held - self.count(PUBLIC), self.room)

    def hold(self, order: UUID, seats: int) -> str:
        known = self.orders.get(order)
        if known is not None:
            return HELD if (known.state, known.seats) in _alive(seats) else GONE
        if self.free < seats:
            return "full"
        self.orders[order] = OrderForecast(HELD, seats)
        return HELD

    def take(self, name: str, order: UUID) -> str:
        """Whoever has an offer buys."""
        offer = self.in_line(name, OFFERED)
        if offer is None or order in self.orders:
            return self.hold(order, offer.seats if offer else 1)
        self.line.remove(offer)
        self.orders[order] = OrderForecast(HELD, offer.seats)
        self.offer()
        return HELD

    def release(self, order: UUID, version: int | None = None) -> None:
        known = self.orders.setdefault(order, OrderForecast(GONE, 0, version or 0))
        if version is None or version > known.version:
            if known.state in {HELD, PENDING}:
                known.state = GONE
            known.version = max(known.version, version or 0)
        self.offer()

    def expire(self, order: UUID) -> None:
        known = self.orders.get(order)
        if known is not None and known.state == HELD:
            known.state = GONE
        self.offer()

    def let_offer_expire(self, name: str) -> None:
        offer = self.in_line(name, OFFERED)
        if offer is not None:
            self.line.remove(offer)
        self.offer()

    def wait_for_money(self, order: UUID, version: int) -> None:
        known = self.orders.get(order)
        if known is not None and version > known.version:
            known.version = version
            known.state = PENDING if known.state == HELD else known.state

    def pay(self, order: UUID, seats: int, version: int) -> None:
        known = self.orders.get(order)
        if known is not None and version <= known.version:
            return
        kept = known is not None and known.state in {HELD, PENDING} and known.seats == seats
        self.orders.pop(order, None)
        if not kept:
            self._make_room(seats)
        public = seats if kept else min(seats, max(0, self.free))
        spare = 0 if kept else min(seats - public, max(0, self.room) - public)
        places = [PUBLIC] * public + [SPARE] * spare + [OVERSOLD] * (seats - public - spare)
        self.orders[order] = OrderForecast(SOLD, seats, version)
        self.tickets |= {(order, seat): TicketForecast(place) for seat, place in enumerate(places, start=1)}
        self.offer()

    def refund(self, order: UUID, seats: Iterable[int], version: int, *, back: bool) -> bool:
        """False while the payment is not here."""
        known = self.orders.get(order)
        if known is None or known.state != SOLD:
            return False
        for ticket in (self.tickets[order, seat] for seat in seats):
            if ticket.valid:
                ticket.valid = False
                ticket.place = RETURNED if back or ticket.place == OVERSOLD else ticket.place
        known.version = max(known.version, version)
        self.offer()
        return True

    def dispute(self, order: UUID, version: int, *, opened: bool) -> bool:
        known = self.orders.get(order)
        if known is None or known.state != SOLD:
            return False
        if version > known.version:
            known.version = version
            for (owner, _), ticket in self.tickets.items():
                if owner == order:
                    ticket.disputed = opened
        return True

    def limit(self, public: int, actual: int) -> bool:
        """False where somebody has these seats already."""
        taken = self.held + self.count(PUBLIC, SPARE) + (self.count(OVERSOLD) if actual < self.actual else 0)
        if actual < taken or public < self.held + self.count(PUBLIC):
            return False
        self.public, self.actual = public, actual
        self.offer()
        return True

    def join(self, name: str, seats: int) -> bool:
        if self.public < seats or self.free >= seats:
            return False
        if self.in_line(name) is None:
            self.line.append(PlaceInLine(name, seats))
        return True

    def leave(self, name: str) -> None:
        known = self.in_line(name)
        if known is not None:
            self.line.remove(known)
        self.offer()

    def in_line(self, name: str, *states: str) -> PlaceInLine | None:
        return next((each for each in self.line if each.name == name and (not states or each.state in states)), None)

    def offer(self) -> None:
        """To whom a seat is owed, then to whoever waits longest of those whom it would do."""
        self._settle()
        for each in self.line:
            if each.state == WAITING and each.seats <= self.free:
                self.offers += 1
                each.state, each.offered = OFFERED, self.offers

    def _settle(self) -> None:
        """Who paid first and has no seat gets the first one."""
        for ticket in self.tickets.values():
            if ticket.place == OVERSOLD and self.empty > 0:
                ticket.place = PUBLIC if self.public > self.held + self.count(PUBLIC) else SPARE

    def _make_room(self, seats: int) -> None:
        """A paid order comes before offers: the newest go first."""
        for each in sorted(self.line, key=lambda each: -each.offered):
            if each.state == OFFERED and self.room < seats:
                each.state, each.offered = WAITING, 0


def _alive(seats: int) -> set[tuple[str, int]]:
    return {(HELD, seats), (PENDING, seats), (SOLD, seats)}
