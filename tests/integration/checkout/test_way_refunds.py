"""Whatever goes wrong at a processor, money of an appointment goes back once, and never more than was paid (P-4)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from checkout.connections import store as connections_store
from checkout.transactions.domain import KnownBy, Sighting
from checkout.wayrefunds.domain import WayRefundState
from checkout.wayrefunds.errors import WayRefundImpossible, WayRefundTooLarge
from events import PaymentAppointmentPaid, PaymentWayRefund
from tests.contract.processors.support import DEADLINE
from tests.contract.sandbox.support import receiving, serving
from tests.fixtures.postgres import fresh_databases
from tests.integration.checkout.back import Back, back_of
from tests.integration.checkout.ways import PRICE, PROCESSORS, open_ways

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-4", "P-7")]

OPERATIONS = {"paypal": "captures.refund", "square": "refunds.create", "stripe": "refunds.create"}
READS = {"paypal": "captures.get", "square": "payments.get", "stripe": "payment_intents.retrieve"}
EACH = pytest.mark.parametrize("processor", PROCESSORS)
PART = 5_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(postgres: str) -> AsyncIterator[Back]:
    with fresh_databases(postgres) as make_database, receiving() as receiver, serving(receiver) as sandbox:
        async with open_ways(make_database("checkout"), sandbox) as opened:
            yield back_of(opened)


@pytest_asyncio.fixture(loop_scope="module")
async def back(shared: Back) -> AsyncIterator[Back]:
    yield shared
    shared.ways.sandbox.control("DELETE", "faults")
    shared.ways.clock.ahead = timedelta(0)


async def went_back_once(back: Back, appointment: int, amount: int) -> None:
    """At the processor, in the ledger, and in what is owed to the platform."""
    payment = await back.payment(appointment)
    assert (await back.at_processor(appointment)).refunded == amount
    entries = await back.entries(appointment)
    assert [entry["amount"] for entry in entries] == [PRICE, *([-amount] if amount else [])]
    kept_at_source = entries[0]["at_source"]
    owed = (await back.due(payment.provider_id)).owed
    assert owed == (0 if kept_at_source else (PRICE - amount) // 5), "a credit counts once"


@EACH
@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"kind": "rate_limit"},
        {"kind": "timeout_before"},
        {"kind": "timeout_after"},
        {"kind": "error", "status": 503},
    ],
    ids=["none", "busy", "timeout before", "timeout after", "5xx"],
)
async def test_money_goes_back_once_whatever_the_call_comes_to(
    back: Back, processor: str, fault: dict[str, Any]
) -> None:
    appointment = await back.paid(processor)
    if fault:
        back.ways.sandbox.fault(vendor=processor, operation=OPERATIONS[processor], delayMs=0, **fault)
    asked = await back.give_back(appointment, PART)
    assert asked.state in ({WayRefundState.DUE} if fault else {WayRefundState.PENDING, WayRefundState.DONE})
    back.ways.sandbox.control("DELETE", "faults")
    done = await back.everybody_goes_on(asked)
    assert done.state is WayRefundState.DONE
    await went_back_once(back, appointment, PART)
    (told,) = await back.told(appointment, PaymentWayRefund)
    assert (told.outcome, told.amount, told.surplus) == ("refunded", PART, False)
    (paid,) = await back.told(appointment, PaymentAppointmentPaid)
    assert told.details == paid.details
    assert told.details is not None
    assert told.details.language == "es", "the buyer is written to in the language of the payment"
    assert f"/appointments/{appointment}?token=" in told.details.link


@EACH
async def test_what_the_processor_declines_is_told_in_its_words_and_can_be_asked_for_again(
    back: Back, processor: str
) -> None:
    appointment = await back.paid(processor)
    back.ways.sandbox.fault(vendor=processor, operation=OPERATIONS[processor], kind="error", status=400, count=1)
    refused = await back.give_back(appointment, None)
    assert refused.state is WayRefundState.REFUSED
    assert refused.refusal
    assert refused.last_error
    await went_back_once(back, appointment, 0)
    again = await back.everybody_goes_on(await back.give_back(appointment, None))
    assert (again.state, again.amount) == (WayRefundState.DONE, PRICE)
    await went_back_once(back, appointment, PRICE)
    assert [each.outcome for each in await back.told(appointment, PaymentWayRefund)] == ["refused", "refunded"]


@EACH
@pytest.mark.parametrize("called", [False, True], ids=["before the call", "after the call"])
async def test_a_process_that_dies_leaves_a_refund_that_is_gone_on_with(
    back: Back, processor: str, called: bool
) -> None:
    appointment = await back.paid(processor)
    asked = await back.request(appointment, PART)
    if called:
        reached = await back.ways.reach.reach(back.ways.database, asked.way)
        await reached.processor.refund(reached.credentials, asked.wish, deadline=DEADLINE)
    assert (await back.everybody_goes_on(asked)).state is WayRefundState.DONE
    await went_back_once(back, appointment, PART)


@EACH
async def test_an_answer_without_what_the_payment_came_to_is_asked_for_again(back: Back, processor: str) -> None:
    appointment = await back.paid(processor)
    back.ways.sandbox.fault(vendor=processor, operation=READS[processor], kind="error", status=500)
    asked = await back.give_back(appointment, PART)
    assert asked.state is WayRefundState.DUE
    back.ways.sandbox.control("DELETE", "faults")
    await back.everybody_goes_on(asked)
    await went_back_once(back, appointment, PART)


@EACH
async def test_who_asks_at_once_never_gets_back_more_than_was_paid(back: Back, processor: str) -> None:
    appointment = await back.paid(processor)
    asked = await asyncio.gather(*(back.request(appointment, PART) for _ in range(4)), return_exceptions=True)
    good = [each for each in asked if not isinstance(each, BaseException)]
    assert len(good) == 2
    refused = [each for each in asked if isinstance(each, WayRefundTooLarge)]
    assert [each.extra["left"] for each in refused] == ["25.00"] * 2
    await asyncio.gather(*(back.refunding.carry_out(each) for each in good))
    for each in good:
        await back.everybody_goes_on(each)
    assert (await back.at_processor(appointment)).refunded == 2 * PART
    rest = await back.everybody_goes_on(await back.give_back(appointment, None))
    assert rest.amount == PRICE - 2 * PART
    payment = await back.payment(appointment)
    assert sum(entry["amount"] for entry in await back.entries(appointment)) == 0
    assert (payment.commission, (await back.due(payment.provider_id)).owed) == (0, 0)
    with pytest.raises(WayRefundTooLarge):
        await back.give_back(appointment, None)


@EACH
async def test_webhook_list_and_our_answer_meet_in_one_entry(back: Back, processor: str) -> None:
    appointment = await back.paid(processor)
    asked = await back.give_back(appointment, PART)
    (attempt,) = await back.ways.attempts(appointment)
    connection = await connections_store.get(back.ways.database, attempt.way.connection_id or 0)
    assert connection is not None
    for by in (KnownBy.WEBHOOK, KnownBy.SYNC):
        sighting = Sighting(payment=await back.at_processor(appointment), seen_at=back.ways.clock.now())
        async with back.ways.database.transaction() as tx:
            await back.ways.transactions.record_told(tx, connection, [sighting], by=by)
    await back.everybody_goes_on(asked)
    await went_back_once(back, appointment, PART)


async def test_what_the_owner_gave_back_meanwhile_is_not_given_back_twice(back: Back) -> None:
    appointment = await back.paid("square")
    payment = await back.payment(appointment)
    counterpart = back.ways.counterparts["square"]
    await counterpart.give_back(back.ways.credentials["square"], payment.payment_id, 10_000)
    refused = await back.give_back(appointment, None)
    assert refused.state is WayRefundState.REFUSED, "Square has less of it than we know of"
    assert (await back.at_processor(appointment)).refunded == 10_000


async def test_what_a_processor_or_an_account_cannot_do_is_refused_before_it_is_asked(back: Back) -> None:
    appointment = await back.paid("paypal")
    back.ways.clock.ahead = timedelta(days=181)
    with pytest.raises(WayRefundImpossible, match="within 180 days"):
        await back.give_back(appointment, PART)
    back.ways.clock.ahead = timedelta(0)
    payment = await back.payment(appointment)
    await back.ways.database.execute(
        "UPDATE processor_connections SET supports_refunds = false WHERE connection_id = $1", payment.way.connection_id
    )
    with pytest.raises(WayRefundImpossible, match="gives no payments back"):
        await back.give_back(appointment, PART)
    await went_back_once(back, appointment, 0)


@pytest.mark.proves("P-8")
@pytest.mark.parametrize("kind", ["", "timeout_after"], ids=["well", "without an answer"])
async def test_what_the_platform_took_goes_back_and_is_in_the_ledger_of_our_charges_once(back: Back, kind: str) -> None:
    appointment = await back.paid("stripe", choice="platform")
    if kind:
        back.ways.sandbox.fault(vendor="stripe", operation=OPERATIONS["stripe"], kind=kind, delayMs=0)
    asked = await back.give_back(appointment, PART)
    back.ways.sandbox.control("DELETE", "faults")
    assert (await back.everybody_goes_on(asked)).state is WayRefundState.DONE
    rest = await back.give_back(appointment, None)
    assert (rest.state, rest.amount) == (WayRefundState.DONE, PRICE - PART)
    rows = await back.ways.database.fetch(
        "SELECT kind, amount FROM charge_entries WHERE appointment_id = $1 ORDER BY entry_id", appointment
    )
    assert [tuple(row.values()) for row in rows] == [("payment", PRICE), ("refund", -PART), ("refund", PART - PRICE)]
    assert (await back.at_processor(appointment)).refunded == PRICE


async def test_a_key_that_the_processor_has_forgotten_gives_nothing_back_again(back: Back) -> None:
    """The last one: tokens of other processors end meanwhile."""
    appointment = await back.paid("stripe")
    asked = await back.request(appointment, PART)
    reached = await back.ways.reach.reach(back.ways.database, asked.way)
    await reached.processor.refund(reached.credentials, asked.wish, deadline=DEADLINE)
    await asyncio.to_thread(back.ways.sandbox.advance, 2 * 86_400)
    assert (await back.everybody_goes_on(asked)).state is WayRefundState.DONE
    await went_back_once(back, appointment, PART)
