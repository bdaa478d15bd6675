"""Inventory through its doors: HTTP for holds and people, Kafka for orders and the catalogue."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from chassis.clock import SystemClock
from chassis.database import Database
from chassis.process import ProcessRole
from chassis.tokens import Role
from eventbus import Bus, BusSettings, Progress, create_topics, delete_topics
from events import Envelope, Event, OrderPaymentPending, ReleaseCause, StockHeld, Topic, parse_event
from inventory.pools.consumers import ORDERS_GROUP
from inventory.pools.workers import HoldEnder
from tests.fixtures.kafka import kafka_at
from tests.fixtures.postgres import MakeDatabase
from tests.integration.inventory.bench import CITY, city_changed, order_event, paid_event, require_proof
from tests.integration.inventory.service import Client, environ, person, running, service_token
from tests.unit.chassis.asgi import call

pytestmark = pytest.mark.asyncio


OVERDUE = "SELECT count(*) FROM holds WHERE state = 'held' AND hard_until < app_now()"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Inventory's database and settings, and a checkout that publishes from an outbox of its own."""

    database: Database
    environ: Mapping[str, str]
    checkout: Bus
    checkout_database: Database

    async def publish(self, *events: Event) -> None:
        """Returns when Kafka has them."""
        async with self.checkout_database.transaction() as tx:
            await self.checkout.outbox.publish(tx, *events)
        await eventually(lambda: value(self.checkout_database, "SELECT count(*) FROM outbox", 0))

    async def move_clock(self, duration: str) -> None:
        await self.database.execute(f"INSERT INTO app_clock (shift) VALUES ('{duration}')")

    async def pool(self) -> dict[str, int]:
        row = await self.database.fetchrow("SELECT held, sold, spare_sold, oversold FROM pools WHERE tier = 'ga'")
        return dict(row or {})


@pytest_asyncio.fixture
async def world(make_database: MakeDatabase, kafka: str) -> AsyncIterator[World]:
    prefix = f"inv{uuid4().hex[:8]}."
    connection = kafka_at(kafka, prefix=prefix)
    await create_topics(connection, partitions=2)
    url, checkout_url = make_database("inventory"), make_database("eventbus")
    database = await Database.connect(url, application="test")
    checkout_database = await Database.connect(checkout_url, application="test")
    settings = BusSettings(service="checkout", connection=connection, database_url=checkout_url)
    bus = Bus(settings, database=checkout_database, clock=SystemClock())
    await bus.start()
    yield World(
        database=database,
        environ=environ(url, kafka=kafka, prefix=prefix),
        checkout=bus,
        checkout_database=checkout_database,
    )
    await bus.stop()
    await checkout_database.close()
    await database.close()
    await delete_topics(connection)


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await condition():
            await asyncio.sleep(0.02)


async def value(database: Database, sql: str, wanted: object) -> bool:
    return bool(await database.fetchval(sql) == wanted)


async def sell_from(world: World, client: Client, seats: int, *, room: int = 0) -> None:
    """Opens the city by the catalogue's event."""
    await world.publish(city_changed({"ga": (seats, seats + room), "vip": (5, 5)}))
    await eventually(lambda: known(client))


async def known(client: Client) -> bool:
    return (await client.get(f"/api/inventory/{CITY}")).status == 200


async def hold_until_told(client: Client, order_id: UUID) -> str:
    answer = await client.hold(order_id)
    return "held" if answer.status == 200 else str(answer.json["code"])


@pytest.mark.proves("I-1", "I-2", "I-3", "E-4")
async def test_a_seat_from_the_catalogue_to_the_ticket(world: World) -> None:
    order = uuid4()
    async with running(world.environ) as client:
        await sell_from(world, client, 20)
        held = await client.hold(order, 2)
        assert held.status == 200
        assert held.json["available"] == {"ga": 18, "vip": 5}
        assert held.json["heldUntil"].endswith("Z")
        paid = paid_event(order, 2)
        await world.publish(paid, paid, paid_event(order, 2, version=1))
        await eventually(lambda: value(world.database, "SELECT count(*) FROM tickets", 2))
        await eventually(lambda: value(world.database, "SELECT count(*) FROM outbox", 0))
        await eventually(lambda: shows(client, sold={"ga": 2, "vip": 0}))
    assert await world.pool() == {"held": 0, "sold": 2, "spare_sold": 0, "oversold": 0}
    assert await world.database.fetchval("SELECT count(*) FROM outbox_sent WHERE topic = 'stock'") == 4
    await require_proof(world.database)


