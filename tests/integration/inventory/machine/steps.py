"""What can be done to the stock: each step acts on a replica, and says beforehand what should come of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from chassis.audit import Actor
from chassis.clock import SystemClock
from chassis.database import UniqueViolation
from chassis.errors import Condition
from chassis.tickets import TicketVerifier
from eventbus import Outbox
from events import (
    OrderDisputeClosed,
    OrderDisputed,
    OrderPaid,
    OrderPaymentPending,
    OrderRefunded,
)
from inventory.doors.domain import Asked, Gate, Outcome
from inventory.doors.service import Doors
from inventory.limits.domain import Resizing
from inventory.limits.service import LimitService
from inventory.recount.service import Recount
from tests.integration.inventory.bench import CITY, KEY, NOW, Bench
from tests.integration.inventory.machine.forecast import HELD, STARTING, Forecast
from tests.integration.inventory.machine.house import House, Told

ANN: Final = Actor(name="ann@example.com")
DOMAINS: Final = ("example.com",)


class Step(Protocol):
    """Both return whether it works; what somebody is refused doesn't, and changes nothing."""

    async def run(self, house: House, bench: Bench, /) -> bool: ...

    def foresee(self, forecast: Forecast) -> bool: ...


@dataclass(frozen=True, slots=True)
class Hold:
    """`placed`: whether checkout lives long enough to write the order down."""

    order: UUID
    seats: int
    placed: bool

    async def run(self, house: House, bench: Bench, /) -> bool:
        try:
            await bench.hold(self.order, self.seats)
        except Condition:
            return False
        if self.placed:
            house.placed(self.order, self.seats)
        return True

    def foresee(self, forecast: Forecast) -> bool:
        return forecast.hold(self.order, self.seats) == HELD


@dataclass(frozen=True, slots=True)
class Take:
    """Whoever has an offer, or had one, buys."""

    name: str
    order: UUID

    async def run(self, house: House, bench: Bench, /) -> bool:
        row = await bench.database.fetchrow(
            "SELECT offer_id, CASE state WHEN 'offered' THEN quantity ELSE 1 END AS seats FROM waitlist"
            " WHERE email_key = $1 ORDER BY state = 'offered' DESC, place DESC LIMIT 1",
            f"{self.name}@example.com",
        )
        seats, offer = (row["seats"], row["offer_id"]) if row else (1, None)
        try:
            await bench.hold(self.order, seats, offer=offer)
        except Condition:
            return False
        house.placed(self.order, seats)
        return True

    def foresee(self, forecast: Forecast) -> bool:
        return forecast.take(self.name, self.order) == HELD


@dataclass(frozen=True, slots=True)
class Release:
    order: UUID

    async def run(self, _house: House, bench: Bench, /) -> bool:
        await bench.release(self.order)
        return True

    def foresee(self, forecast: Forecast) -> bool:
        forecast.release(self.order)
        return True


@dataclass(frozen=True, slots=True)
class Expire:
    """The own end of an order's hold has come."""

    order: UUID

    async def run(self, _house: House, bench: Bench, /) -> bool:
        await bench.expire(self.order)
        return True

    def foresee(self, forecast: Forecast) -> bool:
        forecast.expire(self.order)
        return True


@dataclass(frozen=True, slots=True)
class LetOfferExpire:
    name: str

    async def run(self, _house: House, bench: Bench, /) -> bool:
        offers = await bench.database.fetch(
            "SELECT offer_id FROM waitlist WHERE email_key = $1 AND state = 'offered'", f"{self.name}@example.com"
        )
        await bench.expire(*(row["offer_id"] for row in offers))
        return True

    def foresee(self, forecast: Forecast) -> bool:
        forecast.let_offer_expire(self.name)
        return True


@dataclass(frozen=True, slots=True)
class Join:
    name: str
    seats: int

    async def run(self, _house: House, bench: Bench, /) -> bool:
        try:
            await bench.join(self.name, self.seats)
        except Condition:
            return False
        return True

    def foresee(self, forecast: Forecast) -> bool:
        return forecast.join(self.name, self.seats)


@dataclass(frozen=True, slots=True)
class Leave:
    name: str

    async def run(self, _house: House, bench: Bench, /) -> bool:
        entries = await bench.database.fetch(
            "SELECT entry_id FROM waitlist WHERE email_key = $1 ORDER BY place", f"{self.name}@example.com"
        )
        for row in entries:
            await bench.leave(row["entry_id"])
        return True

    def foresee(self, forecast: Forecast) -> bool:
        forecast.leave(self.name)
        return True


