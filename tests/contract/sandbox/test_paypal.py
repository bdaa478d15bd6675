"""PayPal's own SDK against the stand-in; what the SDK lacks (webhooks, OAuth) by plain HTTP and code of our own."""

from __future__ import annotations

import base64
import datetime as dt
import importlib
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from paypalserversdk.exceptions.error_exception import ErrorException
from paypalserversdk.exceptions.search_error_exception import SearchErrorException

from sandbox.paypal import forms
from sandbox.paypal.oauth import ALL_SCOPES
from tests.contract.sandbox.paypal_client import order_body, paypal_client
from tests.contract.sandbox.support import PAYPAL_CLIENT_ID as CLIENT_ID
from tests.contract.sandbox.support import PAYPAL_SECRET as SECRET
from tests.contract.sandbox.support import Hook, Receiver, Running, receiving, serving

pytestmark = pytest.mark.proves("S-1", "S-2", "S-4")

HOUR = 3600.0


@pytest.fixture(scope="module")
def shared_receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


@pytest.fixture(scope="module")
def paypal(shared_receiver: Receiver) -> Iterator[Running]:
    """One sandbox for all of this file: each test has a seller of its own."""
    with serving(shared_receiver) as started:
        yield started


class Seller:
    """A seller with an app of their own: the SDK with its credentials, and plain calls with its token."""

    def __init__(self, sandbox: Running, client_id: str, secret: str, merchant: str = "") -> None:
        self.sandbox, self.client_id, self.secret, self.merchant = sandbox, client_id, secret, merchant
        self.sdk = paypal_client(sandbox.url, client_id, secret)
        self._token = self.tokens(grant_type="client_credentials")["access_token"]

    def tokens(self, *, path: str = "", status: int = 200, **form: str) -> Any:
        url, auth = f"{self.sandbox.url}/paypal/v1/oauth2/token{path}", (self.client_id, self.secret)
        answer = self.sandbox.http.post(url, data=form, auth=auth)
        assert answer.status_code == status, answer.text
        return answer.json()

    def call(
        self, method: str, path: str, body: Any = None, *, status: int = 200, token: str = "", **headers: str
    ) -> Any:
        all_headers = {"Authorization": f"Bearer {token or self._token}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        answer = self.sandbox.http.request(method, f"{self.sandbox.url}/paypal/{path}", json=body, headers=all_headers)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def order(self, key: str = "", **unit: Any) -> Any:
        return self.sdk.orders.create_order({"body": order_body(**unit), "paypal_request_id": key or None}).body

    def approved(self, outcome: str = "paid", **unit: Any) -> Any:
        order = self.order(**unit)
        self.sandbox.control("POST", f"paypal/orders/{order.id}/approve", {"outcome": outcome})
        return order

    def captured(self, order: Any, **more: Any) -> Any:
        return self.sdk.orders.capture_order({"id": order.id, **more}).body.purchase_units[0].payments.captures[0]

    def paid(self, **unit: Any) -> Any:
        return self.captured(self.approved(**unit))

    def refused(self, call: Any, options: Any) -> tuple[int, str]:
        with pytest.raises(ErrorException) as refused:
            call(options)
        return refused.value.response_code, refused.value.details[0].issue

    def found(self, **query: Any) -> Any:
        now = dt.datetime.now(dt.UTC)
        dates = {"start_date": _iso(now - dt.timedelta(days=30)), "end_date": _iso(now + dt.timedelta(minutes=1))}
        return self.sdk.transaction_search.search_transactions(dates | query).body

    def subscribed(self, path: str, *types: str) -> Any:
        body = {
            "url": f"{self.sandbox.receiver.url}{path}",
            "event_types": [{"name": name} for name in types or ("*",)],
        }
        return self.call("POST", "v1/notifications/webhooks", body, status=201)


@pytest.fixture
def seller(paypal: Running) -> Seller:
    made = paypal.control("POST", "paypal/apps", {"name": "Sam's studio", "email": "sam@example.com"}, status=201)
    return Seller(paypal, made["clientId"], made["clientSecret"], made["merchantId"])


def _iso(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _hooks(seller: Seller, path: str, count: int) -> list[Hook]:
    return seller.sandbox.receiver.wait(count, where=lambda hook: hook.path == path)


def _signed(seller: Seller, hook: Hook, webhook_id: str) -> bool:
    """PayPal's scheme, by the certificate that the webhook names."""
    address = urlsplit(hook.headers["paypal-cert-url"])
    pem = seller.sandbox.http.get(f"{seller.sandbox.url}{address.path}").content
    key = x509.load_pem_x509_certificate(pem).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    sent, moment = hook.headers["paypal-transmission-id"], hook.headers["paypal-transmission-time"]
    message = f"{sent}|{moment}|{webhook_id}|{zlib.crc32(hook.body)}".encode()
    signature = base64.b64decode(hook.headers["paypal-transmission-sig"])
    try:
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def test_an_order_is_approved_by_its_buyer_and_captured_by_its_app(seller: Seller) -> None:
    order = seller.order()
    assert order.status == "CREATED"
    link = next(each.href for each in order.links if each.rel == "approve")
    assert seller.refused(seller.sdk.orders.capture_order, {"id": order.id}) == (422, "ORDER_NOT_APPROVED")
    page = urlsplit(link)
    address = f"{seller.sandbox.url}{page.path}?{page.query}"
    assert "49.90 USD" in seller.sandbox.http.get(address).text
    went = seller.sandbox.http.post(address, data={"outcome": "paid"}, allow_redirects=False)
    assert went.status_code == 303
    back = urlsplit(went.headers["location"])
    assert (back.hostname, parse_qs(back.query)["token"]) == ("tickets.example.com", [order.id])
    assert seller.sdk.orders.get_order({"id": order.id}).body.status == "APPROVED"
    capture = seller.captured(order)
    fetched = seller.sdk.payments.get_captured_payment({"capture_id": capture.id}).body
    breakdown = fetched.seller_receivable_breakdown
    assert (fetched.status, fetched.custom_id, fetched.amount.value) == ("COMPLETED", "key-1", "49.90")
    assert (breakdown.gross_amount.value, breakdown.paypal_fee.value, breakdown.net_amount.value) == (
        "49.90", "2.23", "47.67",
    )  # fmt: skip
    assert fetched.supplementary_data.related_ids.order_id == order.id
    assert seller.refused(seller.sdk.orders.capture_order, {"id": order.id}) == (422, "ORDER_ALREADY_CAPTURED")
    assert "This was paid" in seller.sandbox.http.get(address).text


def test_declined_pending_and_denied_payments(seller: Seller) -> None:
    declined = seller.approved("declined")
    assert seller.refused(seller.sdk.orders.capture_order, {"id": declined.id}) == (422, "INSTRUMENT_DECLINED")
    seller.sandbox.control("POST", f"paypal/orders/{declined.id}/approve", {"outcome": "paid"})
    assert seller.captured(declined).status == "COMPLETED"
    waiting = {
        seller.captured(seller.approved(outcome)).id: end
        for outcome, end in (("pending", "COMPLETED"), ("denied", "DECLINED"))
    }
    assert {seller.sdk.payments.get_captured_payment({"capture_id": each}).body.status for each in waiting} == {
        "PENDING"
    }
    seller.sandbox.advance(181)
    assert {
        each: seller.sdk.payments.get_captured_payment({"capture_id": each}).body.status for each in waiting
    } == waiting


def test_an_order_whose_intent_is_changed_is_never_captured(seller: Seller) -> None:
    order = seller.approved()
    change = {"op": "replace", "path": "/intent", "value": "AUTHORIZE"}
    seller.sdk.orders.patch_order({"id": order.id, "body": [change]})
    assert seller.refused(seller.sdk.orders.capture_order, {"id": order.id}) == (422, "ACTION_DOES_NOT_MATCH_INTENT")
    paid = seller.approved()
    seller.captured(paid)
    assert seller.refused(seller.sdk.orders.patch_order, {"id": paid.id, "body": [change]}) == (
        422, "ORDER_ALREADY_COMPLETED",
    )  # fmt: skip


def test_an_order_that_nobody_approves_ends(seller: Seller) -> None:
    order = seller.order()
    seller.sandbox.advance(3 * HOUR + 1)
    assert seller.refused(seller.sdk.orders.get_order, {"id": order.id}) == (404, "INVALID_RESOURCE_ID")


def test_what_is_wrong_with_an_order_is_named(seller: Seller) -> None:
    def refused(**unit: Any) -> tuple[int, str]:
        return seller.refused(seller.sdk.orders.create_order, {"body": order_body(**unit)})

    def amount(value: str, currency: str = "USD") -> dict[str, str]:
        return {"currency_code": currency, "value": value}

    assert refused(amount=amount("1.005")) == (422, "DECIMAL_PRECISION")
    assert refused(amount=amount("100.50", "JPY")) == (422, "DECIMALS_NOT_SUPPORTED")
    assert refused(amount=amount("0.00")) == (422, "CANNOT_BE_ZERO_OR_NEGATIVE")
    assert refused(amount=amount("1.00", "XAF")) == (422, "CURRENCY_NOT_SUPPORTED")
    assert refused(amount={"value": "1.00"}) == (400, "MISSING_REQUIRED_PARAMETER")
    assert refused(custom_key="1") == (400, "NOT_SUPPORTED")
    assert refused(payment_instruction={"platform_fees": []}) == (403, "PERMISSION_DENIED")
    seller.paid(invoice_id="invoice-1")
    assert refused(invoice_id="invoice-1") == (422, "DUPLICATE_INVOICE_ID")


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        ("order_request.OrderRequest", forms.ORDER), ("purchase_unit_request.PurchaseUnitRequest", forms.UNIT),
        ("item_request.ItemRequest", forms.ITEM), ("refund_request.RefundRequest", forms.REFUND),
        ("amount_with_breakdown.AmountWithBreakdown", {**forms.MONEY, "breakdown": forms.ANY}),
        ("paypal_wallet.PaypalWallet", forms.WALLET),
        ("paypal_wallet_experience_context.PaypalWalletExperienceContext", forms.EXPERIENCE),
        ("order_application_context.OrderApplicationContext", forms.CONTEXT),
    ],
    ids=["order", "unit", "item", "refund", "amount", "wallet", "experience", "context"],
)  # fmt: skip
def test_what_is_taken_is_what_the_sdk_sends(model: str, shape: forms.Shape) -> None:
    module, _, name = model.partition(".")
    typed = getattr(importlib.import_module(f"paypalserversdk.models.{module}"), name)
    known, optional = set(typed._names.values()), set(typed._optionals)
    assert {field.rstrip("!") for field in shape} <= known
    assert {field[:-1] for field in shape if field.endswith("!")} == known - {typed._names[each] for each in optional}


