"""Inventory's use cases on a real database, and what must hold of it afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from chassis.clock import SystemClock
from chassis.database import Database
from chassis.ids import uuid7
from chassis.keys import SigningKey
from chassis.tickets import TicketClaims, TicketSigner, TicketVerifier
from config import load
from eventbus import Outbox, RawRecord, Received
from events import (
    CatalogueCityChanged,
    CatalogueTier,
    CatalogueVenue,
    Envelope,
    Event,
    LineKind,
    OrderCustomer,
    OrderEvent,
    OrderId,
    OrderLine,
    OrderPaid,
    OrderRefunded,
    OrderSeat,
    OrderSeatsMoved,
    OrderSource,
    OrderState,
    SeatState,
    TicketCode,
    event_json,
    parse_event,
)
from inventory.oversold.service import OversoldSeats
from inventory.pools.batcher import Batcher, HoldResult
from inventory.pools.consumers import catalogue_effect, orders_effect
from inventory.pools.domain import Cause, HoldRequest
from inventory.pools.mirror import Mirror
from inventory.pools.service import Stock
from inventory.waitlist.domain import Person
from inventory.waitlist.service import JoinRequest, Standing, WaitingLine, Waitlist

CITY = "dallas-jan-2026"
KEY = SigningKey.generate("t1")
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SIGNER = TicketSigner(KEY)
LEVELS = load("deploy/config").stock_levels
CAUSE = Cause(actor="checkout", reason="checkout_started")
OFFER = timedelta(minutes=30)
FOR_EVER = datetime(2100, 1, 1, tzinfo=UTC)

E = TypeVar("E", bound=Event)
OrderT = TypeVar("OrderT", bound=OrderEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    database: Database
    url: str
    mirror: Mirror
    stock: Stock
    batcher: Batcher
    line: Waitlist

    async def open(self, tiers: Mapping[str, tuple[int, int]], *, city: str = CITY, version: int = 1) -> None:
        """`tiers`: public and actual limit of each."""
        await self.deliver(city_changed(tiers, city=city, version=version))

    async def deliver(self, *events: Event) -> None:
        """One batch from Kafka, without Kafka."""
        handlers = {
            **orders_effect(self.stock, self.mirror).handlers,
            **catalogue_effect(self.stock, self.mirror).handlers,
        }
        async with self.database.transaction() as tx:
            await handlers[type(events[0])](tx, [received(event) for event in events])

    async def hold(
        self,
        order_id: UUID,
        quantity: int = 1,
        *,
        tier: str = "ga",
        city: str = CITY,
        seconds: float = 600,
        deadline: float = 30,
        offer: UUID | None = None,
    ) -> HoldResult:
        ask = HoldRequest(
            order_id=order_id,
            city_id=city,
            tier=tier,
            quantity=quantity,
            duration=timedelta(seconds=seconds),
            offer_id=offer,
        )
        return await self.batcher.hold(ask, cause=CAUSE, deadline_seconds=deadline)

    async def release(self, order_id: UUID) -> None:
        async with self.database.transaction() as tx:
            saved = await self.stock.release(tx, order_id, CAUSE)
        self.mirror.committed(*saved)

    async def join(self, name: str, quantity: int = 1, *, tier: str = "ga", city: str = CITY) -> Standing:
        person = Person(email=f"{name}@example.com", first_name=name.title())
        async with self.database.transaction() as tx:
            return await self.line.join(tx, JoinRequest(city_id=city, tier=tier, quantity=quantity, person=person))

    async def leave(self, entry_id: UUID) -> None:
        async with self.database.transaction() as tx:
            saved = await self.line.leave(tx, entry_id)
        self.mirror.committed(*saved)

    async def expire(self, *order_ids: UUID, city: str = CITY) -> None:
        """As if their time were over."""
        async with self.database.transaction() as tx:
            saved = await self.stock.expire(tx, city, order_ids, ended_by=FOR_EVER)
        if saved is not None:
            self.mirror.committed(saved)

    async def pool(self, tier: str = "ga", city: str = CITY) -> dict[str, int]:
        row = await self.database.fetchrow(
            "SELECT held, sold, spare_sold, oversold FROM pools WHERE city_id = $1 AND tier = $2", city, tier
        )
        assert row is not None
        return dict(row)

    async def published(self, *types: type[E]) -> list[E]:
        """What the outbox has of these types, in order."""
        rows = await self.database.fetch("SELECT header_names, header_values, value FROM outbox ORDER BY id")
        events = []
        for row in rows:
            envelope = Envelope.parse(zip(row["header_names"], row["header_values"], strict=True))
            event = parse_event(envelope.type, row["value"])
            if isinstance(event, types):
                events.append(event)
        return events


@asynccontextmanager
async def open_bench(url: str) -> AsyncIterator[Bench]:
    database = await Database.connect(url, application="test", pool_size=4)
    bench = new_parts(database, url)
    try:
        yield bench
    finally:
        await bench.batcher.stop()
        await database.close()


def new_parts(database: Database, url: str) -> Bench:
    """What a process has when it has just started."""
    clock = SystemClock()
    mirror = Mirror(database, clock)
    outbox = Outbox(source="inventory", clock=clock, wake=lambda: None)
    stock = Stock(
        outbox,
        TicketVerifier(KEY.public_keys()),
        levels=lambda: LEVELS,
        delayed_percent=20,
        line=WaitingLine(lasts=OFFER),
        owed=OversoldSeats(),
    )
    batcher = Batcher(stock, mirror, database=database, clock=clock)
    return Bench(database=database, url=url, mirror=mirror, stock=stock, batcher=batcher, line=Waitlist(stock, outbox))


def city_changed(
    tiers: Mapping[str, tuple[int, int]], *, city: str = CITY, version: int = 1, **changes: Any
) -> CatalogueCityChanged:
    return CatalogueCityChanged(
        city_id=city,
        version=version,
        name="Dallas",
        venue=CatalogueVenue(name="Hall", address="1 Main St"),
        time_zone="America/Chicago",
        starts=NOW + timedelta(days=60),
        ends=NOW + timedelta(days=60, hours=8),
        doors=NOW + timedelta(days=60, hours=-1),
        on_sale_from=NOW - timedelta(days=3650),
        on_sale_until=NOW + timedelta(days=3650),
        tiers={
            tier: CatalogueTier(name=tier, price=9_900, currency="USD", public_limit=public, actual_limit=actual)
            for tier, (public, actual) in tiers.items()
        },
        **changes,
    )


Places = Sequence[tuple[str, str]]  # city and tier of each seat of an order, by number


def order_event(kind: type[OrderT], order_id: UUID, quantity: int = 1, **changes: Any) -> OrderT:
    """`places`: for an order of several lines; else all seats are of one `tier` and `city_id`."""
    where = (changes.pop("city_id", CITY), changes.pop("tier", "ga"))
    places: Places = changes.pop("places", [where] * quantity)
    lines = {place: line for line, place in enumerate(dict.fromkeys(places), start=1)}
    seats = tuple(
        OrderSeat(seat=seat, line=lines[city, tier], city_id=city, tier=tier, state=SeatState.SOLD)
        for seat, (city, tier) in enumerate(places, start=1)
    )
    values: dict[str, Any] = {
        "order_id": OrderId(order_id),
        "number": "7K3M2QXD",
        "version": 2,
        "state": OrderState.PAID,
        "lines": tuple(_line(line, *place, places.count(place)) for place, line in lines.items()),
        "seats": seats,
        "amount": 100 * len(places),
        "discount_total": 0,
        "currency": "USD",
        "customer": OrderCustomer(first_name="Ann", last_name="Lee", email="ann@example.com"),
        "member": False,
        "member_verified": False,
        "business_type": "barber",
        "source": OrderSource.WEB,
        "live_mode": False,
        "occurred_at": NOW,
        "paid_at": NOW,
        "processor_time": NOW,
        "cause": "why",
        **changes,
    }
    return kind(**{name: value for name, value in values.items() if name in kind.model_fields})


def _line(line: int, city_id: str, tier: str, quantity: int) -> OrderLine:
    return OrderLine(
        line=line,
        kind=LineKind.SEATS,
        item_id=city_id,
        tier=tier,
        quantity=quantity,
        list_price=100,
        unit_price=100,
        amount=100 * quantity,
    )


def paid_event(order_id: UUID, quantity: int = 1, **changes: Any) -> OrderPaid:
    """With codes that checkout's key signed."""
    event = order_event(OrderPaid, order_id, quantity, **{"hold_alive": True, "tickets": (), **changes})
    tickets = tuple(
        TicketCode(seat=seat.seat, code=SIGNER.sign(TicketClaims.of(order_id, seat=seat.seat, city_id=seat.city_id)))
        for seat in event.seats
    )
    return event.model_copy(update={"tickets": tickets})