@dataclass(frozen=True, slots=True)
class Resize:
    """Seats are opened, or taken away where `spots` is below 0; back to the beginning where it is 0."""

    spots: int
    public: bool

    async def run(self, _house: House, bench: Bench, /) -> bool:
        limits = LimitService(bench.stock, domains=DOMAINS)
        asked = Resizing(city_id=CITY, tier="ga", spots=abs(self.spots), public=self.public, reason="because")
        try:
            async with bench.database.transaction() as tx:
                if self.spots > 0:
                    saved, _ = await limits.expand(tx, asked, authorized_by=ANN.name, actor=ANN)
                elif self.spots < 0:
                    saved, _ = await limits.shrink(tx, asked, actor=ANN)
                else:
                    saved, _ = await limits.reset(tx, CITY, tier=None, reason="because", actor=ANN)
        except Condition:
            return False
        bench.mirror.committed(saved)
        return True

    def foresee(self, forecast: Forecast) -> bool:
        if self.spots == 0:
            return forecast.limit(*STARTING)
        actual = forecast.actual + self.spots
        public = forecast.public + self.spots if self.public else min(forecast.public, actual)
        return forecast.limit(public, actual)


@dataclass(frozen=True, slots=True)
class Correct:
    """Somebody changes the pool past all rules, and somebody else has it counted again."""

    more: int

    async def run(self, house: House, bench: Bench, /) -> bool:
        await house.admin.execute(
            "UPDATE pools SET sold = sold + $1 WHERE sold + $1 >= spare_sold AND held + sold + $1 <= actual_limit"
            " AND held + sold + $1 - spare_sold <= public_limit",
            self.more,
        )
        recount = Recount(bench.stock, database=bench.database, checkout=None)
        async with bench.database.transaction() as tx:
            saved, _ = await recount.fix(tx, CITY, tier=None, sold={}, reason="because", actor=ANN)
        bench.mirror.committed(saved)
        return True

    def foresee(self, forecast: Forecast) -> bool:
        forecast.offer()
        return True


@dataclass(frozen=True, slots=True)
class AtDoor:
    """A ticket is shown, or its check-in undone."""

    order: UUID
    seat: int
    undo: bool

    async def run(self, house: House, bench: Bench, /) -> bool:
        clock = SystemClock()
        outbox = Outbox(source="inventory", clock=clock, wake=lambda: None)
        doors = Doors(outbox, TicketVerifier(KEY.public_keys()), clock=clock)
        code = await bench.database.fetchval(
            "SELECT code FROM tickets WHERE order_id = $1 AND seat = $2", self.order, self.seat
        )
        house.scans += 1
        shown = Asked(code=code or "none", scan=f"scan-{house.scans}", scanned_at=NOW)
        gate = Gate(door="A", city_id=CITY, offline=False)
        async with bench.database.transaction() as tx:
            if not self.undo:
                (verdict,) = await doors.check_in(tx, [shown], gate, actor=ANN)
                return verdict.outcome is Outcome.ADMITTED
            try:
                await doors.undo(tx, shown, reason="because", actor=ANN)
            except Condition:
                return False
            return True

    def foresee(self, forecast: Forecast) -> bool:
        key = (self.order, self.seat)
        if self.undo:
            was_inside = key in forecast.inside
            forecast.inside.discard(key)
            return was_inside
        ticket = forecast.tickets.get(key)
        works = ticket is not None and ticket.good and key not in forecast.inside
        if works:
            forecast.inside.add(key)
        return works


@dataclass(frozen=True, slots=True)
class HandOver:
    """An event of `orders` comes, the first time or again."""

    told: Told

    async def run(self, house: House, bench: Bench, /) -> bool:
        try:
            return await house.hand_over(bench, self.told)
        except UniqueViolation:
            return False  # of an order that gets its hold this very moment: it comes again

    def foresee(self, forecast: Forecast) -> bool:
        event = self.told.event
        order, version = UUID(str(event.order_id)), event.version
        match event:
            case OrderPaid():
                forecast.pay(order, len(event.seats), version)
            case OrderPaymentPending():
                forecast.wait_for_money(order, version)
            case OrderRefunded():
                return forecast.refund(order, event.refunded_seats, version, back=event.return_seats)
            case OrderDisputed():
                return forecast.dispute(order, version, opened=True)
            case OrderDisputeClosed():
                return forecast.dispute(order, version, opened=not event.won)
            case _:
                forecast.release(order, version)
        return True


@dataclass(frozen=True, slots=True)
class Say:
    """Checkout says something of an order, the first choice is that it is paid, or refunded."""

    order: UUID
    choice: int
    seats: tuple[int, ...]
    back: bool
