"""Square's own SDK against the stand-in: its calls, its types and its signature check."""

from __future__ import annotations

import base64
import hashlib
import inspect
import typing
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import httpx
import pytest
from square import Square
from square.checkout.payment_links.client import PaymentLinksClient
from square.core.api_error import ApiError
from square.disputes.client import DisputesClient
from square.o_auth.client import OAuthClient
from square.payments.client import PaymentsClient
from square.refunds.client import RefundsClient
from square.requests.checkout_options import CheckoutOptionsParams
from square.requests.money import MoneyParams
from square.requests.pre_populated_data import PrePopulatedDataParams
from square.requests.quick_pay import QuickPayParams
from square.requests.webhook_subscription import WebhookSubscriptionParams
from square.types.money import Money
from square.types.order import Order
from square.types.payment import Payment
from square.types.payment_link import PaymentLink
from square.types.payment_refund import PaymentRefund
from square.utils.webhooks_helper import verify_signature
from square.webhooks.subscriptions.client import SubscriptionsClient

from sandbox.square import params
from sandbox.square.params import Shape
from sandbox.square.state import PERSONAL, SELLERS
from tests.contract.sandbox.support import (
    SQUARE_APPLICATION,
    SQUARE_SECRET,
    SQUARE_TOKEN,
    Hook,
    Running,
    receiving,
    serving,
)

pytestmark = pytest.mark.proves("S-1", "S-2", "S-4")

ELM, _, GINZA, _ = SELLERS.values()
SCOPES = "MERCHANT_PROFILE_READ ORDERS_READ ORDERS_WRITE PAYMENTS_READ PAYMENTS_WRITE"
ALL = ["dispute.created", "oauth.authorization.revoked", "payment.created", "payment.updated", "refund.created",
       "refund.updated"]  # fmt: skip
CALLS: dict[str, tuple[Shape, Callable[..., Any]]] = {
    "create_link": (params.CREATE_LINK, PaymentLinksClient.create),
    "create_payment": (params.CREATE_PAYMENT, PaymentsClient.create),
    "cancel_by_key": (params.CANCEL_BY_KEY, PaymentsClient.cancel_by_idempotency_key),
    "list_payments": (params.LIST_PAYMENTS, PaymentsClient.list),
    "create_refund": (params.CREATE_REFUND, RefundsClient.refund_payment),
    "list_refunds": (params.LIST_REFUNDS, RefundsClient.list),
    "list_disputes": (params.LIST_DISPUTES, DisputesClient.list),
    "create_subscription": (params.CREATE_SUBSCRIPTION, SubscriptionsClient.create),
    "update_subscription": (params.UPDATE_SUBSCRIPTION, SubscriptionsClient.update),
    "list_subscriptions": (params.LIST_SUBSCRIPTIONS, SubscriptionsClient.list),
    "test_subscription": (params.TEST_SUBSCRIPTION, SubscriptionsClient.test),
    "obtain_token": (params.OBTAIN_TOKEN, OAuthClient.obtain_token),
    "revoke_token": (params.REVOKE_TOKEN, OAuthClient.revoke_token),
}
# Names that Python writes in another way than the wire.
WRITTEN = {"last4": "last_4"}
Connect: typing.TypeAlias = Callable[..., Square]
OF_THE_SDK = {"self", "request_options", "subscription_id"}


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with receiving() as receiver, serving(receiver) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def connect(running: Running) -> Iterator[Connect]:
    """The SDK with a token, or with none."""
    with httpx.Client(timeout=10) as http:
        yield lambda token=None: Square(token=token, base_url=f"{running.url}/square", httpx_client=http)


@pytest.fixture
def elm(connect: Connect) -> Square:
    """The seller with a token of their own."""
    return connect(PERSONAL + ELM.short)


def dollars(amount: int) -> Any:
    return {"amount": amount, "currency": "USD"}


