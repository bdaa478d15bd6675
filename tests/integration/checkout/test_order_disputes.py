"""What goes wrong with the money of an order after a provider's processor was paid it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from checkout.connections import store as connections_store
from checkout.connections.domain import Connection, ConnectionCause
from checkout.connections.payments import ConnectionPayments
from checkout.connections.sealed import ConnectionSecrets
from checkout.orders import store as orders_store
from checkout.orders.domain import Order
from checkout.payments.domain import Attempt
from checkout.processors.domain import DisputeStatus, ExternalDispute
from checkout.refunds import store as refunds_store
from checkout.transactions import sync_store
from checkout.transactions.domain import KnownBy
from checkout.transactions.syncing import TransactionSyncs
from checkout.wayrefunds import store as wayrefunds_store
from eventbus import Outbox
from events import OrderDisputeClosed, OrderDisputed, OrderRefundFailed, PaymentInquiry, PaymentWayRefund
from sandbox.square.refunds import SETTLED_AFTER
from tests.contract.processors.support import DEADLINE
from tests.contract.sandbox.support import receiving, serving
from tests.fixtures.postgres import fresh_databases
from tests.integration.checkout.order_backs import ask_back, bought, given_back, seats_of
from tests.integration.checkout.order_ways import PRICE, OrderBench, open_order_bench
from tests.integration.checkout.ways import PROCESSORS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-5", "C-7", "P-5", "P-6")]

EACH = pytest.mark.parametrize("processor", PROCESSORS)
DUE = 2 * PRICE


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(postgres: str) -> AsyncIterator[OrderBench]:
    with fresh_databases(postgres) as make_database, receiving() as receiver, serving(receiver) as sandbox:
        async with open_order_bench(make_database("checkout"), sandbox, longest=DEADLINE) as opened:
            yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def bench(shared: OrderBench) -> OrderBench:
    shared.ways.clock.ahead = timedelta(0)
    return shared


async def connection_of(bench: OrderBench, page: Attempt) -> Connection:
    found = await connections_store.get(bench.ways.database, page.connection_id or 0)
    assert found is not None
    return found


async def read_list(bench: OrderBench, page: Attempt) -> None:
    """The account's list is read, as each hour; PayPal's is late, and whoever waits for it needs a new token."""
    ways = bench.ways
    await renew(bench, page)
    payments = ConnectionPayments(
        ways.connections,
        database=ways.database,
        processors={name: each.processor for name, each in ways.counterparts.items()},
    )
    outbox = Outbox(source="checkout", clock=ways.clock, wake=lambda: None)
    syncs = TransactionSyncs(bench.transactions, payments, database=ways.database, outbox=outbox, clock=ways.clock)
    async with ways.database.transaction() as tx:
        await sync_store.cover(tx, now=ways.clock.now())
        await sync_store.bring_forward(tx, page.connection_id or 0, now=ways.clock.now())
    for each in await syncs.claim(1_000):
        if each.connection_id == page.connection_id:
            await syncs.work(each)


async def renew(bench: OrderBench, page: Attempt) -> None:
    ways, name = bench.ways, page.processor
    if ways.counterparts[name].processor.abilities.token_lifetime is None:
        return
    credentials = await ways.counterparts[name].processor.refresh(ways.credentials[name], deadline=DEADLINE)
    assert isinstance(ways.credentials, dict)
    ways.credentials[name] = credentials
    known = await connection_of(bench, page)
    async with ways.database.transaction() as tx:
        secrets = ConnectionSecrets(pasted={}, credentials=credentials)
        after = await ways.connections.keep_secrets(tx, known, secrets)
        await ways.connections.save(tx, known, after, cause=ConnectionCause.VALIDATED)


async def hear(bench: OrderBench, page: Attempt, dispute_id: str) -> None:
    """A webhook says that it should be asked about."""
    connection = await connection_of(bench, page)
    counterpart, credentials = bench.ways.counterparts[page.processor], bench.ways.credentials[page.processor]
    told = await counterpart.processor.read_dispute(credentials, dispute_id, deadline=DEADLINE)
    async with bench.ways.database.transaction() as tx:
        await bench.transactions.record_disputes(tx, connection, [told], by=KnownBy.WEBHOOK)


@EACH
@pytest.mark.parametrize(("won", "end"), [(True, "paid"), (False, "refunded")], ids=["won", "lost"])
async def test_an_order_rests_while_its_money_is_asked_back_and_follows_the_end(
    bench: OrderBench, processor: str, won: bool, end: str
) -> None:
    """By the account's list, and by webhooks, which come again and late."""
    order, page = await bought(bench, processor)
    counterpart, credentials = bench.ways.counterparts[page.processor], bench.ways.credentials[page.processor]
    number = await counterpart.dispute(credentials, await bench.payment_of(page))
    opened = await counterpart.processor.read_dispute(credentials, number, deadline=DEADLINE)
    await read_list(bench, page)
    await hear(bench, page, number)
    assert await bench.state(order) == "disputed"
    await counterpart.decide(credentials, number, won=won)
    await read_list(bench, page)
    await hear(bench, page, number)
    async with bench.ways.database.transaction() as tx:
        await bench.transactions.record_disputes(tx, await connection_of(bench, page), [opened], by=KnownBy.WEBHOOK)
    assert await bench.state(order) == end
    assert (await bench.events(order, OrderDisputed), await bench.events(order, OrderDisputeClosed)) == (1, 1)
    back = [("dispute_won", DUE)] if won else []
    assert await bench.entries(order) == [("payment", DUE), ("dispute", -DUE), *back]
    ours = await bench.ways.database.fetchval("SELECT count(*) FROM charge_entries WHERE order_id = $1", order.order_id)
    assert ours == 0, "what a bank takes of a provider is not in the ledger of ours"


