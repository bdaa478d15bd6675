"""What inventory tells of its seats to whoever compares the services."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import pytest_asyncio

from chassis.ids import uuid7
from chassis.process import ProcessRole
from invariants import violations
from invariants.rules import EachEventHasOneEffect, NothingIsOversold, PoolsEqualTheirLedger
from inventory.digest.store import CHANGES, CITIES
from tests.fixtures.digests import Digests
from tests.integration.inventory.bench import CITY, Bench, paid_event
from tests.integration.inventory.service import SERVICE_KEY, SIGN_IN, environ, running

pytestmark = pytest.mark.asyncio

OF_STOCK = (PoolsEqualTheirLedger(), NothingIsOversold(), EachEventHasOneEffect())
COPIES = """
INSERT INTO tickets (order_id, seat, city_id, tier, code, valid, place, issued_at)
SELECT gen_random_uuid(), seat, 'elsewhere', 'ga', 'c' || n || '-' || seat, true, 'public', $1
FROM generate_series(1, 1200) n, generate_series(1, 2) seat
"""


@pytest_asyncio.fixture
async def digests(bench: Bench) -> AsyncIterator[Digests]:
    values = environ(bench.url, kafka="127.0.0.1:9", prefix="")
    async with running(values, role=ProcessRole.API) as client:
        yield Digests(app=client.app, service="inventory", key=SERVICE_KEY, sign_in=SIGN_IN)


async def sold(bench: Bench, quantity: int = 1) -> UUID:
    order_id = uuid7()
    await bench.hold(order_id, quantity)
    await bench.deliver(paid_event(order_id, quantity))
    return order_id


@pytest.mark.proves("L-9")
async def test_only_our_own_services_with_a_token_for_inventory_are_answered(digests: Digests) -> None:
    await digests.require_closed_doors(("GET", ""), ("GET", "/orders"), ("POST", "/orders"), ("GET", "/stock"))
    await digests.require_bounds()


@pytest.mark.proves("L-9", "I-4", "I-6")
async def test_the_stock_is_told_by_its_sums_and_newest_changes(bench: Bench, digests: Digests) -> None:
    await bench.open({"ga": (400, 400), "vip": (3, 3)})
    orders = [await sold(bench, 2) for _ in range(CHANGES // 2 + 5)]
    await bench.hold(uuid7(), 3)
    told = await digests.get("/stock")
    [ga] = [each for each in told.part.sums if each.tier == "ga"]
    assert (ga.public, ga.held) == (2 * len(orders), 3)
    changes = [each for each in told.part.ledger if each.tier == "ga"]
    assert (len(changes), told.next_cursor) == (CHANGES, None)
    assert violations(told.part, OF_STOCK) == []
    # The last change is there however old it is.
    late = await digests.get("/stock", since="2039-01-01T00:00:00Z")
    assert [each.tier for each in late.part.ledger] == ["vip", "ga"]
    assert violations(late.part, OF_STOCK) == []
    await bench.database.execute("UPDATE pools SET held = held + 1 WHERE tier = 'ga'")
    assert {each.subject for each in violations((await digests.get("/stock")).part, OF_STOCK)} == {f"{CITY}/ga"}


@pytest.mark.proves("L-9")
async def test_cities_come_in_pages(bench: Bench, digests: Digests) -> None:
    names = [f"city-{number:03}" for number in range(CITIES + 3)]
    for city in names:
        await bench.open({"ga": (5, 5)}, city=city)
    first = await digests.get("/stock")
    second = await digests.get("/stock", cursor=first.next_cursor)
    assert [pool.city_id for page in (first, second) for pool in page.part.pools] == names
    assert second.next_cursor is None


@pytest.mark.proves("L-9", "E-10")
async def test_orders_come_in_pages_each_once_and_codes_stay_at_home(bench: Bench, digests: Digests) -> None:
    await bench.open({"ga": (10, 10)})
    order_id = await sold(bench, 2)
    issued = await bench.database.fetchval("SELECT max(issued_at) FROM tickets")
    await bench.database.execute(COPIES, issued)
    ids = await digests.all_ids()
    assert (len(ids), len(set(ids))) == (1201, 1201)
    [one, two] = (await digests.post("/orders", [order_id])).part.seats
    assert (one.order_id, one.place) == (str(order_id), "public")
    codes = {
        row["code"] for row in await bench.database.fetch("SELECT code FROM tickets WHERE order_id = $1", order_id)
    }
    assert len({one.code, two.code} | codes) == 4