def charge(seller: Square, amount: int, **more: Any) -> Payment:
    given = {"source_id": "cnon:card-nonce-ok", "idempotency_key": str(uuid4()), "amount_money": dollars(amount)}
    payment: Payment | None = seller.payments.create(**(given | more)).payment
    assert payment is not None
    return payment


def granted(running: Running, scopes: str = SCOPES, **more: str) -> str:
    """The code that an owner's permission ends in."""
    asked = {"client_id": SQUARE_APPLICATION, "scope": scopes, "state": "s-1", "redirect_uri": "https://example.com/"}
    page = running.http.get(f"{running.url}/square/oauth2/authorize?{urlencode(asked | more)}")
    assert page.ok
    answer = running.http.post(page.url, {"seller": ELM.id, "answer": "allow"}, allow_redirects=False)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["state"] == ["s-1"]
    return query["code"][0]


def refused(call: Callable[[], object]) -> tuple[int, str, str]:
    """Status, category and code of a refusal."""
    with pytest.raises(ApiError) as error:
        call()
    first = error.value.body["errors"][0]
    return error.value.status_code or 0, first["category"], first["code"]


@pytest.mark.parametrize("name", sorted(CALLS))
def test_calls_take_what_the_sdk_sends(name: str) -> None:
    shape, method = CALLS[name]
    given = {
        WRITTEN.get(each.name, each.name): each.default is not inspect.Parameter.empty
        for each in inspect.signature(method).parameters.values()
        if each.name not in OF_THE_SDK
    }
    assert set(shape.fields) == set(given)
    assert set(shape.needed) == {each for each, optional in given.items() if not optional}


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        (params.MONEY, MoneyParams),
        (params.QUICK_PAY, QuickPayParams),
        (params.CHECKOUT_OPTIONS, CheckoutOptionsParams),
        (params.PRE_POPULATED, PrePopulatedDataParams),
        (params.SUBSCRIPTION, WebhookSubscriptionParams),
    ],
    ids=["money", "quick_pay", "options", "buyer", "subscription"],
)
def test_objects_have_the_fields_of_the_sdks_types(shape: Shape, kind: Any) -> None:
    assert set(shape.fields) == set(typing.get_type_hints(kind))
    assert shape.needed == kind.__required_keys__


def test_a_payment_has_the_form_of_the_sdks(running: Running, elm: Square) -> None:
    payment = charge(elm, 12_500, note="Haircut", reference_id="r-1")
    raw = running.http.get(
        f"{running.url}/square/v2/payments/{payment.id}", headers={"authorization": f"Bearer {PERSONAL}{ELM.short}"}
    ).json()["payment"]
    assert set(raw) <= set(Payment.model_fields)
    Payment.model_validate(raw)
    assert (payment.status, payment.location_id, payment.note) == ("COMPLETED", ELM.location_id, "Haircut")
    assert payment.processing_fee is not None
    assert elm.payments.get(payment_id=str(payment.id)).payment == payment
    (location,) = elm.locations.list().locations or []
    assert (location.id, location.currency, location.merchant_id) == (ELM.location_id, "USD", ELM.id)
    merchant = elm.merchants.get(merchant_id="me").merchant
    assert merchant is not None
    assert merchant.main_location_id == ELM.location_id


def test_the_same_key_is_the_same_answer(elm: Square) -> None:
    key = str(uuid4())
    first = charge(elm, 500, idempotency_key=key)
    assert charge(elm, 500, idempotency_key=key) == first
    other = refused(lambda: charge(elm, 501, idempotency_key=key))
    assert other == (400, "INVALID_REQUEST_ERROR", "IDEMPOTENCY_KEY_REUSED")
    declined = {"source_id": "cnon:card-nonce-declined", "idempotency_key": str(uuid4())}
    for _ in range(2):
        assert refused(lambda: charge(elm, 700, **declined)) == (400, "PAYMENT_METHOD_ERROR", "GENERIC_DECLINE")
    failed = [each for each in elm.payments.list() if each.status == "FAILED" and each.amount_money == _money(700)]
    assert len(failed) == 1


