"""Who paid and has no seat gets the first one that comes free, on a real database (I-3)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from chassis.audit import Actor
from chassis.tokens import Role
from events import (
    OrderCustomer,
    OrderCustomerChanged,
    StockOversold,
    StockOversoldResolved,
    StockReturned,
    WaitlistOffered,
)
from inventory.limits.domain import Resizing
from inventory.limits.service import LimitService
from tests.fixtures.postgres import MakeDatabase
from tests.integration.inventory.bench import (
    CITY,
    Bench,
    moved_event,
    order_event,
    paid_event,
    refund_event,
    require_proof,
)
from tests.integration.inventory.service import environ, person, running

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("I-3")]

ANN = Actor(name="ann@example.com", role=Role.ADMIN, address="192.0.2.1")


async def full(bench: Bench, *owed: int, seats: int = 2) -> list[UUID]:
    """A room whose seats are sold, and orders that have paid for so many more."""
    await bench.open({"ga": (seats, seats), "vip": (4, 4)})
    await bench.deliver(*(paid_event(uuid4()) for _ in range(seats)))
    orders = [uuid4() for _ in owed]
    for order, quantity in zip(orders, owed, strict=True):
        await bench.deliver(paid_event(order, quantity))
    return orders


async def expand(bench: Bench, spots: int, *, public: bool = True) -> None:
    limits = LimitService(bench.stock, domains=["example.com"])
    asked = Resizing(city_id=CITY, tier="ga", spots=spots, public=public, reason="more chairs")
    async with bench.database.transaction() as tx:
        await limits.expand(tx, asked, authorized_by=ANN.name, actor=ANN)


async def settled(bench: Bench) -> list[tuple[UUID, int, str, int]]:
    told = await bench.published(StockOversoldResolved)
    return [(each.order_id, each.quantity, each.cause, each.still_oversold) for each in told]


async def places(bench: Bench, order: UUID) -> list[str]:
    rows = await bench.database.fetch("SELECT place FROM tickets WHERE order_id = $1 ORDER BY seat", order)
    return [row["place"] for row in rows]


async def customers(bench: Bench) -> Sequence[UUID]:
    return [row["order_id"] for row in await bench.database.fetch("SELECT order_id FROM oversold_customers")]


async def test_more_seats_go_to_whom_they_are_owed_the_longest(bench: Bench) -> None:
    first, second = await full(bench, 2, 1)
    await expand(bench, 1)
    assert await settled(bench) == [(first, 1, "seat_found", 1)]
    assert await places(bench, first) == ["public", "oversold"]
    assert set(await customers(bench)) == {first, second}
    await expand(bench, 1, public=False)
    await expand(bench, 5)
    assert (await settled(bench))[1:] == [(first, 1, "seat_found", 0), (second, 1, "seat_found", 0)]
    assert await places(bench, first) == ["public", "spare"]
    assert await bench.pool() == {"held": 0, "sold": 5, "spare_sold": 1, "oversold": 0}
    assert await customers(bench) == []
    await require_proof(bench.database)


async def test_a_seat_that_comes_back_goes_to_whom_it_is_owed_before_anybody_who_waits(bench: Bench) -> None:
    await bench.open({"ga": (1, 1)})
    sold, owed = uuid4(), uuid4()
    await bench.deliver(paid_event(sold))
    await bench.join("bea")
    await bench.deliver(paid_event(owed))
    await bench.deliver(refund_event(sold, 1, (1,), back=True, version=3))
    assert await settled(bench) == [(owed, 1, "seat_found", 0)]
    assert await bench.published(WaitlistOffered) == []
    await bench.deliver(refund_event(owed, 1, (1,), back=True, version=3))
    assert len(await bench.published(WaitlistOffered)) == 1
    await require_proof(bench.database)


async def test_who_is_oversold_and_gets_a_seat_in_the_same_batch(bench: Bench) -> None:
    await bench.open({"ga": (1, 1)})
    sold, owed = uuid4(), uuid4()
    await bench.deliver(
        paid_event(sold), paid_event(owed), refund_event(sold, 1, (1,), back=True, version=3), paid_event(owed)
    )
    assert [each.order_id for each in await bench.published(StockOversold)] == [owed]
    assert await settled(bench) == [(owed, 1, "seat_found", 0)]
    assert (await places(bench, owed), await customers(bench)) == (["public"], [])
    await require_proof(bench.database)


async def test_money_given_back_settles_it_as_well(bench: Bench) -> None:
    (order,) = await full(bench, 2)
    await bench.deliver(refund_event(order, 2, (2,), back=False, version=3))
    await bench.deliver(refund_event(order, 2, (1,), back=False, version=4))
    assert await settled(bench) == [(order, 1, "refunded", 1), (order, 1, "refunded", 0)]
    assert [each.quantity for each in await bench.published(StockReturned)] == [1, 1]
    assert await bench.pool() == {"held": 0, "sold": 2, "spare_sold": 0, "oversold": 0}
    assert await customers(bench) == []
    await require_proof(bench.database)


async def test_a_move_settles_it_with_new_codes(bench: Bench) -> None:
    (order,) = await full(bench, 2)
    old = await bench.database.fetch("SELECT code FROM tickets WHERE order_id = $1 ORDER BY seat", order)
    moved = moved_event(order, 2, to=(CITY, "vip"))
    await bench.hold(moved.hold_id, 2, tier="vip")
    await bench.deliver(moved, moved)
    assert await settled(bench) == [(order, 2, "moved", 0)]
    assert await bench.pool("vip") == {"held": 0, "sold": 2, "spare_sold": 0, "oversold": 0}
    rows = await bench.database.fetch("SELECT tier, code, place FROM tickets WHERE order_id = $1", order)
    assert {(row["tier"], row["place"]) for row in rows} == {("vip", "public")}
    assert {row["code"] for row in rows} == {ticket.code for ticket in moved.tickets}
    assert not {row["code"] for row in rows} & {row["code"] for row in old}
    assert await bench.database.fetchval("SELECT count(*) FROM replaced_codes WHERE city_id = $1", CITY) == 2
    assert await customers(bench) == []
    await require_proof(bench.database)


async def test_the_list_names_the_customer_to_whom_it_may(
    make_database: MakeDatabase, kafka: str, topic_prefix: str, bench: Bench
) -> None:
    orders = await full(bench, 1, 2)
    async with running(environ(bench.url, kafka=kafka, prefix=topic_prefix)) as client:
        whole = (await client.get("/api/admin/inventory/oversold", **person(Role.ADMIN))).json["data"]
        first = (await client.get("/api/admin/inventory/oversold?limit=1", **person(Role.VIEWER))).json
        cursor = first["nextCursor"]
        path = f"/api/admin/inventory/oversold?limit=1&cursor={cursor}"
        second = (await client.get(path, **person(Role.VIEWER))).json
        wrong = await client.get("/api/admin/inventory/oversold?cursor=x", **person(Role.VIEWER))
    assert [(row["orderId"], row["seats"]) for row in whole] == [(str(orders[0]), [1]), (str(orders[1]), [1, 2])]
    assert whole[0]["customer"]["email"] == "ann@example.com"
    assert (first["data"][0]["customer"]["firstName"], second["nextCursor"]) == ("A.", None)
    assert "ann@example.com" not in str(first) + str(second)
    assert [row["orderId"] for row in (*first["data"], *second["data"])] == [str(order) for order in orders]
    assert wrong.status == 422


@pytest.mark.proves("C-6")
async def test_a_seat_is_owed_to_whoever_has_the_order_now(bench: Bench) -> None:
    (order,) = await full(bench, 1)
    robin = OrderCustomer(first_name="Robin", last_name="Hale", email="robin@example.com")
    await bench.deliver(
        order_event(
            OrderCustomerChanged, order, 1, customer=robin, previous_email="jo@example.com", tickets=(), version=4
        )
    )
    row = await bench.database.fetchrow("SELECT first_name, last_name, email FROM oversold_customers")
    assert row is not None
    assert tuple(row.values()) == ("Robin", "Hale", "robin@example.com")