def test_a_request_id_gives_the_same_answer_again(seller: Seller) -> None:
    first, again = seller.order("order-1"), seller.order("order-1")
    assert first.id == again.id
    body = order_body(amount={"currency_code": "USD", "value": "1.00"})
    assert seller.refused(seller.sdk.orders.create_order, {"body": body, "paypal_request_id": "order-1"}) == (
        422, "DUPLICATE_REQUEST_ID",
    )  # fmt: skip
    declined = seller.approved("declined")
    options = {"id": declined.id, "paypal_request_id": "capture-1"}
    assert seller.refused(seller.sdk.orders.capture_order, options)[1] == "INSTRUMENT_DECLINED"
    seller.sandbox.control("POST", f"paypal/orders/{declined.id}/approve")
    captures = {seller.captured(declined, paypal_request_id="capture-1").id for _ in range(2)}
    assert len(captures) == 1


def test_what_happened_is_not_lost_with_its_answer(seller: Seller) -> None:
    capture = seller.paid()
    options = {"capture_id": capture.id, "paypal_request_id": "refund-1"}
    seller.sandbox.fault(vendor="paypal", operation="captures.refund", kind="timeout_after", count=1, delayMs=10)
    with pytest.raises(Exception, match=r"."):
        seller.sdk.payments.refund_captured_payment(options)
    again = seller.sdk.payments.refund_captured_payment(options).body
    fetched = seller.sdk.payments.get_captured_payment({"capture_id": capture.id}).body
    assert (again.status, fetched.status) == ("COMPLETED", "REFUNDED")


