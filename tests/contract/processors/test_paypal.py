"""What only PayPal does: approvals, a search of months at most, parts that go back of payments without an order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from chassis.signatures import SignatureInvalid
from checkout.payments.processors.port import ProcessorRefused
from checkout.processors.domain import ExternalPayment, PageStatus, PaymentStatus
from checkout.processors.news import NewsKind
from tests.contract.processors.paypal import open_paypal
from tests.contract.processors.support import DEADLINE, Counterpart, wish
from tests.contract.sandbox.support import Running

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("P-4")]


@pytest_asyncio.fixture
async def counterpart(shared_sandbox: Running) -> AsyncIterator[Counterpart]:
    async with open_paypal(shared_sandbox) as opened:
        yield opened


async def test_nothing_is_paid_before_an_approved_page_is_completed(counterpart: Counterpart) -> None:
    processor, credentials, wanted = counterpart.processor, await counterpart.connect(), wish()
    page = await processor.create_payment(credentials, wanted, deadline=DEADLINE)
    waiting = await processor.complete(credentials, page.page_id, key=wanted.key, deadline=DEADLINE)
    assert (waiting.status, waiting.payment) == (PageStatus.OPEN, None)
    await counterpart.pay(page, declined=True)
    approved = await processor.read_page(credentials, page.page_id, deadline=DEADLINE)
    assert (approved.status, approved.payment) == (PageStatus.APPROVED, None)
    with pytest.raises(ProcessorRefused, match="INSTRUMENT_DECLINED") as declined:
        await processor.complete(credentials, page.page_id, key=wanted.key, deadline=DEADLINE)
    assert not declined.value.our_fault
    await counterpart.pay(page)
    assert (await processor.cancel(credentials, page.page_id, deadline=DEADLINE)).status is PageStatus.CLOSED
    closed = await processor.complete(credentials, page.page_id, key=wanted.key, deadline=DEADLINE)
    assert (closed.status, closed.payment) == (PageStatus.CLOSED, None)


async def test_an_approval_is_news_of_its_page(counterpart: Counterpart, shared_sandbox: Running) -> None:
    processor, credentials = counterpart.processor, await counterpart.connect()
    await processor.register_webhook(credentials, counterpart.hook_url, deadline=DEADLINE)
    page = await processor.create_payment(credentials, wish(), deadline=DEADLINE)
    await counterpart.pay(page)
    (hook,) = shared_sandbox.receiver.wait(1, where=lambda each: counterpart.hook_url.endswith(each.path))
    news = processor.read_news(hook.body)
    assert (news.kind, news.subject_id, news.account_id) == (NewsKind.PAGE, page.page_id, credentials.account_id)


async def test_months_of_payments_and_parts_that_went_back_are_found(counterpart: Counterpart) -> None:
    processor, credentials, now = counterpart.processor, await counterpart.connect(), datetime.now(UTC)
    old = await counterpart.sell(credentials, 4_000, at=now - timedelta(days=70))
    new = await counterpart.sell(credentials, 5_000, at=now - timedelta(days=1))
    await counterpart.give_back(credentials, old, 1_500)
    found: dict[str, ExternalPayment] = {}
    after, pages = None, 0
    while True:
        page = await processor.list_changed(credentials, since=now - timedelta(days=80), after=after, deadline=DEADLINE)
        found |= {payment.payment_id: payment for payment in page.payments}
        after, pages = page.after, pages + 1
        if after is None:
            break
    assert pages == 4, "three windows, and the disputes"
    assert {each: (payment.amount, payment.refunded, payment.status) for each, payment in found.items()} == {
        old: (4_000, 1_500, PaymentStatus.COMPLETED), new: (5_000, 0, PaymentStatus.COMPLETED),
    }  # fmt: skip


async def test_what_a_dispute_took_and_gave_back_to_the_buyer_counts_once(
    counterpart: Counterpart, shared_sandbox: Running
) -> None:
    processor, credentials, now = counterpart.processor, await counterpart.connect(), datetime.now(UTC)
    bought = await counterpart.paid(credentials, wish(4_000))
    sold = await counterpart.sell(credentials, 5_000, at=now - timedelta(days=1))
    await counterpart.give_back(credentials, bought, 500)
    for payment_id in (bought, sold):
        number = await counterpart.dispute(credentials, payment_id)
        await counterpart.decide(credentials, number, won=False)
        shared_sandbox.control("POST", f"paypal/captures/{payment_id}/reverse", {})
    page = await processor.list_changed(credentials, since=now - timedelta(days=2), after=None, deadline=DEADLINE)
    found = {each.payment_id: each.refunded for each in page.payments}
    assert found == {bought: 500, sold: 0}, "the disputes tell of the rest"


async def test_no_certificate_is_taken_from_elsewhere_and_no_old_webhook(counterpart: Counterpart) -> None:
    processor, credentials = counterpart.processor, await counterpart.connect()
    subscription = await processor.register_webhook(credentials, counterpart.hook_url, deadline=DEADLINE)
    await processor.test_webhook(credentials, subscription.subscription_id, deadline=DEADLINE)
    (request,) = await counterpart.hooks(1)
    secrets, now = [subscription.secret], datetime.now(UTC)
    news = await processor.verify_webhook(request, secrets, now=now)
    assert (news.kind, news.subject_id, news.account_id) == (NewsKind.OTHER, None, credentials.account_id)
    ours = request.headers["paypal-cert-url"]
    for url in (
        ours.replace("127.0.0.1", "paypal.example.com"),
        ours.replace("http://", "http://evil@"),
        ours.replace("/v1/", "/../v1/"),
        f"{ours}/../../x",
        f"{ours}?a",
        "",
    ):
        elsewhere = replace(request, headers={**request.headers, "paypal-cert-url": url})
        with pytest.raises(SignatureInvalid):
            await processor.verify_webhook(elsewhere, secrets, now=now)
    with pytest.raises(SignatureInvalid):
        await processor.verify_webhook(request, secrets, now=now + timedelta(seconds=400))
    weaker = replace(request, headers={**request.headers, "paypal-auth-algo": "MD5withRSA"})
    with pytest.raises(SignatureInvalid):
        await processor.verify_webhook(weaker, secrets, now=now)