def refund_event(order_id: UUID, quantity: int, seats: Sequence[int], *, back: bool, **changes: Any) -> OrderRefunded:
    """`back`: whether the seats return to stock."""
    refund = {"refunded_amount": 1, "refunded_seats": tuple(seats), "return_seats": back}
    return order_event(OrderRefunded, order_id, quantity, **{**refund, **changes})


def moved_event(
    order_id: UUID, quantity: int = 1, *, to: tuple[str, str], came_from: tuple[str, str] = (CITY, "ga"), **changes: Any
) -> OrderSeatsMoved:
    """All seats of the order, from one pool to another; `issue` counts the codes of each."""
    issue = changes.pop("issue", 2)
    seats = range(1, quantity + 1)
    claims = [TicketClaims.of(order_id, seat=seat, city_id=to[0], issue=issue) for seat in seats]
    moved = {
        "moved_seats": tuple(seats),
        "from_city_id": came_from[0],
        "from_tier": came_from[1],
        "hold_id": uuid7(),
        "tickets": tuple(TicketCode(seat=each.seat, code=SIGNER.sign(each)) for each in claims),
    }
    return order_event(
        OrderSeatsMoved, order_id, quantity, **{"places": [to] * quantity, "version": 3, **moved, **changes}
    )


def received(event: E) -> Received[E]:
    envelope = Envelope(id=uuid7(), source="checkout", type=event.type, time=NOW, subject=event.key)
    record = RawRecord(
        topic=event.topic.value,
        partition=0,
        offset=0,
        key=event.key.encode(),
        value=event_json(event),
        headers=envelope.headers(),
    )
    return Received(event=event, envelope=envelope, record=record)


