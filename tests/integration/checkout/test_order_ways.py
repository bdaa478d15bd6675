"""Whatever goes wrong at a provider's processors, the buyer of seats is charged once at most, and the order paid once.

`HYBRID_FAULTS` says how many orders go through faults at random, and `HYBRID_SEED` which; a few by default.
"""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from checkout.orders import store as orders_store
from checkout.orders.domain import Cause, Order, Why
from checkout.payments.domain import Attempt
from checkout.payments.processors.port import ProcessorFailure
from checkout.refunds import store as refunds_store
from checkout.refunds.errors import NothingToRefund
from checkout.transactions.domain import KnownBy
from checkout.wayrefunds.errors import WayRefundImpossible
from events import OrderPaid, OrderRefunded, PaymentRefundRefused, PaymentWayRefund
from tests.contract.processors.support import DEADLINE
from tests.contract.sandbox.support import receiving, serving
from tests.fixtures.postgres import fresh_databases
from tests.integration.checkout.order_backs import (
    REFUNDS,
    ask_back,
    bought,
    dies_after_the_call,
    given_back,
    owed,
    paid_once,
    seats_of,
    sender_goes_on,
)
from tests.integration.checkout.order_ways import PRICE, OrderBench, open_order_bench
from tests.integration.checkout.test_ways import second
from tests.integration.checkout.ways import OPERATIONS, PROCESSORS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-3")]

EACH = pytest.mark.parametrize("processor", PROCESSORS)
DUE = 2 * PRICE
_CAUSE = Cause(who="system", why=Why.PROMISE_OVER)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(postgres: str) -> AsyncIterator[OrderBench]:
    with fresh_databases(postgres) as make_database, receiving() as receiver, serving(receiver) as sandbox:
        async with open_order_bench(make_database("checkout"), sandbox) as opened:
            yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def bench(shared: OrderBench) -> AsyncIterator[OrderBench]:
    shared.ways.clock.ahead = timedelta(0)
    yield shared
    shared.ways.sandbox.control("DELETE", "faults")


@EACH
@pytest.mark.proves("P-5", "P-6", "P-7", "P-8")
async def test_whoever_tells_first_it_is_paid_once_and_in_one_ledger_with_what_was_kept_back(
    bench: OrderBench, processor: str
) -> None:
    """The buyer comes back, a webhook and a list tell, the sweeper looks, in any order and again."""
    order, first = await bench.place(await bench.ways.provider(processor))
    await bench.open(order, first)
    page = await bench.live(order)
    assert (page.processor, page.place) == (processor, 0)
    await bench.buyer_pays(page)
    tells = [
        lambda: bench.tell(page, KnownBy.WEBHOOK),
        lambda: bench.tell(page, KnownBy.SYNC),
        lambda: bench.pages.look_at_order(order.order_id, deadline=DEADLINE),
        bench.everybody_goes_on,
    ]
    for each in [*tells[PROCESSORS.index(processor) :], *tells]:
        await each()
    assert await bench.state(order) == "paid"
    assert await bench.events(order, OrderPaid) == 1
    assert await bench.told(order) == [f"{processor} asked", f"{processor} opened", f"{processor} paid"]
    (kept,) = await bench.ways.database.fetch(
        """
        SELECT e.kind, e.amount, e.at_source FROM external_transactions AS t
        JOIN transaction_entries AS e USING (transaction_id) WHERE t.order_id = $1
        """,
        order.order_id,
    )
    at_source = DUE // 5 if bench.ways.counterparts[processor].processor.abilities.commission_at_source else 0
    assert tuple(kept.values()) == ("payment", DUE, at_source)
    ours = await bench.ways.database.fetchval("SELECT count(*) FROM charge_entries WHERE order_id = $1", order.order_id)
    assert ours == 0, "what a provider's account took is not in the ledger of ours"


@EACH
@pytest.mark.parametrize(
    ("fault", "step"),
    [
        ({"kind": "error", "status": 400}, ["declined"]),
        ({"kind": "rate_limit"}, ["not_attempted"]),
        ({"kind": "timeout_after", "count": 1}, ["unanswered", "cancelled"]),
        ({"kind": "error", "status": 503, "count": 1}, ["unanswered", "cancelled"]),
    ],
    ids=["refused", "busy", "timeout after", "5xx"],
)
async def test_the_next_one_takes_the_payment_where_a_call_fails_and_nobody_was_charged(
    bench: OrderBench, processor: str, fault: dict[str, object], step: list[str]
) -> None:
    order, first = await bench.place(await bench.ways.provider(processor, second(processor)))
    bench.ways.sandbox.fault(vendor=processor, operation=OPERATIONS[processor][0], delayMs=0, **fault)
    assert await bench.open(order, first)
    bench.ways.sandbox.control("DELETE", "faults")
    page = await bench.live(order)
    assert (page.processor, page.place) == (second(processor), 1)
    told = await bench.told(order)
    assert told[:-2] == [f"{processor} asked", *(f"{processor} {each}" for each in step)]
    await paid_once(bench, order)