def test_refunds_in_parts_up_to_the_whole(seller: Seller) -> None:
    capture = seller.paid()

    def refund(value: str, currency: str = "USD") -> dict[str, Any]:
        return {"capture_id": capture.id, "body": {"amount": {"value": value, "currency_code": currency}}}

    give = seller.sdk.payments.refund_captured_payment
    part = give({**refund("10.00"), "prefer": "return=representation"}).body
    assert (part.status, part.amount.value) == ("COMPLETED", "10.00")
    assert (
        seller.sdk.payments.get_refund({"refund_id": part.id}).body.seller_payable_breakdown.total_refunded_amount.value
        == "10.00"
    )
    assert seller.refused(give, refund("40.00")) == (422, "REFUND_AMOUNT_EXCEEDED")
    assert seller.refused(give, refund("1.00", "EUR")) == (422, "REFUND_CAPTURE_CURRENCY_MISMATCH")
    fetched = seller.sdk.payments.get_captured_payment({"capture_id": capture.id}).body
    assert fetched.status == "PARTIALLY_REFUNDED"
    give({"capture_id": capture.id})
    assert seller.refused(give, {"capture_id": capture.id}) == (422, "CAPTURE_FULLY_REFUNDED")


def test_transactions_are_found_hours_later_in_a_month_at_most(seller: Seller) -> None:
    capture = seller.paid()
    elsewhere = seller.sandbox.control(
        "POST", "paypal/payments", {"amount": 1234, "currency": "EUR", "merchantId": seller.merchant}, status=201
    )
    assert seller.found().transaction_details == []
    seller.sandbox.advance(3 * HOUR + 1)
    refund = seller.sdk.payments.refund_captured_payment({"capture_id": capture.id}).body
    seller.sandbox.advance(3 * HOUR + 1)
    rows = {each.transaction_info.transaction_id: each.transaction_info for each in seller.found().transaction_details}
    assert {
        each: (row.transaction_event_code, row.transaction_amount.value, row.transaction_status)
        for each, row in rows.items()
    } == {
        capture.id: ("T0006", "49.90", "S"), elsewhere["id"]: ("T0006", "12.34", "S"),
        refund.id: ("T1107", "-49.90", "S"),
    }  # fmt: skip
    assert (rows[capture.id].custom_field, rows[capture.id].fee_amount.value) == ("key-1", "-2.23")
    assert (rows[refund.id].paypal_reference_id, rows[refund.id].paypal_reference_id_type) == (capture.id, "TXN")
    second = seller.found(page=2, page_size=2)
    assert (second.total_pages, len(second.transaction_details)) == (2, 1)
    with pytest.raises(SearchErrorException) as refused:
        seller.found(start_date=_iso(dt.datetime.now(dt.UTC) - dt.timedelta(days=32)))
    assert refused.value.response_code == 400