def _money(amount: int) -> Any:
    return Money(amount=amount, currency="USD")


def test_what_was_only_approved_can_be_cancelled(elm: Square) -> None:
    key = str(uuid4())
    waiting = charge(elm, 900, idempotency_key=key, autocomplete=False)
    assert waiting.status == "APPROVED"
    elm.payments.cancel_by_idempotency_key(idempotency_key=key)
    elm.payments.cancel_by_idempotency_key(idempotency_key="never-came")
    payment = elm.payments.get(payment_id=str(waiting.id)).payment
    assert payment is not None
    assert payment.status == "CANCELED"
    assert refused(lambda: elm.payments.cancel(payment_id=str(waiting.id)))[0] == 400
    second = charge(elm, 901, autocomplete=False)
    completed = elm.payments.complete(payment_id=str(second.id)).payment
    assert completed is not None
    assert completed.status == "COMPLETED"


def test_lists_go_by_cursor_and_by_what_changed(running: Running, connect: Connect) -> None:
    seller = connect(PERSONAL + GINZA.short)
    moments = ["2026-10-01T10:00:00.000Z", "2026-10-01T10:00:00.000Z", "2026-10-01T10:00:01.000Z"]
    sold = [
        running.control("POST", "square/payments", {"seller": GINZA.id, "amount": 500, "at": at})["id"]
        for at in moments
    ]
    changed = seller.payments.list(sort_field="UPDATED_AT", sort_order="ASC", updated_at_begin_time=moments[0], limit=1)
    found = [payment.id for payment in changed]
    assert (sorted(found[:2]), found[2]) == (sorted(sold[:2]), sold[2])
    newest_first = [payment.id for payment in seller.payments.list()]
    assert newest_first == found[::-1]
    later = seller.payments.list(sort_field="UPDATED_AT", sort_order="ASC", updated_at_begin_time=moments[2])
    assert [payment.id for payment in later] == [sold[2]]
    assert refused(lambda: list(seller.payments.list(cursor="nonsense")))[2] == "INVALID_CURSOR"
    assert refused(lambda: list(seller.payments.list(begin_time="yesterday")))[2] == "INVALID_TIME"


def test_a_link_is_paid_once(running: Running, elm: Square) -> None:
    quick = {"name": "Haircut", "price_money": dollars(4_500), "location_id": ELM.location_id}
    key = str(uuid4())
    made = elm.checkout.payment_links.create(
        idempotency_key=key, quick_pay=quick, payment_note="Ref. 1",
        checkout_options={"redirect_url": "https://tickets.example.com/success"},
    )  # fmt: skip
    link = made.payment_link
    assert link is not None
    assert elm.checkout.payment_links.create(
        idempotency_key=key, quick_pay=quick, payment_note="Ref. 1",
        checkout_options={"redirect_url": "https://tickets.example.com/success"},
    ).payment_link == link  # fmt: skip
    assert set(link.model_dump(exclude_none=True)) <= set(PaymentLink.model_fields)
    page = running.url + urlsplit(str(link.url)).path
    assert "Elm Street Barbers" in running.http.get(page).text
    assert running.http.post(page, {"card": "CARD_DECLINED"}).status_code == 402
    paid = running.http.post(page, {"card": "ok"}, allow_redirects=False)
    assert (paid.status_code, paid.headers["location"]) == (303, "https://tickets.example.com/success")
    assert running.http.post(page, {"card": "ok"}).status_code == 409
    order = elm.orders.get(order_id=str(link.order_id)).order
    assert order is not None
    assert set(order.model_dump(exclude_none=True)) <= set(Order.model_fields)
    assert (order.state, len(order.tenders or [])) == ("COMPLETED", 1)
    assert (elm.checkout.payment_links.delete(id=str(link.id))).cancelled_order_id == link.order_id
    assert running.http.get(page).status_code == 404
    assert refused(lambda: elm.checkout.payment_links.get(id=str(link.id)))[2] == "NOT_FOUND"