async def test_a_bank_that_only_asks_is_told_of_once_and_what_it_takes_then_counts(
    bench: OrderBench,
) -> None:
    order, page = await bought(bench, "paypal")
    payment_id = await bench.payment_of(page)
    asked = bench.ways.sandbox.control("POST", f"paypal/captures/{payment_id}/dispute", {"inquiry": True})
    for _ in range(2):
        await read_list(bench, page)
        await hear(bench, page, asked["id"])
    assert (await bench.state(order), await bench.events(order, PaymentInquiry)) == ("paid", 1)
    bench.ways.sandbox.control("POST", f"paypal/disputes/{asked['id']}/close", {"outcome": "lost"})
    await read_list(bench, page)
    assert await bench.state(order) == "refunded"
    assert await bench.entries(order) == [("payment", DUE), ("dispute", -DUE)]


async def test_an_account_whose_disputes_we_may_not_see_is_said(bench: OrderBench) -> None:
    _, page = await bought(bench, "paypal")
    bench.ways.sandbox.fault(vendor="paypal", operation="disputes.list", kind="error", status=403, delayMs=0)
    for told in (False, True):
        await read_list(bench, page)
        assert (await connection_of(bench, page)).tells_disputes is told
        bench.ways.sandbox.control("DELETE", "faults")


async def test_money_that_a_bank_takes_once_more_after_it_gave_it_back_freezes_the_order_again(
    bench: OrderBench,
) -> None:
    order, page = await bought(bench, "square")
    began = bench.ways.clock.now()
    payment_id, connection = await bench.payment_of(page), await connection_of(bench, page)

    async def told(status: DisputeStatus, hours: int, *, amount: int = DUE, returned: int = DUE) -> str:
        dispute = ExternalDispute(
            dispute_id="d-1",
            payment_id=payment_id,
            status=status,
            code="NO_KNOWLEDGE",
            amount=amount,
            returned=returned,
            currency="USD",
            opened_at=began,
            changed_at=began + timedelta(hours=hours),
        )
        async with bench.ways.database.transaction() as tx:
            await bench.transactions.record_disputes(tx, connection, [dispute], by=KnownBy.WEBHOOK)
        return await bench.state(order)

    assert await told(DisputeStatus.WON, 1) == "paid"
    assert await told(DisputeStatus.OPEN, 2, amount=2 * DUE) == "disputed"
    assert await told(DisputeStatus.LOST, 3, amount=2 * DUE) == "refunded"
    assert sum(amount for _, amount in await bench.entries(order)) == 0


async def fail(bench: OrderBench, processor: str, refund_id: str) -> None:
    """The bank of whoever is to get it sends the money back."""
    await asyncio.to_thread(bench.ways.sandbox.control, "POST", f"{processor}/refunds/{refund_id}/fail", {})


@EACH
async def test_a_refund_that_fails_after_it_was_done_turns_the_order_back_and_can_be_made_again(
    bench: OrderBench, processor: str
) -> None:
    order, page = await bought(bench, processor)
    refund_id = await ask_back(bench, order, 1, 2)
    await given_back(bench, order)
    assert await bench.state(order) == "refunded"
    made = await wayrefunds_store.get(bench.ways.database, refund_id)
    assert made is not None
    assert made.processor_refund_id is not None
    await fail(bench, page.processor, made.processor_refund_id)
    for _ in range(2):
        await bench.tell(page, KnownBy.SYNC)
        await bench.refunds_go_on()
    assert await bench.state(order) == "paid"
    assert await seats_of(bench, order) == ["refunded", "refunded"], "they may be sold again"
    assert await bench.events(order, OrderRefundFailed) == 1
    assert sum(amount for _, amount in await bench.entries(order)) == DUE
    (known,) = await refunds_store.of_order(bench.ways.database, order.order_id)
    assert (known.state.value, known.last_error is not None) == ("failed", True)
    await ask_back(bench, order)
    await given_back(bench, order)
    assert await bench.state(order) == "refunded"
    assert sum(amount for _, amount in await bench.entries(order)) == 0


@EACH
async def test_what_the_owner_gave_back_and_fails_turns_the_order_back(bench: OrderBench, processor: str) -> None:
    order, page = await bought(bench, processor)
    payment_id = await bench.payment_of(page)
    made = await bench.give_back(page, payment_id, PRICE)
    await bench.tell(page, KnownBy.WEBHOOK)
    await fail(bench, page.processor, made)
    await bench.tell(page, KnownBy.WEBHOOK)
    assert (await bench.state(order), await bench.events(order, OrderRefundFailed)) == ("paid", 1)
    await bench.give_back(page, payment_id, DUE)
    await bench.tell(page, KnownBy.SYNC)
    assert await bench.state(order) == "refunded"


