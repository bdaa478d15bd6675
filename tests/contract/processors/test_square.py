"""What is Square's own: whose webhooks come, what a pasted token may, and what sellers do elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from checkout.payments.processors.port import ProcessorRefused
from checkout.processors.accounts import Credentials
from checkout.processors.news import News, NewsKind, Subscription
from tests.contract.processors.square import open_square
from tests.contract.processors.support import DEADLINE, Counterpart, wish
from tests.contract.sandbox.support import Running
from tests.fixtures.ports import free_port

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("P-4")]


@pytest_asyncio.fixture
async def square(shared_sandbox: Running) -> AsyncIterator[Counterpart]:
    async with open_square(shared_sandbox) as opened:
        yield opened


async def _news(square: Counterpart, subscription: Subscription, count: int) -> Sequence[News]:
    return [
        await square.processor.verify_webhook(request, [subscription.secret], now=datetime.now(UTC))
        for request in await square.hooks(count)
    ]


async def _hearing(square: Counterpart, credentials: Credentials) -> Subscription:
    return await square.processor.register_webhook(credentials, square.hook_url, deadline=DEADLINE)


async def test_a_pasted_token_takes_no_commission(square: Counterpart) -> None:
    pasted = await square.processor.take_pasted(await square.pasted("USD"), deadline=DEADLINE)
    permitted = await square.connect()
    for credentials, may in ((pasted, False), (permitted, True)):
        account = await square.processor.read_account(credentials, deadline=DEADLINE)
        assert account.commission_at_source is may
    with pytest.raises(ProcessorRefused) as refused:
        await square.processor.create_payment(pasted, wish(commission=100), deadline=DEADLINE)
    assert (refused.value.status, refused.value.code) == (403, "INSUFFICIENT_SCOPES")


async def test_an_address_hears_of_every_seller_that_permitted_us_and_says_which(square: Counterpart) -> None:
    ours, other = await square.connect("USD"), await square.connect("JPY")
    subscription = await _hearing(square, ours)
    await square.paid(other, wish(500, "JPY"))
    assert [news.account_id for news in await _news(square, subscription, 1)] == [other.account_id]


async def test_whatever_their_order_the_newest_of_a_payments_news_is_right(square: Counterpart) -> None:
    credentials = await square.connect()
    subscription = await _hearing(square, credentials)
    payment_id = await square.paid(credentials, wish(9_000))
    await square.give_back(credentials, payment_id, 4_000)
    heard = await _news(square, subscription, 3)
    payments = [news.payment for news in heard if news.payment is not None]
    assert max(payments, key=lambda payment: payment.updated_at).refunded == 4_000
    assert {news.payment_id for news in heard} == {payment_id}
    assert [news.refund.amount for news in heard if news.refund is not None] == [4_000]


async def test_sellers_and_banks_are_heard_of(square: Counterpart, shared_sandbox: Running) -> None:
    credentials = await square.connect()
    subscription = await _hearing(square, credentials)
    payment_id = await square.sell(credentials, 3_000, at=datetime.now(UTC))
    shared_sandbox.control("POST", f"square/payments/{payment_id}/dispute", {})
    shared_sandbox.control("POST", f"square/sellers/{credentials.account_id}/revoke", {})
    heard = {news.kind: news for news in await _news(square, subscription, 3)}
    assert set(heard) == {NewsKind.PAYMENT, NewsKind.DISPUTE, NewsKind.ACCESS_REVOKED}
    assert heard[NewsKind.DISPUTE].payment_id == payment_id
    assert heard[NewsKind.ACCESS_REVOKED].account_id == credentials.account_id


async def test_a_test_event_that_nobody_takes_is_a_refusal(square: Counterpart) -> None:
    credentials, nowhere = await square.connect(), f"http://127.0.0.1:{free_port()}/"
    subscription = await square.processor.register_webhook(credentials, nowhere, deadline=DEADLINE)
    with pytest.raises(ProcessorRefused) as refused:
        await square.processor.test_webhook(credentials, subscription.subscription_id, deadline=DEADLINE)
    assert (refused.value.status, refused.value.code) == (0, "webhook_not_taken")