def test_refunds_are_pending_first_and_never_more_than_was_paid(running: Running, elm: Square) -> None:
    payment = charge(elm, 10_000)
    given: Any = {"payment_id": payment.id, "amount_money": dollars(4_000), "idempotency_key": str(uuid4())}
    refund = elm.refunds.refund_payment(**given).refund
    assert refund is not None
    assert set(refund.model_dump(exclude_none=True)) <= set(PaymentRefund.model_fields)
    assert (refund.status, elm.refunds.refund_payment(**given).refund) == ("PENDING", refund)
    too_much = given | {"amount_money": dollars(6_001), "idempotency_key": str(uuid4())}
    assert refused(lambda: elm.refunds.refund_payment(**too_much))[2] == "REFUND_AMOUNT_INVALID"
    running.advance(10)
    settled = elm.refunds.get(refund_id=str(refund.id)).refund
    assert settled is not None
    assert settled.status == "COMPLETED"
    assert [each.id for each in elm.refunds.list(status="COMPLETED")] == [refund.id]
    changed = elm.payments.get(payment_id=str(payment.id)).payment
    assert changed is not None
    assert (changed.refunded_money, changed.refund_ids) == (_money(4_000), [refund.id])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"qty": 1}, "BAD_REQUEST"),
        ({"source_id": ""}, "MISSING_REQUIRED_PARAMETER"),
        ({"idempotency_key": "x" * 46}, "VALUE_TOO_LONG"),
        ({"amount_money": {"amount": "5", "currency": "USD"}}, "EXPECTED_INTEGER"),
        ({"amount_money": {"amount": 500, "currency": "EUR"}}, "INVALID_VALUE"),
        ({"amount_money": {"amount": 0, "currency": "USD"}}, "VALUE_TOO_LOW"),
        ({"source_id": "cnon:unheard-of"}, "NOT_FOUND"),
        ({"app_fee_money": {"amount": 10, "currency": "USD"}}, "INSUFFICIENT_SCOPES"),
    ],
)
def test_wrong_calls_are_refused(running: Running, change: dict[str, object], code: str) -> None:
    body = {"source_id": "cnon:card-nonce-ok", "idempotency_key": str(uuid4()), "amount_money": dollars(500)} | change
    headers = {"authorization": f"Bearer {PERSONAL}{ELM.short}"}
    answer = running.http.post(f"{running.url}/square/v2/payments", json=body, headers=headers)
    assert answer.status_code in (400, 403, 404)
    assert answer.json()["errors"][0]["code"] == code


def test_sellers_permit_refresh_and_take_back(running: Running, connect: Connect) -> None:
    app = connect()
    given: Any = {"client_id": SQUARE_APPLICATION, "client_secret": SQUARE_SECRET}
    code = granted(running)
    assert refused(lambda: app.o_auth.obtain_token(grant_type="authorization_code", code=code, client_id="x"))[0] == 401
    token = app.o_auth.obtain_token(grant_type="authorization_code", code=granted(running), **given)
    assert (token.merchant_id, token.token_type) == (ELM.id, "bearer")
    status = connect(token.access_token).o_auth.retrieve_token_status()
    assert (status.merchant_id, status.client_id, sorted(status.scopes or [])) == (
        ELM.id, SQUARE_APPLICATION, sorted(SCOPES.split()),
    )  # fmt: skip
    again = app.o_auth.obtain_token(grant_type="refresh_token", refresh_token=token.refresh_token, **given)
    assert again.refresh_token == token.refresh_token
    assert again.access_token != token.access_token
    running.advance(31 * 86_400)
    assert refused(lambda: charge(connect(token.access_token), 500)) == (
        401, "AUTHENTICATION_ERROR", "ACCESS_TOKEN_EXPIRED",
    )  # fmt: skip
    fresh = app.o_auth.obtain_token(grant_type="refresh_token", refresh_token=token.refresh_token, **given)
    revoking: Any = {"authorization": f"Client {SQUARE_SECRET}"}
    options: Any = {"additional_headers": revoking}
    app.o_auth.revoke_token(client_id=SQUARE_APPLICATION, access_token=fresh.access_token, request_options=options)
    assert refused(lambda: charge(connect(fresh.access_token), 500))[2] == "ACCESS_TOKEN_REVOKED"


