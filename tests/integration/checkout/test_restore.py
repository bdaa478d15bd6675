"""Checkout's database comes from a backup: its own events and the processor's lists say what it has lost (E-4, L-9)."""

from __future__ import annotations

import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from chassis.database import Database
from cli.restoring import make_fit
from eventbus import KafkaConnection, create_topics, delete_topics
from events import OrderPaid
from tests.fixtures.backups import Backup
from tests.fixtures.kafka import in_own_loop, kafka_at
from tests.fixtures.postgres import fresh_databases
from tests.integration.checkout import money
from tests.integration.checkout.neighbours import open_neighbours
from tests.integration.checkout.test_customers import change
from tests.integration.checkout.test_transfers import transfer
from tests.integration.checkout.world import DISPUTED, World

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("E-4", "E-6", "C-4", "L-9")]

Connect = Callable[[World, str], Awaitable[World]]

# What an order is to its buyer, its door and its money; not when it changed here, nor how often.
ORDERS = """
SELECT order_id, number, state, state_before, city_ids, lines, seats, tickets, amount, currency, first_name, last_name,
       email, email_key, phone, customer_kind, member, discount_code, source, refunded_amount, holders, link_issue,
       processor, live_mode, language, paid_at IS NOT NULL AS paid
FROM orders ORDER BY placed_at
"""
CHARGES = "SELECT payment_intent, order_id, amount, refunded FROM payment_charges ORDER BY payment_intent"
# Which of two payments is the second one is as good either way: what came too much has gone back.
SECOND = "SELECT order_id, count(*) AS charges FROM payment_charges WHERE surplus GROUP BY order_id"
CODES = "SELECT code, used FROM discount_codes WHERE used > 0"
LOST = "SELECT count(*) FROM processor_polls WHERE subject LIKE 'lost%'"
RETURNED = "SELECT count(*) FROM payment_charges WHERE surplus AND refunded = amount"
UNSENT = "SELECT count(*) FROM outbox"
VERSIONS = "SELECT order_id, version FROM orders"


@pytest.fixture
def topics(kafka: str) -> Iterator[Callable[[], str]]:
    """`topics()` → the prefix of new ones."""
    made: list[KafkaConnection] = []

    def make() -> str:
        prefix = f"t{secrets.token_hex(4)}."
        made.append(kafka_at(kafka, prefix=prefix))
        in_own_loop(create_topics(made[-1], partitions=1))
        return prefix

    yield make
    for each in made:
        in_own_loop(delete_topics(each))


@pytest_asyncio.fixture
async def connect() -> AsyncIterator[Connect]:
    """`connect(world, url)` → a world that looks into that database."""
    async with AsyncExitStack() as opened:

        async def on(world: World, url: str) -> World:
            await world.database.close()
            database = await Database.connect(url, application="test")
            opened.push_async_callback(database.close)
            return replace(world, database=database)

        yield on


@pytest_asyncio.fixture
async def world(postgres: str, kafka: str, topics: Callable[[], str]) -> AsyncIterator[World]:
    """Databases and topics of the test's own, since it puts one of them back."""
    with fresh_databases(postgres) as make:
        urls = make("checkout"), make("inventory")
        async with (
            open_neighbours(checkout_url=urls[0], inventory_url=urls[1], kafka=kafka, prefix=topics()) as neighbours,
            neighbours.world() as world,
        ):
            yield world


async def test_what_was_sold_since_the_backup_is_there_again_and_nothing_happens_twice(
    backup: Backup, connect: Connect, world: World
) -> None:
    await world.start_checkout()
    early, pays_later = await money.bought(world), (await world.buy(quantity=1)).body
    world, copy = await backed_up(world, backup, connect)
    await world.checkout.start()
    orders = await sold_since(world, pays_later)
    await at_rest(world)
    before = {name: await rows(world, name) for name in (ORDERS, CHARGES, SECOND, CODES)}
    said = {order: await world.ids(order, OrderPaid) for order in orders}
    versions = dict(await pairs(world, VERSIONS))
    returned = await money.given_back(world)
    stock = await world.stock()
    await world.checkout.stop()

    world = await connect(world, copy)
    assert await make_fit({**world.checkout.environ, "DATABASE_URL": copy}, "checkout") > len(orders)
    assert await make_fit({**world.checkout.environ, "DATABASE_URL": copy}, "checkout") == 0
    await world.checkout.start(DATABASE_URL=copy, CHECKOUT_POLL_SECONDS="1")
    await lists_are_read(world)
    assert {name: await rows(world, name) for name in before} == before
    assert {order: await world.ids(order, OrderPaid) for order in said} == {order: [] for order in said}, "all heard it"
    assert await money.given_back(world) == returned
    assert await world.stock() == stock
    now = dict(await pairs(world, VERSIONS))
    assert all(now[order] > version for order, version in versions.items())
    await repeated(world, orders[-1])
    await still_open(world, orders[-1])
    await money.refund(world, early, amount=100)
    await money.until_settled(world, early, ["done"])


