"""Whatever goes wrong at a provider's processors, the buyer of an appointment is charged once at most (P-3)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from chassis.errors import Condition
from checkout.appointments.domain import AppointmentState
from checkout.takings.errors import AppointmentNotOpen, TakingFailed
from checkout.takings.service import LEASE
from events import PaymentAppointmentPaid
from tests.contract.processors.support import DEADLINE
from tests.integration.checkout.ways import ACTOR, BUYER, OPERATIONS, PROCESSORS, Ways, started_ways

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-3")]

EACH = pytest.mark.parametrize("processor", PROCESSORS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(postgres: str) -> AsyncIterator[Ways]:
    async with started_ways(postgres) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def ways(shared: Ways) -> AsyncIterator[Ways]:
    yield shared
    shared.sandbox.control("DELETE", "faults")


def second(processor: str) -> str:
    """Who is asked after it."""
    return next(each for each in PROCESSORS if each != processor)


async def paid_once(ways: Ways, appointment: int) -> None:
    """The buyer pays on the page that is open, and comes back; on every other page there is nothing to pay."""
    (live,) = [each for each in await ways.attempts(appointment) if each.state == "open"]
    await ways.buyer_pays(live)
    await ways.paying.look(appointment)
    assert await ways.state(appointment) == "paid"
    assert await ways.charges(appointment) == 1
    with pytest.raises(AppointmentNotOpen):
        await ways.paying.pay(appointment, asked_by=BUYER)


@EACH
async def test_a_page_that_opens_is_paid_and_looked_for_again_is_the_same(ways: Ways, processor: str) -> None:
    appointment = await ways.book(await ways.provider(processor))
    first = await ways.paying.pay(appointment, asked_by=BUYER)
    again = await ways.paying.pay(appointment, asked_by=BUYER)
    assert (first.way.name, first.page_url) == (processor, again.page_url)
    await paid_once(ways, appointment)
    assert await ways.told(appointment) == [f"{processor} asked", f"{processor} opened", f"{processor} paid"]
    told = await ways.database.fetchval(
        "SELECT count(*) FROM outbox WHERE $1 = ANY (header_values) AND key = $2",
        PaymentAppointmentPaid.type.encode(),
        str(appointment).encode(),
    )
    assert told == 1


@EACH
@pytest.mark.parametrize(
    ("fault", "step"),
    [
        ({"kind": "error", "status": 400}, ["declined"]),
        ({"kind": "rate_limit"}, ["not_attempted"]),
        ({"kind": "timeout_before", "count": 1}, ["unanswered", "cancelled"]),
        ({"kind": "timeout_after", "count": 1}, ["unanswered", "cancelled"]),
        ({"kind": "error", "status": 503, "count": 1}, ["unanswered", "cancelled"]),
    ],
    ids=["refused", "busy", "timeout before", "timeout after", "5xx"],
)
async def test_the_next_one_takes_the_payment_where_a_call_fails_and_nobody_was_charged(
    ways: Ways, processor: str, fault: dict[str, object], step: list[str]
) -> None:
    appointment = await ways.book(await ways.provider(processor, second(processor)))
    ways.sandbox.fault(vendor=processor, operation=OPERATIONS[processor][0], delayMs=0, **fault)
    opened = await ways.paying.pay(appointment, asked_by=BUYER)
    ways.sandbox.control("DELETE", "faults")
    assert opened.way.name == second(processor)
    told = await ways.told(appointment)
    assert told[:-2] == [f"{processor} asked", *(f"{processor} {each}" for each in step)]
    assert told[-2:] == [f"{second(processor)} asked", f"{second(processor)} opened"]
    await paid_once(ways, appointment)


@EACH
async def test_nobody_else_is_asked_while_an_answer_is_lost(ways: Ways, processor: str) -> None:
    appointment = await ways.book(await ways.provider(processor, second(processor)))
    for operation in OPERATIONS[processor]:
        ways.sandbox.fault(vendor=processor, operation=operation, kind="timeout_after", delayMs=0)
    for _ in range(2):
        with pytest.raises(Condition) as refused:
            await ways.paying.pay(appointment, asked_by=BUYER)
        assert refused.value.status in {409, 503}
    assert [each.state for each in await ways.attempts(appointment)] == ["unsure"]
    ways.sandbox.control("DELETE", "faults")
    ways.clock.ahead += LEASE
    opened = await ways.paying.pay(appointment, asked_by=BUYER)
    assert opened.way.name == second(processor)
    await paid_once(ways, appointment)


@EACH
async def test_a_breaker_that_is_open_keeps_payments_away_and_the_decision_names_it(ways: Ways, processor: str) -> None:
    provider = await ways.provider(processor, second(processor))
    ways.sandbox.fault(vendor=processor, operation=OPERATIONS[processor][0], kind="rate_limit")
    for _ in range(3):
        assert (await ways.paying.pay(await ways.book(provider), asked_by=BUYER)).way.name == second(processor)
    ways.sandbox.control("DELETE", "faults")
    appointment = await ways.book(provider)
    await ways.paying.pay(appointment, asked_by=BUYER)
    why = await ways.database.fetchval("SELECT why FROM routing_decisions WHERE appointment_id = $1", appointment)
    outcomes = {each["values"]["processor"]: each["outcome"] for each in why if each["rule"] == "connection"}
    assert outcomes[processor] == "breaker_open"
    assert [each.way.name for each in await ways.attempts(appointment)] == [second(processor)]
    await paid_once(ways, appointment)
    ways.clock.ahead += timedelta(seconds=31)
    trial = await ways.book(provider)
    assert (await ways.paying.pay(trial, asked_by=BUYER)).way.name == processor, "half open, one tries"


@EACH
async def test_credentials_that_have_ended_cost_nobody_the_payment(ways: Ways, processor: str) -> None:
    provider = await ways.provider(processor, second(processor))
    await ways.spoil(provider, processor)
    appointment = await ways.book(provider)
    assert (await ways.paying.pay(appointment, asked_by=BUYER)).way.name == second(processor)
    assert (await ways.told(appointment))[:2] == [f"{processor} asked", f"{processor} declined"]
    await paid_once(ways, appointment)
    due = await ways.database.fetchval(
        "SELECT look_due_at <= $3 FROM processor_connections WHERE provider_id = $1 AND processor = $2",
        provider,
        processor,
        ways.clock.now(),
    )
    assert due, "the processor is asked about them now"


@EACH
@pytest.mark.parametrize("called", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("back", [False, True], ids=["nobody comes back", "the buyer comes back"])
async def test_a_process_that_dies_leaves_a_payment_that_is_gone_on_with(
    ways: Ways, processor: str, called: bool, back: bool
) -> None:
    appointment = await ways.book(await ways.provider(processor))
    async with ways.database.transaction() as tx:
        begun = await ways.takings.begin(tx, appointment, choice=None, asked_by=BUYER, scope=None)
    assert begun.attempt is not None
    if called:
        reached = await ways.reach.reach(ways.database, begun.attempt.way)
        await reached.processor.create_payment(reached.credentials, begun.attempt.wish, deadline=DEADLINE)
    ways.clock.ahead += LEASE
    if not back:
        await ways.everybody_goes_on()
        assert [each.state for each in await ways.attempts(appointment)] == ["failed"]
    opened = await ways.paying.pay(appointment, asked_by=BUYER)
    assert (opened.attempt_id == begun.attempt.attempt_id) is back
    await paid_once(ways, appointment)


async def test_a_buyer_who_wants_another_way_gets_it_once_the_first_page_is_closed(ways: Ways) -> None:
    appointment = await ways.book(await ways.provider("square"))
    first = await ways.paying.pay(appointment, asked_by=BUYER)
    other = await ways.paying.pay(appointment, choice="platform", asked_by=BUYER)
    assert (first.way.name, other.way.name, other.way.connection_id) == ("square", "platform", None)
    await ways.buyer_pays(first)
    await paid_once(ways, appointment)
    assert (await ways.told(appointment))[:3] == ["square asked", "square opened", "square closed"]
    (entry,) = await ways.database.fetch(
        "SELECT kind, amount, currency FROM charge_entries WHERE appointment_id = $1", appointment
    )
    assert tuple(entry.values()) == ("payment", 12_500, "USD")


async def test_a_page_that_is_paid_while_its_buyer_wants_another_counts(ways: Ways) -> None:
    appointment = await ways.book(await ways.provider("square"))
    await ways.buyer_pays(await ways.paying.pay(appointment, asked_by=BUYER))
    with pytest.raises(AppointmentNotOpen):
        await ways.paying.pay(appointment, choice="platform", asked_by=BUYER)
    assert (await ways.state(appointment), await ways.charges(appointment)) == ("paid", 1)


async def test_a_page_is_closed_when_it_is_old_or_its_appointment_is_cancelled(ways: Ways) -> None:
    provider = await ways.provider("square")
    old, cancelled = await ways.book(provider), await ways.book(provider)
    for each in (old, cancelled):
        await ways.paying.pay(each, asked_by=BUYER)
    ways.clock.ahead += timedelta(minutes=6)
    async with ways.database.transaction() as tx:
        await ways.appointments.move(
            tx, cancelled, AppointmentState.CANCELLED, reason="", provider_id=None, actor=ACTOR
        )
    await ways.everybody_goes_on()
    assert [(await ways.attempts(each))[0].state for each in (old, cancelled)] == ["open", "closed"]
    ways.clock.ahead += timedelta(minutes=55)
    await ways.everybody_goes_on()
    assert (await ways.attempts(old))[0].state == "closed"
    assert await ways.charges(old) + await ways.charges(cancelled) == 0


@EACH
@pytest.mark.proves("P-5", "P-6", "P-7")
async def test_whoever_tells_first_it_is_paid_once_and_in_the_ledger_with_what_was_kept_back(
    ways: Ways, processor: str
) -> None:
    """By the processor's own word, as a webhook or its list has it, before the buyer is back."""
    ways.clock.ahead = timedelta(0)
    appointment = await ways.book(await ways.provider(processor))
    opened = await ways.paying.pay(appointment, asked_by=BUYER)
    await ways.buyer_pays(opened)
    for _ in range(2):
        await ways.tell(opened)
    await ways.paying.look(appointment)
    assert await ways.state(appointment) == "paid"
    (kept,) = await ways.database.fetch(
        """
        SELECT t.appointment_id, t.known_by, e.kind, e.amount, e.at_source FROM external_transactions AS t
        JOIN transaction_entries AS e USING (transaction_id) WHERE t.payment_id = $1
        """,
        (await ways.attempts(appointment))[0].payment_id,
    )
    at_source = 2_500 if ways.counterparts[processor].processor.abilities.commission_at_source else 0
    assert tuple(kept.values()) == (appointment, "webhook", "payment", 12_500, at_source)
    assert (await ways.told(appointment)).count(f"{processor} paid") == 1


async def test_when_nobody_takes_it_the_decision_says_what_each_of_them_did(ways: Ways) -> None:
    appointment = await ways.book(await ways.provider("square"))
    for processor in PROCESSORS:
        ways.sandbox.fault(vendor=processor, operation=OPERATIONS[processor][0], kind="error", status=400)
    with pytest.raises(TakingFailed):
        await ways.paying.pay(appointment, asked_by=BUYER)
    assert [each.split()[1] for each in await ways.told(appointment)] == ["asked", "declined"] * 4
    assert await ways.charges(appointment) == 0