async def require_proof(database: Database) -> None:
    """Pools, ledger, holds, tickets and the published stock tell the same story (I-4, I-6)."""
    pools = await database.fetch("SELECT * FROM pools")
    for pool in pools:
        where = (pool["city_id"], pool["tier"])
        last: Mapping[str, int] = {
            "publicLimit": 0,
            "actualLimit": 0,
            "held": 0,
            "sold": 0,
            "spareSold": 0,
            "oversold": 0,
        }
        for row in await database.fetch("SELECT * FROM ledger WHERE city_id = $1 AND tier = $2 ORDER BY id", *where):
            assert row["before"] == last, f"ledger row {row['id']} doesn't follow the one before"
            last = row["after"]
        assert last == _counts(pool), f"{where}: the ledger ends elsewhere than the pool"
        held, pending, sold = await _of_holds(database, where)
        assert (held, pending) == (pool["held"], pool["pending"])
        assert sold == await _tickets(database, where, "true")
        assert pool["sold"] == await _tickets(database, where, "place IN ('public', 'spare')")
        assert pool["spare_sold"] == await _tickets(database, where, "place = 'spare'")
        assert pool["oversold"] == await _tickets(database, where, "place = 'oversold'")


async def _of_holds(database: Database, where: Sequence[str]) -> tuple[int, int, int]:
    row = await database.fetchrow(
        """
        SELECT coalesce(sum(quantity) FILTER (WHERE state = 'held'), 0) AS held,
               coalesce(sum(quantity) FILTER (WHERE state = 'held' AND hard_until IS NULL), 0) AS pending,
               coalesce(sum(quantity) FILTER (WHERE state = 'sold'), 0) AS sold
        FROM holds WHERE city_id = $1 AND tier = $2
        """,
        *where,
    )
    assert row is not None
    return row["held"], row["pending"], row["sold"]


async def _tickets(database: Database, where: Sequence[str], condition: str) -> int:
    sql = f"SELECT count(*) FROM tickets WHERE city_id = $1 AND tier = $2 AND {condition}"
    return int(await database.fetchval(sql, *where))


def _counts(pool: Mapping[str, Any]) -> dict[str, int]:
    return {
        "publicLimit": pool["public_limit"],
        "actualLimit": pool["actual_limit"],
        "held": pool["held"],
        "sold": pool["sold"],
        "spareSold": pool["spare_sold"],
        "oversold": pool["oversold"],
    }