async def sold_since(world: World, pays_later: dict[str, Any]) -> list[str]:
    """One of each kind of change that an order can have; the last order's page is open."""
    refunded, moved = [await bought(world) for _ in range(2)]
    twice, gift = await bought(world), (await bought(world, discountCode="GIFT", quantity=1))
    coded = await bought(world, discountCode="ONCE", quantity=1)
    await world.pay(pays_later["sessionId"])
    await world.until_state(pays_later["orderId"], "paid")
    disputed = await bought(world, card=DISPUTED, quantity=1)
    await world.until_state(disputed["orderId"], "disputed")
    await money.refund(world, refunded, seats=[1])
    await money.until_settled(world, refunded, ["done"])
    assert (await transfer(world, moved, 2)).status == 200
    assert (await change(world, moved, email=f"robin-{world.email}")).status == 200
    second = await money.second_session(world, twice)
    # The processor's clock knows seconds only, and it is later.
    await world.advance_sandbox(2)
    await world.pay(second)
    await world.until(lambda: has_returned(world), "the second charge went back")
    opened = (await world.buy(quantity=1, key=world.key)).body
    every = (refunded, moved, twice, gift, coded, pays_later, disputed, opened)
    return [order["orderId"] for order in every]


async def bought(world: World, *, card: str = "4242424242424242", **changes: Any) -> dict[str, Any]:
    order: dict[str, Any] = (await world.buy(**changes)).body
    if order["sessionId"]:
        await world.pay(order["sessionId"], card)
    if card != DISPUTED:
        await world.until_state(order["orderId"], "paid")
    return order


async def has_returned(world: World) -> bool:
    return bool(await world.database.fetchval(RETURNED) == 1)


async def repeated(world: World, order_id: str) -> None:
    """Whoever repeats a request that was lost gets the page of its order, and no other order."""
    again = await world.buy(quantity=1, key=world.key)
    assert (again.status, again.body["orderId"]) == (200, order_id), again
    assert again.body["sessionId"]
    assert not await world.database.fetchval("SELECT count(*) FROM checkout_requests WHERE state = 'running'")


async def still_open(world: World, order_id: str) -> None:
    """Its buyer can pay, and gets what was promised."""
    session = await world.database.fetchval(
        "SELECT session_id FROM payment_attempts WHERE order_id = $1 AND state = 'open'", UUID(order_id)
    )
    await world.pay(session)
    await world.until_state(order_id, "paid")


async def test_a_lost_request_waits_for_its_page_while_the_lists_are_not_read(
    backup: Backup, connect: Connect, world: World
) -> None:
    await world.start_checkout()
    world, copy = await backed_up(world, backup, connect)
    await world.checkout.start()
    opened = (await world.buy(quantity=1, key=world.key)).body
    await at_rest(world)
    await world.checkout.stop()

    world = await connect(world, copy)
    await make_fit({**world.checkout.environ, "DATABASE_URL": copy}, "checkout")
    await world.fault(kind="error", operation="checkout.sessions.list", status=500)
    await world.checkout.start(DATABASE_URL=copy, CHECKOUT_POLL_SECONDS="1", CHECKOUT_LEASE_SECONDS="1")
    again = await world.buy(quantity=1, key=world.key)
    assert (again.status, again.body["code"]) == (409, "in_progress"), again
    await world.clear_faults()
    await lists_are_read(world)
    await world.until(lambda: has_page(world), "the request has its answer")
    await repeated(world, opened["orderId"])