@EACH
async def test_nobody_else_is_asked_while_an_answer_is_lost(bench: OrderBench, processor: str) -> None:
    order, first = await bench.place(await bench.ways.provider(processor, second(processor)))
    for operation in OPERATIONS[processor]:
        bench.ways.sandbox.fault(vendor=processor, operation=operation, kind="timeout_after", delayMs=0)
    with pytest.raises(ProcessorFailure):
        await bench.open(order, first)
    await bench.everybody_goes_on()
    assert [each.processor for each in await bench.attempts(order)] == [processor]
    bench.ways.sandbox.control("DELETE", "faults")
    await bench.everybody_goes_on()
    assert (await bench.live(order)).processor == processor, "the same call again"
    await paid_once(bench, order)


@EACH
@pytest.mark.parametrize("called", [False, True], ids=["before the call", "after the call"])
async def test_a_process_that_dies_leaves_an_order_that_is_gone_on_with(
    bench: OrderBench, processor: str, called: bool
) -> None:
    order, first = await bench.place(await bench.ways.provider(processor))
    if called:
        await bench.pages._processors.of(first).create_session(
            first.parameters, idempotency_key=first.idempotency_key, deadline=DEADLINE
        )
    await bench.everybody_goes_on()
    assert [each.state for each in await bench.attempts(order)] == ["open"]
    await paid_once(bench, order)


async def test_a_buyer_gets_the_way_of_choice_also_the_platforms_own(bench: OrderBench) -> None:
    order, first = await bench.place(await bench.ways.provider("square"), choice="platform")
    await bench.open(order, first)
    page = await bench.live(order)
    assert (page.processor, page.connection_id) == ("stripe", None)
    await bench.buyer_pays(page)
    await bench.ways.database.execute("UPDATE orders SET promised_until = now() WHERE order_id = $1", order.order_id)
    await bench.everybody_goes_on()
    assert await bench.state(order) == "paid"
    (entry,) = await bench.ways.database.fetch(
        "SELECT kind, amount FROM charge_entries WHERE order_id = $1", order.order_id
    )
    assert tuple(entry.values()) == ("payment", DUE)


async def test_a_page_ends_with_the_promise_and_a_payment_that_comes_later_still_counts(bench: OrderBench) -> None:
    """The late payment rule, as at our own processor: the order is paid, and inventory says whether there is room."""
    order, first = await bench.place(await bench.ways.provider("square"))
    await bench.open(order, first)
    page = await bench.live(order)
    await bench.buyer_pays(page)
    late, second_first = await bench.place(await bench.ways.provider("square"))
    await bench.open(late, second_first)
    bench.ways.clock.ahead = timedelta(minutes=11)
    bench.ways.sandbox.fault(vendor="square", operation="orders.get", kind="error", status=503, count=9)
    await bench.everybody_goes_on()
    assert await bench.state(order) == "awaiting_payment", "nobody knows what became of the page"
    bench.ways.sandbox.control("DELETE", "faults")
    await bench.everybody_goes_on()
    assert (await bench.state(order), await bench.state(late)) == ("paid", "expired")
    assert bench.seats.released.count(late.order_id) == 1
    assert order.order_id not in bench.seats.released


async def test_money_for_an_order_that_is_over_brings_it_back(bench: OrderBench) -> None:
    order, first = await bench.place(await bench.ways.provider("square"))
    await bench.open(order, first)
    page = await bench.live(order)
    await bench.buyer_pays(page)
    async with bench.ways.database.transaction() as tx:
        session = await bench.pages._processors.of(page).read_session(page.session_id or "", deadline=DEADLINE)
        await bench.payments.session_expired(tx, session, _CAUSE, attempt=page)
    assert await bench.state(order) == "expired"
    await bench.tell(page, KnownBy.WEBHOOK)
    assert await bench.state(order) == "paid"
    assert await bench.events(order, OrderPaid) == 1


