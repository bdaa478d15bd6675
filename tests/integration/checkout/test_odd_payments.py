"""Money that an appointment does not ask for goes back by itself, once; of another amount people hear (P-4, P-11)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from checkout.appointments.domain import AppointmentState
from checkout.connections import store as connections_store
from checkout.takings.domain import WayAttempt
from checkout.transactions.domain import KnownBy, Sighting
from checkout.wayrefunds import store
from events import PaymentAppointmentMismatched, PaymentWayRefund
from tests.contract.processors.support import DEADLINE
from tests.contract.sandbox.support import receiving, serving
from tests.fixtures.postgres import fresh_databases
from tests.integration.checkout.back import Back, back_of
from tests.integration.checkout.ways import ACTOR, PRICE, PROCESSORS, open_ways

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-4", "P-11")]

EACH = pytest.mark.parametrize("processor", PROCESSORS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(postgres: str) -> AsyncIterator[Back]:
    with fresh_databases(postgres) as make_database, receiving() as receiver, serving(receiver) as sandbox:
        async with open_ways(make_database("checkout"), sandbox) as opened:
            yield back_of(opened)


@pytest.fixture
def back(shared: Back) -> Back:
    """By a clock that is right: what is older than its account is nobody's."""
    shared.ways.clock.ahead = timedelta(0)
    return shared


async def opened(back: Back, processor: str, *, choice: str | None = None) -> WayAttempt:
    appointment = await back.ways.book(await back.ways.provider(processor))
    return await back.ways.paying.pay(appointment, choice=choice, asked_by="buyer")


async def cancel(back: Back, appointment: int) -> None:
    async with back.ways.database.transaction() as tx:
        await back.ways.appointments.move(
            tx, appointment, AppointmentState.CANCELLED, reason="", provider_id=None, actor=ACTOR
        )


async def went_back(back: Back, attempt: WayAttempt) -> None:
    """All of it, once, whoever tells of the payment again."""
    (refund,) = await store.of_appointment(back.ways.database, attempt.appointment_id)
    assert (refund.amount, refund.cause, refund.requested_by) == (PRICE, "surplus", None)
    await back.everybody_goes_on(refund)
    reached = await back.ways.reach.reach(back.ways.database, attempt.way)
    state = await reached.processor.read_page(reached.credentials, attempt.page_id or "", deadline=DEADLINE)
    assert state.payment is not None
    assert state.payment.refunded == PRICE
    (told,) = await back.told(attempt.appointment_id, PaymentWayRefund)
    assert (told.outcome, told.surplus) == ("refunded", True)


@EACH
async def test_what_is_paid_for_a_cancelled_appointment_goes_back(back: Back, processor: str) -> None:
    attempt = await opened(back, processor)
    await back.ways.buyer_pays(attempt)
    await cancel(back, attempt.appointment_id)
    for _ in range(2):
        await back.ways.tell(attempt)
    await back.ways.everybody_goes_on()
    assert await back.ways.state(attempt.appointment_id) == "cancelled"
    await went_back(back, attempt)
    assert sum(entry["amount"] for entry in await back.entries(attempt.appointment_id)) == 0


async def test_what_the_platform_takes_for_a_cancelled_one_goes_back_too(back: Back) -> None:
    attempt = await opened(back, "square", choice="platform")
    await back.ways.buyer_pays(attempt)
    await cancel(back, attempt.appointment_id)
    await back.ways.paying.look(attempt.appointment_id)
    await went_back(back, attempt)


@EACH
async def test_a_second_payment_goes_back_and_the_first_one_stays(back: Back, processor: str) -> None:
    """A page that was closed here is paid nevertheless, as when a processor was late to say so."""
    first = await opened(back, processor)
    await back.ways.buyer_pays(first)
    async with back.ways.database.transaction() as tx:
        await back.ways.takings.closed(tx, first)
    second = await back.ways.paying.pay(first.appointment_id, choice="platform", asked_by="buyer")
    await back.ways.buyer_pays(second)
    await back.ways.paying.look(first.appointment_id)
    assert await back.ways.state(first.appointment_id) == "paid"
    await back.ways.tell(first)
    await went_back(back, first)
    rest = await back.give_back(first.appointment_id, None)
    assert (rest.way.name, rest.amount) == ("platform", PRICE), "people give back what had paid"


@EACH
async def test_another_amount_is_told_and_makes_nothing_paid(back: Back, processor: str) -> None:
    attempt = await opened(back, processor)
    await back.ways.buyer_pays(attempt)
    reached = await back.ways.reach.reach(back.ways.database, attempt.way)
    state = await reached.processor.complete(
        reached.credentials, attempt.page_id or "", key=attempt.key, deadline=DEADLINE
    )
    assert state.payment is not None
    connection = await connections_store.get(back.ways.database, attempt.way.connection_id or 0)
    assert connection is not None
    less = Sighting(payment=replace(state.payment, amount=PRICE - 1), seen_at=back.ways.clock.now())
    for by in (KnownBy.WEBHOOK, KnownBy.SYNC):
        async with back.ways.database.transaction() as tx:
            await back.ways.transactions.record_told(tx, connection, [less], by=by)
    assert await back.ways.state(attempt.appointment_id) == "booked"
    (told,) = await back.told(attempt.appointment_id, PaymentAppointmentMismatched)
    assert (told.expected, told.paid, told.state) == (PRICE, PRICE - 1, "booked")
    assert await store.of_appointment(back.ways.database, attempt.appointment_id) == []


@EACH
@pytest.mark.proves("L-9")
@pytest.mark.parametrize("again", [False, True], ids=["nobody pays again", "another page is paid meanwhile"])
async def test_a_restored_database_that_has_lost_the_try_makes_the_appointment_paid_once(
    back: Back, processor: str, again: bool
) -> None:
    """The key of the payment names the appointment; what the processor's list tells comes after the restore."""
    lost = await opened(back, processor)
    await back.ways.buyer_pays(lost)
    number = lost.appointment_id
    await back.ways.database.execute("DELETE FROM way_attempts WHERE appointment_id = $1", number)
    if again:
        second = await back.ways.paying.pay(number, choice="platform", asked_by="buyer")
        await back.ways.buyer_pays(second)
        await back.ways.paying.look(number)
    for _ in range(2):
        await back.ways.tell(lost)
    assert await back.ways.state(number) == "paid"
    if again:
        await went_back(back, lost)
    else:
        refund = await back.everybody_goes_on(await back.give_back(number, None))
        assert (refund.payment_id, refund.amount) == ((await back.entries(number))[0]["payment_id"], PRICE)
