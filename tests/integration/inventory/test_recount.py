"""Pools are counted again by ledger, holds, tickets and checkout's orders, and wrong ones are mended (I-7)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

import checkout.app
from chassis.database import Database, DatabaseError
from chassis.process import ProcessRole
from chassis.settings import SANDBOX_STAND_INS
from chassis.tokens import Role
from events import StockLevelChanged
from tests.fixtures.ports import free_port
from tests.fixtures.postgres import fresh_databases
from tests.integration.checkout.serving import serving
from tests.integration.inventory.bench import KEY, Bench, open_bench, paid_event, refund_event, require_proof
from tests.integration.inventory.service import Client, environ, person, running
from tests.unit.chassis.asgi import Answer, call

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("I-7")]

PAID_AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
NUMBERS = count(1)
ORDER = """
INSERT INTO orders (
    order_id, number, state, city_ids, lines, amount, discount_total, currency,
    first_name, last_name, email, email_key, customer_kind, member, member_verified, business_type, source, live_mode,
    seats, placed_at, promised_until, hard_until, paid_at
)
VALUES ($1, $2, 'paid', ARRAY[$3], '[]', 200, 0, 'USD', 'Ann', 'Lee', 'ann@example.com', 'ann@example.com', 'new',
        false, false, 'barber', 'web', false, $4, $5, $5, $5, $5)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """A city of its own for each test, at inventory and at checkout."""

    bench: Bench
    client: Client
    checkout: Database
    city: str

    async def pay(self, quantity: int, tier: str = "ga", *, at: datetime | None = None) -> UUID:
        """Checkout's order, of which inventory has heard nothing yet."""
        order_id = uuid4()
        seats = [{"seat": seat, "line": 1, "city_id": self.city, "tier": tier} for seat in range(1, quantity + 1)]
        await self.checkout.execute(ORDER, order_id, f"{next(NUMBERS):08}", self.city, seats, at or PAID_AT)
        return order_id

    async def sell(self, quantity: int, tier: str = "ga") -> UUID:
        order_id = await self.pay(quantity, tier)
        await self.bench.deliver(paid_event(order_id, quantity, city_id=self.city, tier=tier))
        return order_id

    async def audit(self, city: str | None = None) -> Answer:
        return await self.client.get(f"/api/admin/inventory/audit?cityId={city or self.city}", **person(Role.VIEWER))

    async def wrong(self) -> list[tuple[str, str, str, int, int]]:
        answer = await self.audit()
        assert answer.status == 200, answer.body
        assert answer.json["unjudged"] == {}
        assert all(row["type"] == "inventory_mismatch" and row["cityId"] == self.city for row in answer.json["data"])
        return [
            (row["tier"], row["source"], row["what"], row["expected"], row["actual"]) for row in answer.json["data"]
        ]

    async def fix(self, **body: Any) -> Answer:
        asked = {"cityId": self.city, "reason": "Counted by hand", **body}
        headers = {**person(Role.ADMIN), "Content-Type": "application/json"}
        path = "/api/admin/inventory/audit/fix"
        return await call(self.client.app, "POST", path, headers=headers, body=json.dumps(asked).encode())

    async def meddle(self, what: str) -> None:
        """Somebody with the database's keys changes a pool past all rules."""
        await self.bench.database.execute(f"UPDATE pools SET {what} WHERE city_id = $1 AND tier = 'ga'", self.city)

    async def ledger(self) -> list[Mapping[str, Any]]:
        path = f"/api/admin/inventory/transactions?cityId={self.city}&tier=ga"
        rows: list[Mapping[str, Any]] = (await self.client.get(path, **person(Role.VIEWER))).json["data"]
        return rows


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(postgres: str) -> AsyncIterator[tuple[Bench, Client, Database]]:
    with fresh_databases(postgres) as make_database:
        url, checkout_url = make_database("inventory"), make_database("checkout")
        port = free_port()
        values = environ(checkout_url, kafka="127.0.0.1:9", prefix="")
        keys = {"TICKET_SIGNING_KEY": KEY.export(), "PUBLIC_URL": "http://127.0.0.1:8000"}
        addresses = {"SANDBOX_URL": "http://127.0.0.1:9", "INVENTORY_URL": "http://127.0.0.1:9"}
        orders = checkout.app.create({**values, **keys, **addresses, **SANDBOX_STAND_INS}, role=ProcessRole.API)
        own = {**environ(url, kafka="127.0.0.1:9", prefix=""), "CHECKOUT_URL": f"http://127.0.0.1:{port}"}
        database = await Database.connect(checkout_url, application="test", pool_size=1)
        async with serving(orders, port), open_bench(url) as bench, running(own, role=ProcessRole.API) as client:
            yield bench, client, database
        await database.close()


