"""An order whose money a provider's processor took, and what a person gives back of it, as workers go on with it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final
from uuid import UUID

from checkout.commission import store as commission_store
from checkout.orders import store as orders_store
from checkout.orders.domain import Order
from checkout.payments.domain import Attempt
from checkout.refunds import store
from checkout.refunds.domain import Refund, Wanted
from checkout.wayrefunds import store as wayrefunds_store
from events import OrderPaid
from sandbox.square.refunds import SETTLED_AFTER
from tests.contract.processors.support import DEADLINE
from tests.integration.checkout.order_ways import OrderBench
from tests.integration.checkout.ways import ACTOR

# The call that gives back.
REFUNDS: Final = {"paypal": "captures.refund", "square": "refunds.create", "stripe": "refunds.create"}


async def ask_back(bench: OrderBench, order: Order, *seats: int, amount: int | None = None) -> UUID:
    """A person does; the refund's id."""
    wanted = Wanted(seats=seats, amount=amount, return_seats=True, reason="The buyer is ill")
    async with bench.ways.database.transaction() as tx:
        (asked,) = await bench.asking.request(tx, order.order_id, wanted, actor=ACTOR)
    return asked.refund_id


async def claimed(bench: OrderBench) -> list[Refund]:
    """What the sender has taken, and not sent yet."""
    await bench.ways.database.execute("UPDATE refunds SET due_at = app_now() WHERE due_at IS NOT NULL")
    return await bench.asking.take_due(bench.ways.database, limit=100, lease=timedelta(minutes=1))


async def sender_goes_on(bench: OrderBench) -> None:
    for each in await claimed(bench):
        await bench.sender._send(each)


async def dies_after_the_call(bench: OrderBench, refund_id: UUID) -> None:
    """The sender's process, which has written nothing down."""
    await claimed(bench)
    way = await wayrefunds_store.get(bench.ways.database, refund_id)
    assert way is not None
    reached = await bench.ways.reach.reach(bench.ways.database, way.way)
    await reached.processor.refund(reached.credentials, way.wish, deadline=DEADLINE)


async def given_back(bench: OrderBench, order: Order) -> None:
    """As the workers do, until nothing is due."""
    await sender_goes_on(bench)
    bench.ways.sandbox.control("DELETE", "faults")
    for _ in range(5):
        if not (await store.under_way(bench.ways.database, order.order_id)).amount:
            return
        await asyncio.to_thread(bench.ways.sandbox.advance, 2 * SETTLED_AFTER)
        await bench.refunds_go_on()
        await sender_goes_on(bench)
    raise AssertionError(await store.of_order(bench.ways.database, order.order_id))


async def seats_of(bench: OrderBench, order: Order) -> list[str]:
    found = await orders_store.get(bench.ways.database, order.order_id)
    assert found is not None
    return [str(each.state) for each in found.seats]


async def owed(bench: OrderBench, order: Order) -> int:
    """What the platform has to get of its provider."""
    provider: int = await bench.ways.database.fetchval(
        "SELECT provider_id FROM external_transactions WHERE order_id = $1", order.order_id
    )
    until = bench.ways.clock.now()
    ((_, _, sums, _),) = await commission_store.due(bench.ways.database, until=until, provider=provider)
    return sums.owed


async def bought(bench: OrderBench, processor: str) -> tuple[Order, Attempt]:
    """An order that is paid there, and its page."""
    order, first = await bench.place(await bench.ways.provider(processor))
    await bench.open(order, first)
    page = await bench.live(order)
    await paid_once(bench, order)
    return order, page


async def paid_once(bench: OrderBench, order: Order) -> None:
    """The buyer pays on the page that is open, and comes back; on every other page there is nothing to pay."""
    await bench.buyer_pays(await bench.live(order))
    await bench.pages.look_at_order(order.order_id, deadline=DEADLINE)
    assert await bench.state(order) == "paid"
    assert await bench.charges(order) == 1
    assert await bench.events(order, OrderPaid) == 1
