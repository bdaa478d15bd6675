"""Square's own SDK against the stand-in: its calls, its types, payments and refunds."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from square import Square
from square.checkout.payment_links.client import PaymentLinksClient
from square.disputes.client import DisputesClient
from square.o_auth.client import OAuthClient
from square.payments.client import PaymentsClient
from square.refunds.client import RefundsClient
from square.requests.checkout_options import CheckoutOptionsParams
from square.requests.money import MoneyParams
from square.requests.pre_populated_data import PrePopulatedDataParams
from square.requests.quick_pay import QuickPayParams
from square.requests.webhook_subscription import WebhookSubscriptionParams
from square.types.order import Order
from square.types.payment import Payment
from square.types.payment_link import PaymentLink
from square.types.payment_refund import PaymentRefund
from square.webhooks.subscriptions.client import SubscriptionsClient

from sandbox.square import params
from sandbox.square.params import Shape
from sandbox.square.state import PERSONAL
from tests.contract.sandbox.square_client import ELM, GINZA, Connect, charge, dollars, money, refused
from tests.contract.sandbox.support import Running

pytestmark = pytest.mark.proves("S-1", "S-2", "S-4")
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
OF_THE_SDK = {"self", "request_options", "subscription_id"}


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


def test_a_payment_has_the_form_of_the_sdks(square: Running, elm: Square) -> None:
    payment = charge(elm, 12_500, note="Haircut", reference_id="r-1")
    raw = square.http.get(
        f"{square.url}/square/v2/payments/{payment.id}", headers={"authorization": f"Bearer {PERSONAL}{ELM.short}"}
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
    failed = [each for each in elm.payments.list() if each.status == "FAILED" and each.amount_money == money(700)]
    assert len(failed) == 1


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


def test_lists_go_by_cursor_and_by_what_changed(square: Running, connect: Connect) -> None:
    seller = connect(PERSONAL + GINZA.short)
    moments = ["2026-10-01T10:00:00.000Z", "2026-10-01T10:00:00.000Z", "2026-10-01T10:00:01.000Z"]
    sold = [
        square.control("POST", "square/payments", {"seller": GINZA.id, "amount": 500, "at": at})["id"] for at in moments
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


def test_a_link_is_paid_once(square: Running, elm: Square) -> None:
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
    page = square.url + urlsplit(str(link.url)).path
    assert "Elm Street Barbers" in square.http.get(page).text
    assert square.http.post(page, {"card": "CARD_DECLINED"}).status_code == 402
    paid = square.http.post(page, {"card": "ok"}, allow_redirects=False)
    assert (paid.status_code, paid.headers["location"]) == (303, "https://tickets.example.com/success")
    assert square.http.post(page, {"card": "ok"}).status_code == 409
    order = elm.orders.get(order_id=str(link.order_id)).order
    assert order is not None
    assert set(order.model_dump(exclude_none=True)) <= set(Order.model_fields)
    assert (order.state, len(order.tenders or [])) == ("COMPLETED", 1)
    assert (elm.checkout.payment_links.delete(id=str(link.id))).cancelled_order_id == link.order_id
    assert square.http.get(page).status_code == 404
    assert refused(lambda: elm.checkout.payment_links.get(id=str(link.id)))[2] == "NOT_FOUND"


def test_refunds_are_pending_first_and_never_more_than_was_paid(square: Running, elm: Square) -> None:
    payment = charge(elm, 10_000)
    given: Any = {"payment_id": payment.id, "amount_money": dollars(4_000), "idempotency_key": str(uuid4())}
    refund = elm.refunds.refund_payment(**given).refund
    assert refund is not None
    assert set(refund.model_dump(exclude_none=True)) <= set(PaymentRefund.model_fields)
    assert (refund.status, elm.refunds.refund_payment(**given).refund) == ("PENDING", refund)
    too_much = given | {"amount_money": dollars(6_001), "idempotency_key": str(uuid4())}
    assert refused(lambda: elm.refunds.refund_payment(**too_much))[2] == "REFUND_AMOUNT_INVALID"
    square.advance(10)
    settled = elm.refunds.get(refund_id=str(refund.id)).refund
    assert settled is not None
    assert settled.status == "COMPLETED"
    assert [each.id for each in elm.refunds.list(status="COMPLETED")] == [refund.id]
    changed = elm.payments.get(payment_id=str(payment.id)).payment
    assert changed is not None
    assert (changed.refunded_money, changed.refund_ids) == (money(4_000), [refund.id])


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
def test_wrong_calls_are_refused(square: Running, change: dict[str, object], code: str) -> None:
    body = {"source_id": "cnon:card-nonce-ok", "idempotency_key": str(uuid4()), "amount_money": dollars(500)} | change
    headers = {"authorization": f"Bearer {PERSONAL}{ELM.short}"}
    answer = square.http.post(f"{square.url}/square/v2/payments", json=body, headers=headers)
    assert answer.status_code in (400, 403, 404)
    assert answer.json()["errors"][0]["code"] == code


def test_faults_answer_in_squares_own_way(square: Running) -> None:
    headers = {"authorization": f"Bearer {PERSONAL}{ELM.short}"}
    for fault, status, code in (
        ({"kind": "rate_limit"}, 429, "RATE_LIMITED"),
        ({"kind": "error", "status": 503}, 503, "SERVICE_UNAVAILABLE"),
        ({"kind": "error"}, 500, "INTERNAL_SERVER_ERROR"),
        ({"kind": "vendor_code", "code": "ACCESS_TOKEN_REVOKED"}, 401, "ACCESS_TOKEN_REVOKED"),
        ({"kind": "vendor_code", "code": "INSUFFICIENT_FUNDS"}, 400, "INSUFFICIENT_FUNDS"),
    ):
        square.fault(vendor="square", operation="locations.list", count=1, **fault)
        answer = square.http.get(f"{square.url}/square/v2/locations", headers=headers)
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
def test_the_control_api_says_what_is_wrong(square: Running, path: str, body: Any, status: int) -> None:
    square.control("POST", path, body, status=status)