def test_another_sellers_money_is_nobodys_business(seller: Seller, paypal: Running) -> None:
    stranger = Seller(paypal, CLIENT_ID, SECRET)
    capture, order = seller.paid(), seller.order()
    for call, options in (
        (stranger.sdk.payments.get_captured_payment, {"capture_id": capture.id}),
        (stranger.sdk.payments.refund_captured_payment, {"capture_id": capture.id}),
        (stranger.sdk.orders.get_order, {"id": order.id}),
    ):
        assert stranger.refused(call, options) == (404, "INVALID_RESOURCE_ID")


def test_webhooks_are_signed_by_paypals_certificate(seller: Seller) -> None:
    webhook = seller.subscribed("/hooks/signed", "PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.REFUNDED")
    capture = seller.paid()
    seller.sandbox.control("POST", f"paypal/captures/{capture.id}/refund", {"amount": 1000}, status=201)
    hooks = {hook.json()["event_type"]: hook for hook in _hooks(seller, "/hooks/signed", 2)}
    completed, refunded = hooks["PAYMENT.CAPTURE.COMPLETED"], hooks["PAYMENT.CAPTURE.REFUNDED"]
    event = completed.json()
    assert event["resource"]["id"] == capture.id
    assert (refunded.json()["resource_type"], refunded.json()["resource"]["amount"]["value"]) == ("refund", "10.00")
    assert _signed(seller, completed, webhook["id"])
    assert not _signed(seller, completed, "ANOTHER")
    checked = {
        "auth_algo": completed.headers["paypal-auth-algo"], "cert_url": completed.headers["paypal-cert-url"],
        "transmission_id": completed.headers["paypal-transmission-id"],
        "transmission_sig": completed.headers["paypal-transmission-sig"],
        "transmission_time": completed.headers["paypal-transmission-time"], "webhook_id": webhook["id"],
        "webhook_event": event,
    }  # fmt: skip
    path = "v1/notifications/verify-webhook-signature"
    assert seller.call("POST", path, checked)["verification_status"] == "SUCCESS"
    forged = checked | {"webhook_event": event | {"summary": "Another"}}
    assert seller.call("POST", path, forged)["verification_status"] == "FAILURE"
    seller.sandbox.fault(vendor="paypal", operation="PAYMENT.CAPTURE.REVERSED", kind="bad_signature", count=1)
    seller.subscribed("/hooks/bad", "PAYMENT.CAPTURE.REVERSED")
    seller.sandbox.control("POST", f"paypal/captures/{seller.paid().id}/reverse", status=201)
    (bad,) = _hooks(seller, "/hooks/bad", 1)
    assert not _signed(seller, bad, webhook["id"])


