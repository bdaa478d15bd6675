"""Captures: money that was taken, what becomes of it, and how it goes back (Payments v2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from sandbox.core.http import Record
from sandbox.paypal.account import PaypalAccount, iso
from sandbox.paypal.errors import PaypalRefusedError
from sandbox.paypal.forms import amount_of, fee_of, money
from sandbox.paypal.reporting import Code, note
from sandbox.paypal.state import Grant

SETTLES_AFTER: Final = 180.0
"""How long a pending capture waits, on the sandbox's clock."""
GIVEN_BACK_WITHIN: Final = timedelta(days=180)
"""How long after it was taken money can go back."""


class Ending(StrEnum):
    """How a capture ends: at once, or after it was pending."""

    PAID = "paid"
    SETTLES = "settles"
    DENIED = "denied"


def take(
    account: PaypalAccount,
    amount: Record,
    *,
    app: str,
    merchant: str,
    order_id: str = "",
    custom_id: str | None = None,
    invoice_id: str | None = None,
    ending: Ending = Ending.PAID,
    at: float | None = None,
) -> Record:
    """Make the capture, and say so. `at`: when it was; None: now."""
    capture_id, now = account.new_id(), account.now() if at is None else iso(at)
    given = {"custom_id": custom_id, "invoice_id": invoice_id}
    capture: Record = {
        "id": capture_id, "status": "PENDING", "status_details": {"reason": "PENDING_REVIEW"},
        "amount": {name: amount[name] for name in ("currency_code", "value")}, "final_capture": True,
        "seller_protection": {"status": "ELIGIBLE",
                              "dispute_categories": ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"]},
        **{name: value for name, value in given.items() if value},
        "links": _links(account, capture_id, order_id), "payee": account.payee(merchant), "create_time": now,
        "update_time": now, "app": app, "merchant": merchant,
    }  # fmt: skip
    if order_id:
        capture["supplementary_data"] = {"related_ids": {"order_id": order_id}}
    account.state.captures[capture_id] = capture
    note(account, capture, Code.PAYMENT, Decimal(amount["value"]), status="P", at=at)
    if ending is Ending.PAID:
        _complete(account, capture, now)
    else:
        account.events.emit("PAYMENT.CAPTURE.PENDING", capture, "capture", app=app)
        account.world.timers.later(SETTLES_AFTER, "settle_capture", capture_id, ending.value)
    return capture


async def settle(account: PaypalAccount, capture_id: str, ending: str) -> None:
    """What was pending is decided."""
    capture = account.state.captures[capture_id]
    if ending == Ending.SETTLES:
        _complete(account, capture, account.now())
        return
    capture |= {"status": "DECLINED", "update_time": account.now()}
    account.state.transactions[capture_id]["status"] = "D"
    account.events.emit("PAYMENT.CAPTURE.DENIED", capture, "capture", app=capture["app"])


def get(account: PaypalAccount, grant: Grant, capture_id: str) -> Record:
    """Raises PaypalRefusedError for what isn't the seller's."""
    capture: Record | None = account.state.captures.get(capture_id)
    if capture is None or capture["merchant"] != grant.merchant:
        raise PaypalRefusedError.unknown()
    return capture


def get_refund(account: PaypalAccount, grant: Grant, refund_id: str) -> Record:
    """Raises PaypalRefusedError for what isn't the seller's."""
    refund: Record | None = account.state.refunds.get(refund_id)
    if refund is None or refund["merchant"] != grant.merchant:
        raise PaypalRefusedError.unknown()
    return refund


def refund(account: PaypalAccount, capture: Record, body: Record) -> Record:
    """All that is left, or the amount that is asked for. Raises PaypalRefusedError."""
    if "payment_instruction" in body:
        raise PaypalRefusedError.forbidden()
    most, amount = left(account, capture), _wanted(account, capture, body)
    if capture["status"] == "REFUNDED" or most == 0:
        raise PaypalRefusedError.unprocessable("CAPTURE_FULLY_REFUNDED")
    if capture["status"] not in ("COMPLETED", "PARTIALLY_REFUNDED"):
        raise PaypalRefusedError.unprocessable("CAPTURE_STATUS_NOT_VALID")
    if datetime.fromisoformat(account.now()) - datetime.fromisoformat(capture["create_time"]) > GIVEN_BACK_WITHIN:
        raise PaypalRefusedError.unprocessable("REFUND_TIME_LIMIT_EXCEEDED")
    if amount > most:
        raise PaypalRefusedError.unprocessable("REFUND_AMOUNT_EXCEEDED", field="/amount/value")
    back = _give_back(account, capture, amount, body, Code.REFUND)
    capture |= {"status": "REFUNDED" if amount == most else "PARTIALLY_REFUNDED", "update_time": account.now()}
    account.events.emit("PAYMENT.CAPTURE.REFUNDED", back, "refund", app=capture["app"])
    return back


def reverse(account: PaypalAccount, capture: Record) -> Record:
    """The bank takes back what is left. Raises PaypalRefusedError."""
    most = left(account, capture)
    if capture["status"] not in ("COMPLETED", "PARTIALLY_REFUNDED") or most == 0:
        raise PaypalRefusedError.unprocessable("CAPTURE_STATUS_NOT_VALID")
    back = _give_back(account, capture, most, {}, Code.REVERSAL)
    capture |= {"status": "REFUNDED", "update_time": account.now()}
    account.events.emit("PAYMENT.CAPTURE.REVERSED", back, "refund", app=capture["app"])
    return back


def fail(account: PaypalAccount, refund: Record) -> Record:
    """What was to go back stays with the seller after all. Raises PaypalRefusedError."""
    if refund["status"] == "FAILED":
        raise PaypalRefusedError.unprocessable("CAPTURE_STATUS_NOT_VALID")
    refund |= {"status": "FAILED", "update_time": account.now()}
    account.state.transactions[refund["id"]]["status"] = "D"
    capture = account.state.captures[refund["links"][1]["href"].rpartition("/")[2]]
    gone = _given_back(account, capture)
    capture |= {"status": "PARTIALLY_REFUNDED" if gone else "COMPLETED", "update_time": account.now()}
    return refund


def refunds_of(account: PaypalAccount, capture: Record) -> list[Record]:
    """What went back of it, the oldest first, reversals too."""
    return [account.state.refunds[each] for each in account.state.refunds_of.get(capture["id"], [])]


def _complete(account: PaypalAccount, capture: Record, now: str) -> None:
    currency, gross = capture["amount"]["currency_code"], Decimal(capture["amount"]["value"])
    fee = fee_of(gross, currency)
    capture.pop("status_details", None)
    capture |= {
        "status": "COMPLETED", "update_time": now,
        "seller_receivable_breakdown": {
            "gross_amount": money(gross, currency), "paypal_fee": money(fee, currency),
            "net_amount": money(gross - fee, currency),
        },
    }  # fmt: skip
    account.state.transactions[capture["id"]] |= {"status": "S", "fee": str(-fee)}
    account.events.emit("PAYMENT.CAPTURE.COMPLETED", capture, "capture", app=capture["app"])


def _give_back(account: PaypalAccount, capture: Record, amount: Decimal, body: Record, code: Code) -> Record:
    refund_id, now, currency = account.new_id(), account.now(), capture["amount"]["currency_code"]
    back = amount + _given_back(account, capture)
    refund: Record = {
        "id": refund_id, "status": "COMPLETED", "amount": money(amount, currency),
        **{name: body[name] for name in ("custom_id", "invoice_id", "note_to_payer") if name in body},
        "seller_payable_breakdown": {
            "gross_amount": money(amount, currency), "paypal_fee": money(Decimal(0), currency),
            "net_amount": money(amount, currency), "total_refunded_amount": money(back, currency),
        },
        "create_time": now, "update_time": now, "links": _refund_links(account, refund_id, capture["id"]),
        "payer": account.payee(capture["merchant"]),
        "app": capture["app"], "merchant": capture["merchant"],
    }  # fmt: skip
    account.state.refunds[refund_id] = refund
    account.state.refunds_of.setdefault(capture["id"], [])
    account.state.refunds_of[capture["id"]].append(refund_id)
    note(account, refund, code, -amount, status="S", reference=capture["id"])
    return refund


def _wanted(account: PaypalAccount, capture: Record, body: Record) -> Decimal:
    if "amount" not in body:
        return left(account, capture)
    amount = amount_of(body["amount"], "/amount")
    if body["amount"]["currency_code"] != capture["amount"]["currency_code"]:
        raise PaypalRefusedError.unprocessable("REFUND_CAPTURE_CURRENCY_MISMATCH", field="/amount/currency_code")
    return amount


def left(account: PaypalAccount, capture: Record) -> Decimal:
    """What of it has not gone back."""
    return Decimal(capture["amount"]["value"]) - _given_back(account, capture)


def _given_back(account: PaypalAccount, capture: Record) -> Decimal:
    made = (each for each in refunds_of(account, capture) if each["status"] != "FAILED")
    return sum((Decimal(each["amount"]["value"]) for each in made), Decimal(0))


def _links(account: PaypalAccount, capture_id: str, order_id: str) -> list[Record]:
    address = f"{account.base}/v2/payments/captures/{capture_id}"
    links = [
        {"href": address, "rel": "self", "method": "GET"},
        {"href": f"{address}/refund", "rel": "refund", "method": "POST"},
    ]
    up = {"href": f"{account.base}/v2/checkout/orders/{order_id}", "rel": "up", "method": "GET"}
    return [*links, up] if order_id else links


def _refund_links(account: PaypalAccount, refund_id: str, capture_id: str) -> list[Record]:
    return [
        {"href": f"{account.base}/v2/payments/refunds/{refund_id}", "rel": "self", "method": "GET"},
        {"href": f"{account.base}/v2/payments/captures/{capture_id}", "rel": "up", "method": "GET"},
    ]
