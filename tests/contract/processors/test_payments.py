"""A page is opened, paid or not, and closed, at every external processor."""

from __future__ import annotations

import pytest

from checkout.payments.processors.port import ProcessorRefused
from checkout.processors.accounts import Credentials
from checkout.processors.domain import PageStatus, PaymentStatus
from tests.contract.processors.support import DEADLINE, Counterpart, wish

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("P-4")]


async def test_a_page_is_paid_and_its_payment_found_by_our_key(
    counterpart: Counterpart, credentials: Credentials
) -> None:
    processor = counterpart.processor
    commission = 2_500 if processor.abilities.commission_at_source else 0
    wanted = wish(12_500, commission=commission)
    page = await processor.create_payment(credentials, wanted, deadline=DEADLINE)
    opened = await processor.read_page(credentials, page.page_id, deadline=DEADLINE)
    assert (opened.status, opened.payment) == (PageStatus.OPEN, None)
    await counterpart.pay(page)
    paid = await processor.complete(credentials, page.page_id, key=wanted.key, deadline=DEADLINE)
    assert paid.payment is not None
    assert paid == await processor.read_page(credentials, page.page_id, deadline=DEADLINE)
    found = await processor.read_payment(credentials, paid.payment.payment_id, deadline=DEADLINE)
    assert found == paid.payment
    assert (paid.status, found.status, found.key) == (PageStatus.PAID, PaymentStatus.COMPLETED, wanted.key)
    assert (found.amount, found.refunded, found.currency, found.commission) == (12_500, 0, "USD", commission)
    assert found.created_at <= found.updated_at


async def test_the_same_wish_is_the_same_page(counterpart: Counterpart, credentials: Credentials) -> None:
    wanted = wish()
    first = await counterpart.processor.create_payment(credentials, wanted, deadline=DEADLINE)
    assert await counterpart.processor.create_payment(credentials, wanted, deadline=DEADLINE) == first


async def test_a_declined_card_is_no_payment(counterpart: Counterpart, credentials: Credentials) -> None:
    processor, wanted = counterpart.processor, wish()
    page = await processor.create_payment(credentials, wanted, deadline=DEADLINE)
    await counterpart.pay(page, declined=True)
    state = await processor.read_page(credentials, page.page_id, deadline=DEADLINE)
    assert state.status is not PageStatus.PAID
    assert state.payment is None or state.payment.status is PaymentStatus.FAILED
    await counterpart.pay(page)
    paid = await processor.complete(credentials, page.page_id, key=wanted.key, deadline=DEADLINE)
    assert paid.status is PageStatus.PAID


async def test_a_closed_page_takes_nothing(counterpart: Counterpart, credentials: Credentials) -> None:
    processor, wanted = counterpart.processor, wish()
    page = await processor.create_payment(credentials, wanted, deadline=DEADLINE)
    for _ in range(2):
        closed = await processor.cancel(credentials, page.page_id, deadline=DEADLINE)
        assert (closed.status, closed.payment) == (PageStatus.CLOSED, None)
    await counterpart.pay(page)
    assert (await processor.read_page(credentials, page.page_id, deadline=DEADLINE)).status is PageStatus.CLOSED


async def test_what_is_paid_stays_paid(counterpart: Counterpart, credentials: Credentials) -> None:
    processor, wanted = counterpart.processor, wish()
    page = await processor.create_payment(credentials, wanted, deadline=DEADLINE)
    await counterpart.pay(page)
    paid = await processor.complete(credentials, page.page_id, key=wanted.key, deadline=DEADLINE)
    assert await processor.cancel(credentials, page.page_id, deadline=DEADLINE) == paid
    assert await processor.cancel_wish(credentials, wanted, deadline=DEADLINE) == paid
    assert await processor.complete(credentials, page.page_id, key=wanted.key, deadline=DEADLINE) == paid


@pytest.mark.parametrize(("amount", "currency"), [(500, "JPY"), (5_001, "USD"), (12_340, "KWD")])
async def test_amounts_are_minor_units_whatever_the_currency(
    counterpart: Counterpart, amount: int, currency: str
) -> None:
    known = counterpart.processor.abilities.currencies
    credentials = await counterpart.connect(currency if known is None or currency in known else "USD")
    if known is not None and currency not in known:
        with pytest.raises(ProcessorRefused):
            await counterpart.processor.create_payment(credentials, wish(amount, currency), deadline=DEADLINE)
        return
    assert (await counterpart.processor.read_account(credentials, deadline=DEADLINE)).currency == currency
    payment_id = await counterpart.paid(credentials, wish(amount, currency))
    found = await counterpart.processor.read_payment(credentials, payment_id, deadline=DEADLINE)
    assert (found.amount, found.currency) == (amount, currency)


async def test_a_wish_that_makes_no_sense_is_refused(counterpart: Counterpart, credentials: Credentials) -> None:
    with pytest.raises(ProcessorRefused) as refused:
        await counterpart.processor.create_payment(credentials, wish(0), deadline=DEADLINE)
    assert refused.value.our_fault
    for unknown in (
        counterpart.processor.read_page(credentials, "unheard-of", deadline=DEADLINE),
        counterpart.processor.read_payment(credentials, "unheard-of", deadline=DEADLINE),
    ):
        with pytest.raises(ProcessorRefused):
            await unknown
