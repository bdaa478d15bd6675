"""Webhooks are registered, verified and read, at every external processor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from chassis.signatures import SignatureInvalid, SignatureMissing
from checkout.processors.accounts import Credentials
from checkout.processors.news import News, NewsKind, Subscription, WebhookRequest
from tests.contract.processors.support import DEADLINE, Counterpart, wish

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("P-4")]


async def _heard(counterpart: Counterpart, credentials: Credentials) -> tuple[WebhookRequest, Subscription, str]:
    """A webhook about a payment, where it was sent, and the payment."""
    subscription = await counterpart.processor.register_webhook(credentials, counterpart.hook_url, deadline=DEADLINE)
    payment_id = await counterpart.paid(credentials, wish(7_700))
    return await _first_of_a_payment(counterpart), subscription, payment_id


async def _first_of_a_payment(counterpart: Counterpart) -> WebhookRequest:
    """Processors tell of pages, too, in any order."""
    for count in range(1, 5):
        request = (await counterpart.hooks(count))[-1]
        if counterpart.processor.read_news(request.payload).kind is NewsKind.PAYMENT:
            return request
    raise AssertionError("no webhook is about a payment")


async def _verify(counterpart: Counterpart, request: WebhookRequest, *secrets: SecretStr) -> News:
    return await counterpart.processor.verify_webhook(request, secrets, now=datetime.now(UTC))


async def test_news_of_a_payment_are_verified_and_read(counterpart: Counterpart, credentials: Credentials) -> None:
    request, subscription, payment_id = await _heard(counterpart, credentials)
    news = await _verify(counterpart, request, SecretStr("another-secret"), subscription.secret)
    assert (news.kind, news.account_id) == (NewsKind.PAYMENT, credentials.account_id)
    assert (news.subject_id, news.payment_id) == (payment_id, payment_id)
    assert news.payment is None or (news.payment.payment_id, news.payment.amount) == (payment_id, 7_700)
    assert news == counterpart.processor.read_news(request.payload)
    assert news == await _verify(counterpart, request, subscription.secret)


@pytest.mark.parametrize(
    "changed",
    [
        lambda request: replace(request, payload=request.payload.replace(b"77", b"78")),
        lambda request: replace(request, payload=b""),
        lambda request: replace(
            request, headers={name: value[:-4] + "AAA=" for name, value in request.headers.items()}
        ),
    ],
    ids=["body", "empty", "signature"],
)
async def test_what_was_changed_is_refused(
    counterpart: Counterpart, credentials: Credentials, changed: Callable[[WebhookRequest], WebhookRequest]
) -> None:
    request, subscription, _ = await _heard(counterpart, credentials)
    with pytest.raises((SignatureInvalid, SignatureMissing)):
        await _verify(counterpart, changed(request), subscription.secret)


async def test_what_is_not_signed_or_by_another_secret_is_refused(
    counterpart: Counterpart, credentials: Credentials
) -> None:
    request, subscription, _ = await _heard(counterpart, credentials)
    with pytest.raises(SignatureMissing):
        await _verify(counterpart, replace(request, headers={}), subscription.secret)
    for secrets in ((SecretStr("another-secret"),), ()):
        with pytest.raises(SignatureInvalid):
            await _verify(counterpart, request, *secrets)


async def test_an_address_is_registered_once_and_may_be_tested_and_removed(
    counterpart: Counterpart, credentials: Credentials
) -> None:
    processor, url = counterpart.processor, counterpart.hook_url
    await processor.register_webhook(credentials, url, deadline=DEADLINE)
    subscription = await processor.register_webhook(credentials, url, deadline=DEADLINE)
    assert (subscription.url, subscription.enabled) == (url, True)
    if processor.abilities.test_webhooks:
        await processor.test_webhook(credentials, subscription.subscription_id, deadline=DEADLINE)
    else:
        await counterpart.paid(credentials, wish())
    request = (await counterpart.hooks(1))[0]
    assert (await _verify(counterpart, request, subscription.secret)).event_id
    for _ in range(2):
        await processor.remove_webhook(credentials, subscription.subscription_id, deadline=DEADLINE)


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b"{}", b"null", b"\xff", b'{"type": 7}', b"[" * 100_000],
    ids=["empty", "list", "object", "null", "bytes", "number", "deep"],
)
async def test_what_is_no_event_is_refused(counterpart: Counterpart, payload: bytes) -> None:
    with pytest.raises(SignatureInvalid):
        counterpart.processor.read_news(payload)