async def test_another_amount_than_is_due_is_kept_and_pays_for_nothing(bench: OrderBench) -> None:
    order, first = await bench.place(await bench.ways.provider("square"))
    await bench.open(order, first)
    page = await bench.live(order)
    await bench.buyer_pays(page)
    await bench.ways.database.execute("UPDATE orders SET amount = amount + 1 WHERE order_id = $1", order.order_id)
    await bench.tell(page, KnownBy.SYNC)
    await bench.everybody_goes_on()
    assert await bench.state(order) == "awaiting_payment"
    assert (await bench.told(order))[-1] == "square mismatched"
    taken = await bench.ways.database.fetchval(
        "SELECT count(*) FROM external_transactions WHERE order_id = $1 AND state = 'completed'", order.order_id
    )
    assert taken == 1


async def test_a_database_that_has_lost_the_attempt_knows_the_order_by_the_payments_key(bench: OrderBench) -> None:
    order, first = await bench.place(await bench.ways.provider("paypal"))
    await bench.open(order, first)
    page = await bench.live(order)
    await bench.buyer_pays(page)
    await bench.ways.database.execute("DELETE FROM payment_attempts WHERE order_id = $1", order.order_id)
    await bench.tell(page, KnownBy.SYNC)
    assert await bench.state(order) == "paid"


@EACH
@pytest.mark.proves("C-5", "P-6")
async def test_an_order_follows_what_is_given_back_at_its_processor(bench: OrderBench, processor: str) -> None:
    order, page = await bought(bench, processor)
    payment_id = await bench.payment_of(page)
    for amount, state in ((PRICE, "partially_refunded"), (PRICE, "refunded")):
        await bench.give_back(page, payment_id, amount)
        for _ in range(2):
            await bench.tell(page, KnownBy.SYNC)
        assert await bench.state(order) == state
    assert await bench.entries(order) == [("payment", DUE), ("refund", -PRICE), ("refund", -PRICE)]


@EACH
@pytest.mark.proves("C-5")
async def test_what_comes_for_an_order_that_is_paid_goes_back_by_itself_once(bench: OrderBench, processor: str) -> None:
    order, page = await bought(bench, processor)
    other = await bench.another_page(page, place=9)
    await bench.buyer_pays(other)
    for _ in range(2):
        await bench.tell(other, KnownBy.WEBHOOK)
        await bench.refunds_go_on()
    assert await bench.state(order) == "paid"
    assert await bench.entries(order) == [("payment", DUE), ("payment", DUE), ("refund", -DUE)]


@EACH
@pytest.mark.proves("C-7", "P-4")
@pytest.mark.parametrize("trouble", ["", "timeout_after", "killed"])
async def test_what_staff_give_back_goes_back_once_and_its_seats_end_with_it(
    bench: OrderBench, processor: str, trouble: str
) -> None:
    order, page = await bought(bench, processor)
    asked = await ask_back(bench, order, 1)
    if trouble == "killed":
        await dies_after_the_call(bench, asked)
        await bench.tell(page, KnownBy.WEBHOOK)
        assert await bench.state(order) == "paid", "what is told meanwhile waits for its seats"
    elif trouble:
        bench.ways.sandbox.fault(vendor=processor, operation=REFUNDS[processor], kind=trouble, delayMs=0)
    await given_back(bench, order)
    for by in (KnownBy.WEBHOOK, KnownBy.SYNC):
        await bench.tell(page, by)
    assert await seats_of(bench, order) == ["refunded", "sold"]
    assert await bench.entries(order) == [("payment", DUE), ("refund", -PRICE)]
    await ask_back(bench, order)
    await given_back(bench, order)
    assert (await bench.state(order), await seats_of(bench, order)) == ("refunded", ["refunded"] * 2)
    assert await bench.entries(order) == [("payment", DUE), ("refund", -PRICE), ("refund", -PRICE)]
    assert (await bench.events(order, OrderRefunded), await bench.events(order, PaymentWayRefund)) == (2, 0)
    assert await owed(bench, order) == 0, "our commission went back with it"


@EACH
@pytest.mark.proves("C-7", "P-4")
async def test_what_a_processor_declines_is_told_in_its_words_and_can_be_asked_for_again(
    bench: OrderBench, processor: str
) -> None:
    order, _ = await bought(bench, processor)
    bench.ways.sandbox.fault(vendor=processor, operation=REFUNDS[processor], kind="error", status=400, count=1)
    await ask_back(bench, order, amount=100)
    await sender_goes_on(bench)
    (refused,) = await refunds_store.of_order(bench.ways.database, order.order_id)
    assert (refused.state, bool(refused.last_error)) == ("refused", True)
    assert (await bench.state(order), await bench.events(order, PaymentRefundRefused)) == ("paid", 1)
    await ask_back(bench, order)
    with pytest.raises(NothingToRefund):
        await ask_back(bench, order)
    await given_back(bench, order)
    assert await bench.entries(order) == [("payment", DUE), ("refund", -DUE)]