@pytest_asyncio.fixture(loop_scope="module")
async def counting(house: tuple[Bench, Client, Database]) -> AsyncIterator[Counting]:
    bench, client, database = house
    opened = Counting(bench=bench, client=client, checkout=database, city=f"city-{next(NUMBERS)}")
    await bench.open({"ga": (8, 9), "vip": (3, 3)}, city=opened.city)
    yield opened
    await require_proof(bench.database)


async def test_where_everybody_agrees_nothing_is_listed(counting: Counting) -> None:
    order = await counting.sell(9)
    await counting.sell(2, "vip")
    await counting.bench.deliver(refund_event(order, 9, (1, 2), back=True, version=5, city_id=counting.city))
    await counting.client.hold(uuid4(), 1, cityId=counting.city)
    assert await counting.wrong() == []
    answer = await counting.audit()
    assert (answer.json["success"], answer.json["pools"]) == (True, 2)
    assert (await counting.audit("nowhere")).status == 404


async def test_a_pool_that_was_changed_past_the_rules_is_listed_and_mended_by_an_entry(counting: Counting) -> None:
    await counting.sell(3)
    before = await counting.ledger()
    await counting.meddle("sold = 5, held = 1, public_limit = 9")
    assert await counting.wrong() == [
        ("ga", "ledger", "publicLimit", 8, 9),
        ("ga", "ledger", "held", 0, 1),
        ("ga", "ledger", "sold", 3, 5),
        ("ga", "holds", "held", 0, 1),
        ("ga", "tickets", "sold", 3, 5),
    ]
    answer = await counting.fix()
    assert answer.status == 200, answer.body
    (done,) = answer.json["corrected"]
    assert (done["tier"], done["before"]["sold"], done["after"]["sold"]) == ("ga", 5, 3)
    assert await counting.wrong() == []
    ledger = await counting.ledger()
    assert ledger[1:] == before
    assert (ledger[0]["operation"], ledger[0]["actor"], ledger[0]["reason"]) == (
        "correct",
        "ann@example.com",
        "Counted by hand",
    )
    assert (await counting.fix()).json["corrected"] == []
    told = [event for event in await counting.bench.published(StockLevelChanged) if event.city_id == counting.city]
    assert (told[-1].pools["ga"].sold, told[-1].remaining_inventory["ga"]) == (3, 5)


async def test_a_ledger_that_ends_elsewhere_is_continued(counting: Counting) -> None:
    order = await counting.sell(2)
    await counting.meddle("sold = 1")
    await counting.bench.deliver(refund_event(order, 2, (1,), back=True, version=5, city_id=counting.city))
    assert ("ga", "tickets", "sold", 1, 0) in await counting.wrong()
    # The ledger was broken by the meddler for good; its end is where the next entry goes on.
    assert (await counting.fix(tier="ga", sold=1)).json["corrected"][0]["after"]["sold"] == 1
    assert [row[1:3] for row in await counting.wrong()] == [("ledger", "sold")]
    await counting.bench.database.execute("DELETE FROM pools WHERE city_id = $1", counting.city)


