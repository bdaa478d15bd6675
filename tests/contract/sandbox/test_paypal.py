"""PayPal's own SDK against the stand-in: orders, payments, refunds and their list."""

from __future__ import annotations

import datetime as dt
import importlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from paypalserversdk.exceptions.error_exception import ErrorException
from paypalserversdk.exceptions.search_error_exception import SearchErrorException

from sandbox.paypal import forms
from tests.contract.sandbox.paypal_client import HOUR, Seller, iso, order_body

pytestmark = pytest.mark.proves("S-1", "S-2", "S-4")


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
        seller.found(start_date=iso(dt.datetime.now(dt.UTC) - dt.timedelta(days=32)))
    assert refused.value.response_code == 400


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