@pytest.mark.proves("C-7")
async def test_what_the_owner_gives_back_while_ours_is_under_way_counts_beside_it(bench: OrderBench) -> None:
    order, page = await bought(bench, "square")
    await ask_back(bench, order, 1)
    await bench.give_back(page, await bench.payment_of(page), 100)
    await bench.tell(page, KnownBy.WEBHOOK)
    await given_back(bench, order)
    found = await orders_store.get(bench.ways.database, order.order_id)
    assert found is not None
    assert (found.state, found.refunded_amount) == ("partially_refunded", PRICE + 100)


@pytest.mark.proves("C-7", "P-4")
async def test_what_an_account_cannot_do_is_refused_before_it_is_asked(bench: OrderBench) -> None:
    order, page = await bought(bench, "square")
    await bench.ways.database.execute(
        "UPDATE processor_connections SET supports_refunds = false WHERE connection_id = $1", page.connection_id
    )
    with pytest.raises(WayRefundImpossible, match="gives no payments back"):
        await ask_back(bench, order)
    assert await refunds_store.of_order(bench.ways.database, order.order_id) == []


async def test_when_nobody_takes_it_the_order_is_over_and_its_seats_go_back(bench: OrderBench) -> None:
    order, first = await bench.place(await bench.ways.provider("square"))
    for processor in PROCESSORS:
        bench.ways.sandbox.fault(vendor=processor, operation=OPERATIONS[processor][0], kind="error", status=400)
    with pytest.raises(ProcessorFailure):
        await bench.open(order, first)
    assert [each.split()[1] for each in await bench.told(order)] == ["asked", "declined"] * 4
    assert await bench.state(order) == "cancelled"
    assert bench.seats.released.count(order.order_id) == 1
    assert await bench.charges(order) == 0


async def test_faults_at_random_charge_nobody_twice(bench: OrderBench) -> None:
    rounds = int(os.environ.get("HYBRID_FAULTS", "12"))
    seed = os.environ.get("HYBRID_SEED") or uuid4().hex
    drawn = random.Random(seed)
    print(f"HYBRID_SEED={seed}")
    for number in range(rounds):
        bench.ways.clock.ahead = timedelta(0)
        order, first = await bench.place(await bench.ways.provider(*drawn.sample(PROCESSORS, 3)))
        await _live_through(bench, order, first, drawn)
        bench.ways.sandbox.control("DELETE", "faults")
        for _ in range(3):
            await bench.everybody_goes_on()
        bench.ways.clock.ahead = timedelta(minutes=11)
        for _ in range(3):
            await bench.everybody_goes_on()
        state, taken = await bench.state(order), await bench.charges(order)
        told = await bench.events(order, OrderPaid)
        wanted = {(0, "expired", 0), (0, "cancelled", 0), (1, "paid", 1)}
        assert (taken, state, told) in wanted, f"round {number} of HYBRID_SEED={seed}: {taken} {state} {told}"
        assert bench.seats.released.count(order.order_id) <= 1
        assert (state == "paid") is (order.order_id not in bench.seats.released)


async def _live_through(bench: OrderBench, order: Order, first: Attempt, drawn: random.Random) -> None:
    """A buyer whose page is asked for, who pays and comes back, while everything fails now and then."""
    for deed in ["open", *drawn.choices(["buyer", "look", "sweep"], k=drawn.randint(2, 5))]:
        if drawn.random() < 0.6:
            processor = drawn.choice(PROCESSORS)
            bench.ways.sandbox.fault(
                vendor=processor,
                operation=drawn.choice(OPERATIONS[processor]),
                kind=drawn.choice(["timeout_before", "timeout_after", "error", "rate_limit"]),
                status=drawn.choice([400, 500, 503]),
                count=drawn.randint(1, 3),
                delayMs=0,
            )
        pages = [each for each in await bench.attempts(order) if each.session_url is not None]
        with suppress(ProcessorFailure):
            if deed == "open":
                await bench.open(order, first)
            elif deed == "look":
                await bench.pages.look_at_order(order.order_id, deadline=DEADLINE)
            elif deed == "sweep":
                await bench.everybody_goes_on()
            elif deed == "buyer":
                for each in pages:
                    await bench.buyer_pays(each)