async def shows(client: Client, **fields: object) -> bool:
    document = (await client.get(f"/api/inventory/{CITY}")).json
    return all(document[name] == wanted for name, wanted in fields.items())


@pytest.mark.proves("I-1")
async def test_what_people_are_shown(world: World) -> None:
    async with running(world.environ) as client:
        hidden = city_changed({"ga": (9, 9)}, city="austin-mar-2026", listed=False)
        await world.publish(hidden, city_changed({"ga": (12, 20), "vip": (5, 5)}))
        await eventually(lambda: known(client))
        await eventually(lambda: value(world.database, "SELECT count(*) FROM cities", 2))
        await client.hold(uuid4(), 3)
        await client.hold(uuid4(), 5, tier="vip")
        answer = await client.get("/api/inventory")
        shown = {
            "cityId": CITY,
            "publicLimits": {"ga": 12, "vip": 5},
            "publicAvailable": {"ga": 9, "vip": 0},
            "sold": {"ga": 0, "vip": 0},
            "held": {"ga": 3, "vip": 5},
            "status": {"ga": "low", "vip": "sold_out"},
        }
        assert answer.json == {"success": True, "data": [shown]}
        again = await client.get("/api/inventory", **{"If-None-Match": answer.headers["etag"]})
        assert (again.status, again.body) == (304, b"")
        for role in (Role.VIEWER, Role.OPERATOR, Role.PROVIDER):
            assert "actualLimits" not in (await client.get(f"/api/inventory/{CITY}", **person(role))).json
        full = await client.get(f"/api/inventory/{CITY}", **person(Role.ADMIN))
        assert full.json == {**shown, "actualLimits": {"ga": 20, "vip": 5}}
        lost = await client.get("/api/inventory/atlantis")
        assert (lost.status, lost.json["code"]) == (404, "unknown_city")


@pytest.mark.proves("I-6", "X-3", "C-12")
async def test_the_ledger_is_read_page_by_page(world: World) -> None:
    path = "/api/admin/inventory/transactions"
    async with running(world.environ) as client:
        await sell_from(world, client, 20)
        orders = [uuid4() for _ in range(5)]
        for order in orders:
            await client.hold(order)
        await client.release(orders[0])
        viewer = person(Role.VIEWER)
        first = (await client.get(f"{path}?tier=ga&limit=4", **viewer)).json
        second = (await client.get(f"{path}?tier=ga&limit=4&cursor={first['nextCursor']}", **viewer)).json
        operations = [row["operation"] for row in first["data"] + second["data"]]
        assert operations == ["release", "hold", "hold", "hold", "hold", "hold", "expand"]
        assert second["nextCursor"] is None
        newest = first["data"][0]
        assert (newest["orderId"], newest["actor"], newest["quantity"]) == (str(orders[0]), "checkout", 1)
        assert newest["reason"] == ReleaseCause.ASKED
        assert (newest["before"]["held"], newest["after"]["held"]) == (5, 4)
        mine = (await client.get(f"{path}?orderId={orders[0]}&operation=hold", **viewer)).json
        assert len(mine["data"]) == 1
        assert (await client.get(path)).json["code"] == "token_missing"
        assert (await client.get(path, **person(Role.PROVIDER))).status == 403
        for wrong in ("cursor=x", "actor=%00", "cityId=%00"):
            assert (await client.get(f"{path}?{wrong}", **viewer)).status == 422


