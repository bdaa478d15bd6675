"""What is Stripe's own: whose keys are used, what Stripe keeps of a failure, and whose webhooks come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from checkout.payments.processors.port import ProcessorRefused, ProcessorUncertain
from checkout.processors.domain import CredentialsRefused, PageStatus
from checkout.processors.news import NewsKind
from tests.contract.processors.stripe import open_stripe
from tests.contract.processors.support import DEADLINE, Counterpart, refund_wish, wish
from tests.contract.sandbox.support import Running

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("P-4")]

_PRICE = {"currency": "usd", "unit_amount": 4_000, "product_data": {"name": "Haircut"}}


@pytest_asyncio.fixture
async def stripe(shared_sandbox: Running) -> AsyncIterator[Counterpart]:
    async with open_stripe(shared_sandbox) as opened:
        yield opened
    shared_sandbox.control("DELETE", "faults")


async def test_with_a_key_of_its_own_an_account_sells_without_a_commission(stripe: Counterpart) -> None:
    own = await stripe.processor.take_pasted(await stripe.pasted("USD"), deadline=DEADLINE)
    account = await stripe.processor.read_account(own, deadline=DEADLINE)
    assert (account.account_id, account.commission_at_source) == (own.account_id, False)
    with pytest.raises(ProcessorRefused, match="application_fee"):
        await stripe.processor.create_payment(own, wish(commission=100), deadline=DEADLINE)
    subscription = await stripe.processor.register_webhook(own, stripe.hook_url, deadline=DEADLINE)
    payment_id = await stripe.paid(own, wish(4_000))
    (request,) = await stripe.hooks(1)
    news = await stripe.processor.verify_webhook(request, [subscription.secret], now=datetime.now(UTC))
    assert (news.kind, news.payment_id) == (NewsKind.PAYMENT, payment_id)


async def test_our_commission_goes_back_with_its_share_of_a_refund(
    stripe: Counterpart, shared_sandbox: Running
) -> None:
    credentials = await stripe.connect()
    payment_id = await stripe.paid(credentials, wish(10_000, commission=1_000))
    (fee, *_) = shared_sandbox.stripe.v1.application_fees.list().data
    for commission, back in ((0, 0), (250, 250)):
        wanted = replace(refund_wish(payment_id, 2_500), commission=commission)
        await stripe.processor.refund(credentials, wanted, deadline=DEADLINE)
        assert shared_sandbox.stripe.v1.application_fees.retrieve(fee.id).amount_refunded == back


async def test_what_stripe_has_failed_to_answer_is_given_back_once(stripe: Counterpart) -> None:
    credentials = await stripe.connect()
    payment_id = await stripe.paid(credentials, wish(10_000))
    back = refund_wish(payment_id, 4_000)
    await stripe.fail("refund", "error", count=1)
    first = await stripe.processor.refund(credentials, back, deadline=DEADLINE)
    assert await stripe.processor.refund(credentials, back, deadline=DEADLINE) == first
    assert (await stripe.processor.read_payment(credentials, payment_id, deadline=DEADLINE)).refunded == 4_000


async def test_a_busy_moment_comes_in_pages_the_newest_first(stripe: Counterpart) -> None:
    credentials, moment = await stripe.connect(), datetime.now(UTC) - timedelta(hours=1)
    sold = [await stripe.sell(credentials, 4_000, at=moment) for _ in range(102)]
    since = moment - timedelta(days=30)
    first = await stripe.processor.list_changed(credentials, since=since, after=None, deadline=DEADLINE)
    rest = await stripe.processor.list_changed(credentials, since=since, after=first.after, deadline=DEADLINE)
    assert [len(each.payments) for each in (first, rest)] == [100, 2]
    assert {each.payment_id for each in rest.payments} == set(sold[:2])
    assert rest.after is None


async def test_an_owner_who_leaves_and_a_bank_that_takes_back_are_heard_of(
    stripe: Counterpart, shared_sandbox: Running
) -> None:
    credentials = await stripe.connect()
    subscription = await stripe.processor.register_webhook(credentials, stripe.hook_url, deadline=DEADLINE)
    payment_id = await stripe.sell(credentials, 3_000, at=datetime.now(UTC) - timedelta(hours=1))
    theirs = {"stripe_account": credentials.account_id}
    intent = shared_sandbox.stripe.v1.payment_intents.retrieve(payment_id, {}, theirs)  # type: ignore[arg-type]
    shared_sandbox.control("POST", f"stripe/charges/{intent.latest_charge}/dispute", {})
    shared_sandbox.control("POST", f"stripe/accounts/{credentials.account_id}/deauthorize", {})
    heard = [
        await stripe.processor.verify_webhook(request, [subscription.secret], now=datetime.now(UTC))
        for request in await stripe.hooks(3)
    ]
    by_kind = {news.kind: news for news in heard}
    assert set(by_kind) == {NewsKind.DISPUTE, NewsKind.ACCESS_REVOKED}
    assert by_kind[NewsKind.DISPUTE].payment_id == payment_id
    assert {news.account_id for news in heard} == {credentials.account_id}
    with pytest.raises(CredentialsRefused):
        await stripe.processor.create_payment(credentials, wish(), deadline=DEADLINE)


async def test_a_page_that_stripe_failed_to_open_is_opened_under_another_key(stripe: Counterpart) -> None:
    credentials, wanted = await stripe.connect(), wish()
    await stripe.fail("create_payment", "error", count=1)
    page = await stripe.processor.create_payment(credentials, wanted, deadline=DEADLINE)
    assert page.expires_at is not None
    await stripe.pay(page)
    assert (await stripe.processor.cancel_wish(credentials, wanted, deadline=DEADLINE)).status is PageStatus.PAID


async def test_what_stripe_fails_under_every_key_is_closed_by_its_list(
    stripe: Counterpart, shared_sandbox: Running
) -> None:
    credentials, wanted = await stripe.connect(), wish()
    await stripe.fail("create_payment", "error", count=2)
    with pytest.raises(ProcessorUncertain):
        await stripe.processor.create_payment(credentials, wanted, deadline=DEADLINE)
    other = await stripe.processor.create_payment(credentials, wish(), deadline=DEADLINE)
    given = {
        "mode": "payment", "client_reference_id": wanted.key, "success_url": wanted.success_url,
        "line_items": [{"quantity": 1, "price_data": _PRICE}],
    }  # fmt: skip
    theirs = {"stripe_account": credentials.account_id}
    unseen = shared_sandbox.stripe.v1.checkout.sessions.create(given, theirs)  # type: ignore[arg-type]
    state = await stripe.processor.cancel_wish(credentials, wanted, deadline=DEADLINE)
    assert (state.status, state.payment) == (PageStatus.CLOSED, None)
    states = [
        (await stripe.processor.read_page(credentials, each, deadline=DEADLINE)).status
        for each in (unseen.id, other.page_id)
    ]
    assert states == [PageStatus.CLOSED, PageStatus.OPEN]