def test_an_owner_may_say_no(running: Running) -> None:
    asked = {"client_id": SQUARE_APPLICATION, "state": "s-1", "redirect_uri": "https://example.com/"}
    answer = running.http.post(
        f"{running.url}/connect/square?{urlencode(asked)}", {"seller": ELM.id, "answer": "deny"}, allow_redirects=False
    )
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (query["error"], query["state"], "code" in query) == (["access_denied"], ["s-1"], False)
    assert running.http.get(f"{running.url}/connect/square?client_id=unknown").status_code == 400


def test_a_code_challenge_stands_in_for_the_secret_and_its_refresh_tokens_are_good_once(
    running: Running, connect: Connect
) -> None:
    app, verifier = connect(), "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    given: Any = {"client_id": SQUARE_APPLICATION, "grant_type": "authorization_code"}
    wrong = granted(running, code_challenge=challenge)
    assert refused(lambda: app.o_auth.obtain_token(code=wrong, code_verifier="w" * 43, **given))[0] == 401
    token = app.o_auth.obtain_token(code=granted(running, code_challenge=challenge), code_verifier=verifier, **given)
    again: Any = {"client_id": SQUARE_APPLICATION, "grant_type": "refresh_token"}
    renewed = app.o_auth.obtain_token(refresh_token=token.refresh_token, **again)
    assert renewed.refresh_token != token.refresh_token
    assert refused(lambda: app.o_auth.obtain_token(refresh_token=token.refresh_token, **again))[0] == 401


def _subscribed(running: Running, connect: Connect, **more: Any) -> tuple[str, str, Square]:
    """An address of its own, the key, and the application that hears of what is sent to it."""
    app, url = connect(SQUARE_TOKEN), f"{running.receiver.url}/square/{uuid4()}"
    wanted: Any = {"name": "Payments", "event_types": ALL, "notification_url": url} | more
    made = app.webhooks.subscriptions.create(subscription=wanted, idempotency_key=str(uuid4())).subscription
    assert made is not None
    return url, str(made.signature_key), app


def _at(url: str) -> Callable[[Hook], bool]:
    return lambda hook: hook.path == urlsplit(url).path


def _genuine(hook: Hook, key: str, url: str) -> bool:
    return verify_signature(
        request_body=hook.body.decode(), signature_key=key, notification_url=url,
        signature_header=hook.headers["x-square-hmacsha256-signature"],
    )  # fmt: skip