@pytest.mark.proves("I-2", "C-13")
async def test_refusals_of_holds(world: World) -> None:
    async with running(world.environ) as client:
        await sell_from(world, client, 1)
        order = uuid4()
        assert (await client.release(order)).status == 204
        released = await client.hold(order)
        assert (released.status, released.json["code"]) == (409, "hold_released")
        await client.hold(uuid4())
        full = await client.hold(uuid4())
        assert (full.status, full.json["code"], full.json["available"]) == (409, "sold_out", {"ga": 0, "vip": 5})
        late = await client.hold(uuid4(), deadlineMs=0.000001)
        assert (late.status, late.json["code"]) == (504, "deadline_passed")
        assert (await client.hold(uuid4(), quantity=0)).json["fields"].keys() == {"quantity"}
        for headers in ({}, service_token("notifier"), person(Role.ADMIN)):
            refused = await call(client.app, "DELETE", f"/internal/holds/{order}", headers=headers)
            assert refused.status in {401, 403}


@pytest.mark.proves("I-2")
async def test_a_hold_ends_by_itself_unless_its_payment_is_pending(world: World) -> None:
    pending, left = uuid4(), uuid4()
    async with running(world.environ) as client:
        await sell_from(world, client, 2)
        for order in (pending, left):
            assert (await client.hold(order)).status == 200
        await world.publish(order_event(OrderPaymentPending, pending, version=2))
        await eventually(lambda: value(world.database, "SELECT count(*) FROM holds WHERE hard_until IS NULL", 1))
        await world.move_clock("1 hour")
        await eventually(lambda: value(world.database, "SELECT state FROM holds WHERE hard_until IS NULL", "held"))
        await eventually(
            lambda: value(world.database, f"SELECT state FROM holds WHERE order_id = '{left}'", "released")
        )
    assert await world.pool() == {"held": 1, "sold": 0, "spare_sold": 0, "oversold": 0}
    assert await world.database.fetchval("SELECT reason FROM ledger WHERE operation = 'expire'") == "hold_ended"
    await require_proof(world.database)


@pytest.mark.proves("I-2", "E-4", "L-9")
async def test_a_backlog_of_paid_orders_comes_before_the_end_of_their_holds(world: World) -> None:
    """Inventory was away for longer than holds live; new buyers are there first when it is back."""
    paid, unpaid = [uuid4() for _ in range(50)], [uuid4() for _ in range(3)]
    async with running(world.environ) as client:
        await sell_from(world, client, 53)
        for order in (*paid, *unpaid):
            assert (await client.hold(order)).status == 200
    await world.publish(*map(paid_event, paid))
    await world.move_clock("1 hour")
    async with running(world.environ, role=ProcessRole.API) as client, hold_ender(world, client) as ender:
        for _ in range(5):
            await ender.look()
            assert await burst(client, 40) == {"sold_out": 40}
        async with running(world.environ, role=ProcessRole.WORKER):
            told: Counter[str] = Counter()
            while await world.database.fetchval(OVERDUE):
                told.update(await burst(client, 40))
    sold = await world.database.fetch("SELECT order_id FROM holds WHERE state = 'sold'")
    assert {row["order_id"] for row in sold} == set(paid)
    pool = await world.pool()
    assert (pool["sold"], pool["spare_sold"], pool["oversold"]) == (50, 0, 0)
    assert told["held"] == pool["held"] <= 3
    await require_proof(world.database)


@pytest.mark.proves("I-2", "E-5")
async def test_a_hold_whose_payment_is_set_aside_is_not_ended(world: World) -> None:
    """Its payment can't be read here (a key that nobody knows): a person must look before the seat is sold again."""
    order, left = uuid4(), uuid4()
    async with running(world.environ) as client:
        await sell_from(world, client, 2)
        for each in (order, left):
            assert (await client.hold(each)).status == 200
        paid = paid_event(order)
        forged = tuple(ticket.model_copy(update={"code": altered(ticket.code)}) for ticket in paid.tickets)
        await world.publish(paid.model_copy(update={"tickets": forged}))
        await eventually(lambda: value(world.database, "SELECT count(*) FROM dead_letters", 1))
        await world.move_clock("1 hour")
        await eventually(lambda: value(world.database, "SELECT order_id FROM holds WHERE state = 'released'", left))
    assert await world.database.fetchval("SELECT state FROM holds WHERE order_id = $1", order) == "held"


def altered(code: str) -> str:
    """Another last character than it has."""
    return code[:-1] + ("1" if code.endswith("0") else "0")


