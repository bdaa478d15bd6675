"""PayPal's amounts, rows and refusals as ours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from checkout.payments.processors.port import ProcessorRefused
from checkout.processors import paypal_objects as objects
from checkout.processors.domain import CredentialsRefused, DisputeStatus, PaymentStatus, PaymentWish
from checkout.processors.paypal_disputes import read_dispute
from checkout.processors.paypal_reversals import GoneBack, given_back, gone_by_rows
from checkout.processors.paypal_rows import payments_in, read_row
from tests.contract.processors.support import wish

pytestmark = pytest.mark.proves("P-4")


def _wish(amount: int, currency: str) -> PaymentWish:
    return wish(amount, currency)


@pytest.mark.parametrize(
    ("amount", "currency", "value"),
    [
        (5_001, "USD", "50.01"), (5_000, "EUR", "50.00"), (500, "JPY", "500"), (17_500, "HUF", "175"),
        (17_550, "HUF", "175.5"), (1_234, "KWD", "1.234"), (100, "JPY", "100"),
    ],
)  # fmt: skip
def test_an_amount_is_never_rounded_on_its_way_out(amount: int, currency: str, value: str) -> None:
    unit: Any = objects.order_body(_wish(amount, currency))["purchase_units"]
    assert unit[0]["amount"] == {"currency_code": currency, "value": value}
    assert objects.minor(unit[0]["amount"]) == amount


def _row(**changes: Any) -> dict[str, Any]:
    return {
        "transaction_id": "PAID", "transaction_event_code": "T0006", "transaction_status": "S",
        "transaction_amount": {"currency_code": "USD", "value": "10.00"},
        "transaction_initiation_date": "2026-01-10T20:14:00Z", "transaction_updated_date": "2026-01-10T20:14:00+0000",
        "fee_amount": {"currency_code": "USD", "value": "-0.84"},
    } | changes  # fmt: skip


def test_rows_are_about_payments_and_what_went_back_of_them() -> None:
    back = {"transaction_amount": {"currency_code": "USD", "value": "-4.00"}, "transaction_event_code": "T1107"}
    reference = {"paypal_reference_id": "PAID", "paypal_reference_id_type": "TXN"}
    rows = [
        _row(), _row(transaction_id="BACK", **back, **reference),
        _row(transaction_id="OTHER", **back, **(reference | {"paypal_reference_id": "OLD"})),
        _row(transaction_id="CHARGED", **(back | {"transaction_event_code": "T1201"}), **reference),
        _row(transaction_id="SENT", transaction_amount={"currency_code": "USD", "value": "-3.00"}),
        _row(transaction_id="WITHDRAWN", transaction_event_code="T0400"),
        _row(transaction_id="HELD", transaction_event_code="T1105", paypal_reference_id="O"),
    ]  # fmt: skip
    assert payments_in(rows) == {"PAID": rows[0], "OLD": None}
    assert [each.amount for each in gone_by_rows(rows, "PAID")] == [400]
    payment = read_row(rows[0])
    assert (payment.amount, payment.fee, payment.key, payment.status) == (1_000, 84, None, PaymentStatus.COMPLETED)


def test_a_refusal_says_whose_fault_it_is() -> None:
    declined = objects.refusal(422, {"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": "INSTRUMENT_DECLINED"}]})
    wrong = objects.refusal(422, {"details": [{"issue": "DECIMAL_PRECISION", "field": "/purchase_units/0"}]})
    assert (declined.code, declined.our_fault, wrong.our_fault) == ("INSTRUMENT_DECLINED", False, True)
    assert isinstance(objects.refusal(401, {"error": "invalid_token"}), CredentialsRefused)
    assert isinstance(objects.refusal(400, {"error": "invalid_grant"}), CredentialsRefused)
    assert type(objects.refusal(404, {})) is ProcessorRefused


@pytest.mark.parametrize(
    "answer", [{}, {"id": "1"}, {"id": "1", "links": [{"rel": "self", "href": "x"}]}, {"links": 7}]
)
def test_an_order_without_a_page_is_none(answer: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError)):
        objects.read_page(answer)


def _moved(kind: str, value: str, reason: str = "DISPUTE_SETTLEMENT", party: str = "SELLER") -> dict[str, Any]:
    amount = {"currency_code": "USD", "value": value}
    return {"affected_party": party, "type": kind, "amount": amount, "reason": reason}


@pytest.mark.parametrize(
    ("movements", "status", "expected"),
    [
        ([], "WAITING_FOR_SELLER_RESPONSE", (DisputeStatus.INQUIRY, 1_000, 0)),
        ([_moved("DEBIT", "10.00"), _moved("DEBIT", "20.00", "CHARGEBACK_FEE")], "UNDER_REVIEW",
         (DisputeStatus.OPEN, 1_000, 0)),
        ([_moved("DEBIT", "10.00"), _moved("CREDIT", "10.00", party="BUYER")], "RESOLVED",
         (DisputeStatus.LOST, 1_000, 0)),
        ([_moved("DEBIT", "10.00"), _moved("CREDIT", "4.00")], "RESOLVED", (DisputeStatus.LOST, 1_000, 400)),
        ([_moved("DEBIT", "10.00"), _moved("CREDIT", "10.00")], "RESOLVED", (DisputeStatus.WON, 1_000, 1_000)),
    ],
    ids=["only asked", "taken", "lost", "a part came back", "won"],
)  # fmt: skip
def test_a_dispute_is_what_paypal_took_of_the_seller_for_it(
    movements: list[dict[str, Any]], status: str, expected: tuple[DisputeStatus, int, int]
) -> None:
    dispute = {
        "dispute_id": "PP-R-1", "create_time": "2026-11-30T10:00:00Z", "update_time": "2026-11-30T10:00:01Z",
        "status": status, "dispute_amount": {"currency_code": "USD", "value": "10.00"}, "money_movements": movements,
        "disputed_transactions": [{"seller_transaction_id": "PAID"}],
    }  # fmt: skip
    found = read_dispute(dispute)
    assert (found.status, found.amount, found.returned) == expected
    assert (found.payment_id, found.currency) == ("PAID", "USD")


def test_what_went_back_for_a_dispute_is_told_by_that_alone() -> None:
    def gone(*amounts: int, day: int) -> list[GoneBack]:
        return [GoneBack(each, datetime(2026, 11, day, tzinfo=UTC)) for each in amounts]

    taken = [_moved("DEBIT", "10.00"), _moved("DEBIT", "20.00", "CHARGEBACK_FEE"), _moved("CREDIT", "4.00")]
    dispute = {"create_time": "2026-11-20T10:00:00Z", "money_movements": taken}
    assert given_back(gone(1_000, day=21), []) == 1_000
    assert given_back(gone(1_000, day=21), [dispute]) == 0
    assert given_back(gone(1_000, day=19), [dispute]) == 1_000, "before it began"
    assert given_back(gone(1_000, 1_000, 300, day=21), [dispute]) == 1_300, "once"
    assert given_back(gone(700, day=21), [dispute]) == 700