async def refunded_of(bench: OrderBench, order: Order) -> tuple[str, int]:
    found = await orders_store.get(bench.ways.database, order.order_id)
    assert found is not None
    return found.state.value, found.refunded_amount


@EACH
@pytest.mark.parametrize("ours", [False, True], ids=["the owner's alone", "and ours"])
async def test_the_order_follows_back_where_both_gave_back_and_what_the_owner_gave_fails(
    bench: OrderBench, processor: str, ours: bool
) -> None:
    order, page = await bought(bench, processor)
    refund_id = await ask_back(bench, order, 1)
    await given_back(bench, order)
    owners = await bench.give_back(page, await bench.payment_of(page), PRICE)
    await bench.tell(page, KnownBy.WEBHOOK)
    assert await refunded_of(bench, order) == ("refunded", DUE)
    await fail(bench, processor, owners)
    made = await wayrefunds_store.get(bench.ways.database, refund_id)
    assert made is not None
    if ours:
        await fail(bench, processor, made.processor_refund_id or "")
    for _ in range(2):
        await bench.tell(page, KnownBy.SYNC)
        await bench.refunds_go_on()
    assert await refunded_of(bench, order) == (("paid", 0) if ours else ("partially_refunded", PRICE))
    assert await bench.events(order, OrderRefundFailed) == 1 + ours
    (known,) = await refunds_store.of_order(bench.ways.database, order.order_id)
    assert known.state == ("failed" if ours else "done")


async def test_one_that_fails_after_weeks_is_found_by_the_run_of_the_night(bench: OrderBench) -> None:
    """PayPal’s list dates a refund by when it was made, whatever becomes of it."""
    order, page = await bought(bench, "paypal")
    refund_id = await ask_back(bench, order, 1)
    await given_back(bench, order)
    owners = await bench.give_back(page, await bench.payment_of(page), PRICE)
    await bench.tell(page, KnownBy.WEBHOOK)
    bench.ways.clock.ahead += timedelta(days=28)
    await night(bench, page)
    assert await refunded_of(bench, order) == ("refunded", DUE)
    made = await wayrefunds_store.get(bench.ways.database, refund_id)
    assert made is not None
    for each in (owners, made.processor_refund_id or ""):
        await fail(bench, "paypal", each)
    await read_list(bench, page)
    assert await refunded_of(bench, order) == ("refunded", DUE), "the runs of the day don't ask for all of them"
    await night(bench, page)
    await bench.refunds_go_on()
    assert await refunded_of(bench, order) == ("paid", 0)
    assert await bench.events(order, OrderRefundFailed) == 2
    assert sum(amount for _, amount in await bench.entries(order)) == DUE


async def night(bench: OrderBench, page: Attempt) -> None:
    """As external-sync does it."""
    now = bench.ways.clock.now()
    async with bench.ways.database.transaction() as tx:
        await sync_store.cover(tx, now=now)
        await sync_store.read_again(tx, since=now - timedelta(days=3), now=now)
    await read_list(bench, page)


async def test_what_the_owner_gave_fails_while_ours_is_under_way(bench: OrderBench) -> None:
    order, page = await bought(bench, "square")
    owners = await bench.give_back(page, await bench.payment_of(page), 100)
    await bench.tell(page, KnownBy.WEBHOOK)
    await ask_back(bench, order, 1)
    await fail(bench, "square", owners)
    await bench.tell(page, KnownBy.WEBHOOK)
    assert await refunded_of(bench, order) == ("partially_refunded", 100), "nobody knows yet whose it is"
    await given_back(bench, order)
    assert await refunded_of(bench, order) == ("partially_refunded", PRICE)
    assert (await bench.events(order, OrderRefundFailed), await seats_of(bench, order)) == (1, ["refunded", "sold"])


async def test_what_came_twice_and_does_not_go_back_after_all_is_told(bench: OrderBench) -> None:
    order, page = await bought(bench, "square")
    other = await bench.another_page(page, place=9)
    await bench.buyer_pays(other)
    await bench.tell(other, KnownBy.WEBHOOK)
    for _ in range(2):
        await bench.refunds_go_on()
        await asyncio.to_thread(bench.ways.sandbox.advance, 2 * SETTLED_AFTER)
    await bench.refunds_go_on()
    made = await bench.ways.database.fetchrow(
        "SELECT processor_refund_id, state FROM way_refunds WHERE order_id = $1", order.order_id
    )
    assert made is not None
    assert made["state"] == "done"
    await fail(bench, "square", made["processor_refund_id"])
    await bench.tell(other, KnownBy.SYNC)
    await bench.refunds_go_on()
    assert (await bench.state(order), await bench.events(order, PaymentWayRefund)) == ("paid", 2)
    assert await bench.entries(order) == [("payment", DUE), ("payment", DUE), ("refund", -DUE), ("refund", DUE)]