async def burst(client: Client, buyers: int) -> Counter[str]:
    return Counter(await asyncio.gather(*(hold_until_told(client, uuid4()) for _ in range(buyers))))


@asynccontextmanager
async def hold_ender(world: World, client: Client) -> AsyncIterator[HoldEnder]:
    """Ends holds while nobody reads `orders`."""
    deps = client.deps
    progress = Progress(group=ORDERS_GROUP, topic=Topic.ORDERS, connection=world.checkout.connection)
    yield HoldEnder(deps.stock, deps.mirror, database=deps.database, progress=progress)
    await progress.close()


@pytest.mark.proves("E-2")
async def test_each_hold_of_a_batch_is_announced_in_the_trace_of_its_request(world: World) -> None:
    traces = {uuid4(): f"{number:032x}" for number in range(1, 6)}
    async with running(world.environ) as client:
        await sell_from(world, client, 9)
        await asyncio.gather(*(client.hold(order, trace=trace) for order, trace in traces.items()))
        await eventually(lambda: value(world.database, "SELECT count(*) FROM outbox", 0))
    rows = await world.database.fetch("SELECT header_names, header_values, value FROM outbox_sent")
    told = {}
    for row in rows:
        envelope = Envelope.parse(zip(row["header_names"], row["header_values"], strict=True))
        event = parse_event(envelope.type, row["value"])
        if isinstance(event, StockHeld):
            told[event.order_id] = (envelope.traceparent or "").split("-")[1]
    assert told == traces


@pytest.mark.proves("L-10")
async def test_one_process_answers_while_another_works(world: World) -> None:
    order = uuid4()
    async with running(world.environ, role=ProcessRole.WORKER) as worker:
        async with running(world.environ, role=ProcessRole.API) as client:
            await sell_from(world, client, 2)
            await client.hold(order)
            await world.publish(paid_event(order))
            await eventually(lambda: shows(client, sold={"ga": 1, "vip": 0}))
            assert (await worker.get("/api/inventory")).status == 404
            assert (await worker.get("/readyz")).status == (await client.get("/readyz")).status == 200
        await eventually(lambda: value(world.database, "SELECT count(*) FROM outbox", 0))


@pytest.mark.proves("L-10", "E-4")
async def test_two_of_each_role_run_side_by_side_and_are_restarted_one_after_the_other(world: World) -> None:
    """The workers share the partitions, whoever answers; each restart leaves its neighbours theirs."""
    orders = [uuid4() for _ in range(24)]
    async with AsyncExitStack() as answering:
        clients = [await answering.enter_async_context(running(world.environ, role=ProcessRole.API)) for _ in range(2)]
        async with worker_of(world, 0), worker_of(world, 1):
            await sell_from(world, clients[0], len(orders))
            await eventually(lambda: known(clients[1]))
            await hold_and_pay(world, clients, orders[:8])
        for slot in (0, 1):
            async with worker_of(world, 1 - slot):
                await hold_and_pay(world, clients, orders[8 + 8 * slot : 12 + 8 * slot])
                async with worker_of(world, slot):
                    await hold_and_pay(world, clients, orders[12 + 8 * slot : 16 + 8 * slot])
        async with worker_of(world, 0), worker_of(world, 1):
            await eventually(lambda: value(world.database, "SELECT count(*) FROM tickets", len(orders)))
            await eventually(lambda: value(world.database, "SELECT count(*) FROM outbox", 0))
    assert await world.pool() == {"held": 0, "sold": len(orders), "spare_sold": 0, "oversold": 0}
    await require_proof(world.database)


def worker_of(world: World, slot: int) -> AbstractAsyncContextManager[Client]:
    return running({**world.environ, "FULLHOUSE_SLOT": str(slot)}, role=ProcessRole.WORKER)


async def hold_and_pay(world: World, clients: Sequence[Client], orders: Sequence[UUID]) -> None:
    """Each holds at the other process than the one before."""
    for number, order in enumerate(orders):
        assert (await clients[number % len(clients)].hold(order)).status == 200
        await world.publish(paid_event(order, 1))