@pytest.mark.proves("X-3")
async def test_a_pool_can_be_counted_seat_by_seat(counting: Counting) -> None:
    order = await counting.sell(9)
    await counting.sell(4)
    await counting.sell(1, "vip")
    await counting.bench.deliver(refund_event(order, 9, (1, 2), back=True, version=5, city_id=counting.city))
    found: list[Mapping[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        path = f"/api/admin/inventory/seats?cityId={counting.city}&limit=5{f'&cursor={cursor}' if cursor else ''}"
        page = (await counting.client.get(path, **person(Role.VIEWER))).json
        found += page["data"]
        cursor = page["nextCursor"]
    places = Counter((row["tier"], row["place"], row["valid"]) for row in found)
    assert places == {
        ("ga", "public", True): 8,
        ("ga", "spare", True): 1,
        ("ga", "oversold", True): 2,
        ("ga", "returned", False): 2,
        ("vip", "public", True): 1,
    }
    pool = (await counting.ledger())[0]["after"]
    assert (pool["sold"], pool["oversold"]) == (9, 2)
    assert not any("code" in name.lower() for row in found for name in row)
    wrong = await counting.client.get("/api/admin/inventory/seats?cursor=nonsense", **person(Role.VIEWER))
    assert wrong.status == 422


async def test_what_contradicts_tickets_or_limits_is_refused_and_changes_nothing(counting: Counting) -> None:
    await counting.sell(3)
    await counting.meddle("sold = 4")
    refused = [
        await counting.fix(tier="ga", sold=4),
        await counting.fix(sold={"ga": 2, "vip": 0}),
        await counting.fix(sold=3),
        await counting.fix(tier="ga", sold={"ga": 3}),
        await counting.fix(tier="balcony"),
        await counting.fix(reason=""),
        await counting.fix(cityId="nowhere"),
    ]
    assert [(each.status, each.json["code"]) for each in refused] == [
        (409, "correction_contradicts_tickets"),
        (409, "correction_contradicts_tickets"),
        (422, "invalid_request"),
        (422, "invalid_request"),
        (422, "invalid_ticket_tier"),
        (422, "invalid_request"),
        (404, "unknown_city"),
    ]
    assert (await counting.ledger())[0]["operation"] == "sell"
    assert (await counting.fix(sold={"ga": 3, "vip": 0})).status == 200


async def test_orders_that_inventory_never_heard_of_are_listed_once_they_have_settled(counting: Counting) -> None:
    await counting.sell(1)
    lost = await counting.pay(2)
    await counting.pay(1, at=datetime.now(UTC))
    assert await counting.wrong() == [("ga", "orders", "tickets", 3, 1)]
    await counting.bench.deliver(paid_event(lost, 2, city_id=counting.city))
    assert await counting.wrong() == []
    await counting.checkout.execute("DELETE FROM orders WHERE order_id = $1", lost)
    assert await counting.wrong() == [("ga", "orders", "tickets", 1, 3)]


async def test_without_checkout_the_rest_is_judged(counting: Counting) -> None:
    async with running(environ(counting.bench.url, kafka="127.0.0.1:9", prefix=""), role=ProcessRole.API) as alone:
        path = f"/api/admin/inventory/audit?cityId={counting.city}"
        answer = await alone.get(path, **person(Role.VIEWER))
    assert (answer.status, answer.json["data"]) == (200, [])
    assert "CHECKOUT_URL" in answer.json["unjudged"]["orders"]


@pytest.mark.proves("I-6")
async def test_not_even_the_service_changes_a_row_of_the_ledger(counting: Counting) -> None:
    for change in ("UPDATE ledger SET quantity = 1", "DELETE FROM ledger", "TRUNCATE ledger"):
        with pytest.raises(DatabaseError, match="append-only"):
            await counting.bench.database.execute(change)