def test_webhooks_are_listed_changed_and_tried_out(seller: Seller) -> None:
    webhook = seller.subscribed("/hooks/first")
    path = f"v1/notifications/webhooks/{webhook['id']}"
    seller.call(
        "POST", "v1/notifications/webhooks", {"url": webhook["url"], "event_types": [{"name": "*"}]}, status=400
    )
    assert [each["id"] for each in seller.call("GET", "v1/notifications/webhooks")["webhooks"]] == [webhook["id"]]
    moved = [{"op": "replace", "path": "/url", "value": f"{seller.sandbox.receiver.url}/hooks/second"}]
    assert seller.call("PATCH", path, moved)["url"].endswith("/hooks/second")
    event = {"webhook_id": webhook["id"], "event_type": "PAYMENT.CAPTURE.COMPLETED"}
    seller.call("POST", "v1/notifications/simulate-event", event, status=202)
    (hook,) = _hooks(seller, "/hooks/second", 1)
    assert _signed(seller, hook, webhook["id"])
    seller.call("DELETE", path, status=204)
    seller.call("GET", path, status=404)


def test_a_seller_agrees_and_their_tokens_are_refreshed_and_revoked(seller: Seller, paypal: Running) -> None:
    platform, back = Seller(paypal, CLIENT_ID, SECRET), f"{paypal.receiver.url}/connected"
    asked = {"client_id": CLIENT_ID, "response_type": "code", "scope": ALL_SCOPES, "redirect_uri": back, "state": "s-1"}
    page = paypal.http.get(f"{paypal.url}/signin/authorize", params=asked)
    assert page.status_code == 200, page.text
    action = re.search(r'action="([^"]*)"', page.text)
    assert action is not None
    address = f"{paypal.url}{action[1].replace('&amp;', '&')}"
    agreed = paypal.http.post(address, data={"email": "sam@example.com"}, allow_redirects=False)
    given = parse_qs(urlsplit(agreed.headers["location"]).query)
    assert given["state"] == ["s-1"]
    code = given["code"][0]
    tokens = platform.tokens(grant_type="authorization_code", code=code, redirect_uri=back)
    again = platform.tokens(status=400, grant_type="authorization_code", code=code, redirect_uri=back)
    assert again["error"] == "invalid_grant"
    who = platform.call("GET", "v1/identity/openidconnect/userinfo?schema=openid", token=tokens["access_token"])
    assert who["emails"][0]["value"] == "sam@example.com"
    platform.sandbox.advance(9 * HOUR)
    platform.call("GET", "v1/notifications/webhooks", status=401, token=tokens["access_token"])
    fresh = platform.tokens(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    platform.call("GET", "v1/notifications/webhooks", token=fresh["access_token"])
    platform.tokens(path="/terminate", token=fresh["access_token"])
    platform.call("GET", "v1/notifications/webhooks", status=401, token=fresh["access_token"])
    platform.tokens(status=400, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    elsewhere = paypal.http.get(
        f"{paypal.url}/signin/authorize", params=asked | {"redirect_uri": "javascript:alert(1)"}
    )
    assert elsewhere.status_code == 400


def test_faults_and_negative_tests_answer_as_paypal_does(seller: Seller) -> None:
    create = seller.sdk.orders.create_order
    seller.sandbox.fault(
        vendor="paypal", operation="orders.create", kind="vendor_code", code="PAYEE_ACCOUNT_RESTRICTED", count=1
    )
    assert seller.refused(create, {"body": order_body()}) == (422, "PAYEE_ACCOUNT_RESTRICTED")
    for kind, status, name in (("rate_limit", 429, "RATE_LIMIT_REACHED"), ("error", 500, "INTERNAL_SERVER_ERROR")):
        seller.sandbox.fault(vendor="paypal", operation="orders.create", kind=kind, count=1)
        with pytest.raises(ErrorException) as failed:
            create({"body": order_body()})
        assert (failed.value.response_code, failed.value.name) == (status, name)
    mock = json.dumps({"mock_application_codes": "INSTRUMENT_DECLINED"})
    order = seller.approved()
    assert seller.refused(seller.sdk.orders.capture_order, {"id": order.id, "paypal_mock_response": mock}) == (
        422, "INSTRUMENT_DECLINED",
    )  # fmt: skip
    counts = seller.sandbox.control("GET", "state?summary=1")["paypal"]
    assert counts["ordersByStatus"]["APPROVED"] >= 1


def test_wrong_credentials_get_no_token(seller: Seller) -> None:
    answer = seller.sandbox.http.post(
        f"{seller.sandbox.url}/paypal/v1/oauth2/token", data={"grant_type": "client_credentials"}, auth=(CLIENT_ID, "x")
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