async def test_a_lost_request_whose_page_was_never_opened_may_be_made_again(
    backup: Backup, connect: Connect, world: World
) -> None:
    await world.start_checkout()
    world, copy = await backed_up(world, backup, connect)
    await world.fault(kind="timeout_before", operation="checkout.sessions.create")
    await world.checkout.start(STRIPE_DEADLINE_SECONDS="1")
    nothing = await world.buy(quantity=1, key=world.key)
    assert nothing.status != 200, nothing
    await at_rest(world)
    [placed] = [str(order["order_id"]) for order in await world.orders()]
    await world.checkout.stop()

    world = await connect(world, copy)
    await make_fit({**world.checkout.environ, "DATABASE_URL": copy}, "checkout")
    await world.clear_faults()
    await world.checkout.start(DATABASE_URL=copy, CHECKOUT_POLL_SECONDS="1", CHECKOUT_LEASE_SECONDS="1")
    await world.until_state(placed, "cancelled")
    await world.until(lambda: is_answered(world), "a repeat has an answer")
    again = await world.buy(quantity=1, key=world.key)
    assert again.body["orderId"] != placed
    assert again.body["sessionId"]


async def is_answered(world: World) -> bool:
    return (await world.buy(quantity=1, key=world.key)).status == 200


async def has_page(world: World) -> bool:
    return not await world.database.fetchval("SELECT count(*) FROM checkout_requests WHERE state = 'running'")


async def test_without_the_events_too_every_paid_order_comes_back_from_the_processor(
    backup: Backup, connect: Connect, topics: Callable[[], str], world: World
) -> None:
    seed = random.randrange(10_000)
    print(f"seed {seed}")
    chance = random.Random(seed)
    await world.start_checkout()
    world, copy = await backed_up(world, backup, connect)
    await world.checkout.start()
    wishes: list[dict[str, Any]] = [
        {"quantity": 2},
        {"quantity": 1, "discountCode": "ONCE"},
        {"quantity": 1, "isSixFBMember": True},
    ]
    chance.shuffle(wishes)
    orders = [await bought(world, **wish) for wish in wishes]
    refunded = chance.choice(orders)
    await money.refund(world, refunded)
    await money.until_settled(world, refunded, ["done"])
    unpaid = (await world.buy(quantity=1)).body
    await at_rest(world)
    said = {order["orderId"]: await world.ids(order["orderId"], OrderPaid) for order in orders}
    same = "SELECT order_id, number, state, tickets, amount, refunded_amount, member, discount_code, email FROM orders"
    by_id = f"{same} WHERE state <> 'awaiting_payment' ORDER BY order_id"
    before = await rows(world, by_id), await rows(world, CHARGES)
    await world.checkout.stop()

    world = await connect(world, copy)
    elsewhere = topics()
    environ = {**world.checkout.environ, "KAFKA_TOPIC_PREFIX": elsewhere, "DATABASE_URL": copy}
    await make_fit(environ, "checkout")
    await world.checkout.start(KAFKA_TOPIC_PREFIX=elsewhere, DATABASE_URL=copy, CHECKOUT_POLL_SECONDS="1")
    await lists_are_read(world)
    assert (await rows(world, by_id), await rows(world, CHARGES)) == before
    assert {order: await world.ids(order, OrderPaid) for order in said} == said, "the same events, by their ids"
    await world.pay(unpaid["sessionId"])
    await world.until_state(unpaid["orderId"], "paid")


async def backed_up(world: World, backup: Backup, connect: Connect) -> tuple[World, str]:
    """A copy of the database as it is now, and a world that goes on with the original."""
    await at_rest(world)
    await world.checkout.stop()
    await world.database.close()
    url = world.checkout.environ["DATABASE_URL"]
    copy = backup(url)
    return await connect(world, url), copy


async def at_rest(world: World) -> None:
    await is_none(world, UNSENT, "all is sent")


async def lists_are_read(world: World) -> None:
    await is_none(world, LOST, "the processor's lists are read")
    await at_rest(world)


async def is_none(world: World, sql: str, what: str) -> None:
    async def none() -> bool:
        return bool(await world.database.fetchval(sql) == 0)

    await world.until(none, what)


async def rows(world: World, sql: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await world.database.fetch(sql)]


async def pairs(world: World, sql: str) -> list[tuple[Any, Any]]:
    return [tuple(row.values()) for row in await world.database.fetch(sql)]