def test_webhooks_are_signed_as_the_sdk_checks_them(running: Running, connect: Connect) -> None:
    running.control("DELETE", "faults")
    url, key, _ = _subscribed(running, connect)
    token = connect().o_auth.obtain_token(
        client_id=SQUARE_APPLICATION, client_secret=SQUARE_SECRET, grant_type="authorization_code",
        code=granted(running),
    )  # fmt: skip
    running.fault(vendor="square", operation="payment.created", kind="bad_signature", count=1)
    running.fault(vendor="square", operation="payment.updated", kind="duplicate_webhook", count=1)
    payment = charge(connect(token.access_token), 500)
    (first,) = running.receiver.wait(1, where=_at(url))
    assert not _genuine(first, key, url)
    running.control("POST", f"square/payments/{payment.id}/refund", {"amount": 200})
    hooks = running.receiver.wait(4, where=_at(url))
    assert all(_genuine(hook, key, url) for hook in hooks[1:])
    kinds = sorted(hook.json()["type"] for hook in hooks)
    assert kinds == ["payment.created", "payment.updated", "payment.updated", "refund.created"]
    twice = {hook.json()["event_id"] for hook in hooks if hook.json()["type"] == "payment.updated"}
    assert len(twice) == 1
    event = first.json()
    assert (event["merchant_id"], event["data"]["object"]["payment"]["id"]) == (ELM.id, payment.id)
    running.control("POST", f"square/sellers/{ELM.id}/revoke", {})
    revoked = running.receiver.wait(1, where=lambda hook: _at(url)(hook) and "revoked" in hook.json()["type"])[0]
    assert revoked.json()["data"]["object"]["revocation"]["revoker_type"] == "MERCHANT"


def test_subscriptions_are_changed_tested_and_ended(running: Running, connect: Connect) -> None:
    url, key, app = _subscribed(running, connect, enabled=False)
    hidden = [each.notification_url for each in app.webhooks.subscriptions.list()]
    assert url not in hidden
    known = next(
        each for each in app.webhooks.subscriptions.list(include_disabled=True) if each.notification_url == url
    )
    subscription_id: Any = known.id
    app.webhooks.subscriptions.update(subscription_id=subscription_id, subscription={"enabled": True})
    read = app.webhooks.subscriptions.get(subscription_id=subscription_id).subscription
    assert read is not None
    assert (read.enabled, read.signature_key) == (True, key)
    result = app.webhooks.subscriptions.test(
        subscription_id=subscription_id, event_type="payment.created"
    ).subscription_test_result
    assert result is not None
    assert result.status_code == 200
    (hook,) = running.receiver.wait(1, where=_at(url))
    assert _genuine(hook, key, url)
    app.webhooks.subscriptions.delete(subscription_id=subscription_id)
    assert refused(lambda: app.webhooks.subscriptions.get(subscription_id=subscription_id))[2] == "NOT_FOUND"
    seller = connect(PERSONAL + ELM.short)
    assert url not in [each.notification_url for each in seller.webhooks.subscriptions.list(include_disabled=True)]


def test_faults_answer_in_squares_own_way(running: Running) -> None:
    headers = {"authorization": f"Bearer {PERSONAL}{ELM.short}"}
    for fault, status, code in (
        ({"kind": "rate_limit"}, 429, "RATE_LIMITED"),
        ({"kind": "error", "status": 503}, 503, "SERVICE_UNAVAILABLE"),
        ({"kind": "error"}, 500, "INTERNAL_SERVER_ERROR"),
        ({"kind": "vendor_code", "code": "ACCESS_TOKEN_REVOKED"}, 401, "ACCESS_TOKEN_REVOKED"),
        ({"kind": "vendor_code", "code": "INSUFFICIENT_FUNDS"}, 400, "INSUFFICIENT_FUNDS"),
    ):
        running.fault(vendor="square", operation="locations.list", count=1, **fault)
        answer = running.http.get(f"{running.url}/square/v2/locations", headers=headers)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("square/payments", {"seller": "nobody", "amount": 5}, 422),
        ("square/payments", {"seller": ELM.id}, 422),
        ("square/payments", {"seller": ELM.id, "amount": 5, "at": "now"}, 422),
        ("square/payments", {"seller": ELM.id, "amount": 5, "card": "gold"}, 422),
        ("square/payments/unheard-of/refund", {}, 404),
        ("square/links/unheard-of/pay", {}, 404),
    ],
    ids=["seller", "amount", "at", "card", "payment", "link"],
)
def test_the_control_api_says_what_is_wrong(running: Running, path: str, body: Any, status: int) -> None:
    running.control("POST", path, body, status=status)
