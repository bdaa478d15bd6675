"""What goes wrong with the money of an order after a provider's processor was paid it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from checkout.connections import store as connections_store
from checkout.connections.domain import Connection, ConnectionCause
from checkout.connections.payments import ConnectionPayments
from checkout.connections.sealed import ConnectionSecrets
from checkout.payments.domain import Attempt
from checkout.processors.domain import DisputeStatus, ExternalDispute
from checkout.transactions import sync_store
from checkout.transactions.domain import KnownBy
from checkout.transactions.syncing import TransactionSyncs
from eventbus import Outbox
from events import OrderDisputeClosed, OrderDisputed, PaymentInquiry
from tests.contract.processors.support import DEADLINE
from tests.contract.sandbox.support import receiving, serving
from tests.fixtures.postgres import fresh_databases
from tests.integration.checkout.order_backs import bought
from tests.integration.checkout.order_ways import PRICE, OrderBench, open_order_bench
from tests.integration.checkout.ways import PROCESSORS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-5", "C-7", "P-5", "P-6")]

EACH = pytest.mark.parametrize("processor", PROCESSORS)
DUE = 2 * PRICE


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(postgres: str) -> AsyncIterator[OrderBench]:
    with fresh_databases(postgres) as make_database, receiving() as receiver, serving(receiver) as sandbox:
        async with open_order_bench(make_database("checkout"), sandbox) as opened:
            yield opened


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
    counterpart, credentials = bench.ways.counterparts[processor], bench.ways.credentials[processor]
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
