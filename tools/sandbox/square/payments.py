"""Payments: made by API, on a payment link, or by the seller; completed, declined, cancelled."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sandbox.core.http import Record
from sandbox.square.errors import DECLINES, SquareRefusedError
from sandbox.square.state import SELLERS, Seller, SquareState, money
from sandbox.square.webhooks import SquareWebhooks

# Tokens of Square's own sandbox, and how the card behind each fares.
NONCES = {
    "cnon:card-nonce-ok": None,
    "cnon:card-nonce-declined": "GENERIC_DECLINE",
    "cnon:card-nonce-rejected-cvv": "CVV_FAILURE",
}
_FEE_PERCENT, _FEE_FIXED = 29, 30
_LARGEST_COMMISSION = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be paid. `decline`: why the card is refused; `at`: when it was made, as it is written."""

    amount: int
    currency: str
    commission: int = 0
    note: str = ""
    order_id: str = ""
    reference_id: str = ""
    email: str = ""
    product: str = "ECOMMERCE_API"
    decline: str | None = None
    autocomplete: bool = True
    at: str = ""


def amount_of(given: Record | None, seller: Seller, name: str, *, least: int = 1) -> int:
    """An amount that the seller can take. Raises SquareRefusedError."""
    if given is None or given.get("amount") is None or not given.get("currency"):
        raise SquareRefusedError(400, "MISSING_REQUIRED_PARAMETER", "Field must be set", field=name)
    if given["currency"] != seller.currency:
        words = f"The currency does not match the location's currency ({seller.currency})."
        raise SquareRefusedError(400, "INVALID_VALUE", words, field=f"{name}.currency")
    if given["amount"] < least:
        words = f"`{name}.amount` must be greater than {least - 1}."
        raise SquareRefusedError(400, "VALUE_TOO_LOW", words, field=f"{name}.amount")
    return int(given["amount"])


def commission_of(given: Record | None, seller: Seller, amount: int, name: str = "app_fee_money") -> int:
    """What goes to the application, nine tenths at most. Raises SquareRefusedError."""
    if given is None:
        return 0
    commission = amount_of(given, seller, name, least=0)
    if commission * 100 > amount * _LARGEST_COMMISSION:
        words = "The application fee is more than 90% of the payment."
        raise SquareRefusedError(400, "INVALID_FEES", words, field=name)
    return commission


class SquarePayments:
    """Raises SquareRefusedError."""

    def __init__(self, state: SquareState, webhooks: SquareWebhooks) -> None:
        self._state = state
        self._webhooks = webhooks

    def take(self, seller: Seller, wanted: Wanted) -> Record:
        """Makes a payment, also one that fails."""
        payment = self._payment(seller, wanted)
        self._state.payments[payment["id"]] = payment
        self._webhooks.tell("payment.created", seller, "payment", payment)
        return payment

    def _payment(self, seller: Seller, wanted: Wanted) -> Record:
        now, total = wanted.at or self._state.now, money(wanted.amount, wanted.currency)
        status = "FAILED" if wanted.decline else "COMPLETED" if wanted.autocomplete else "APPROVED"
        card: Record = {"card_brand": "VISA", "last_4": "1111", "exp_month": 11, "exp_year": 2030}
        details: Record = {"status": "FAILED" if wanted.decline else "CAPTURED", "card": card, "entry_method": "KEYED"}
        if wanted.decline:
            error = {"category": "PAYMENT_METHOD_ERROR", "code": wanted.decline, "detail": DECLINES[wanted.decline]}
            details["errors"] = [error]
        payment: Record = {
            "id": self._state.new_id(), "created_at": now, "updated_at": now, "amount_money": total,
            "total_money": total, "status": status, "source_type": "CARD", "card_details": details,
            "location_id": seller.location_id, "order_id": wanted.order_id or self._state.new_id(),
            "delay_duration": "PT168H", "delay_action": "CANCEL", "version_token": self._state.new_id(32),
            "application_details": {"square_product": wanted.product},
        }  # fmt: skip
        if status == "COMPLETED":
            payment |= {"approved_money": total, "processing_fee": [_fee(wanted, now)]}
        optional = {"note": wanted.note, "reference_id": wanted.reference_id, "buyer_email_address": wanted.email}
        payment |= {name: value for name, value in optional.items() if value}
        if wanted.commission:
            payment["app_fee_money"] = money(wanted.commission, wanted.currency)
        return payment

    def changed(self, payment: Record, **changes: object) -> None:
        """The payment is another now, and its webhook says so."""
        payment |= changes | {"updated_at": self._state.now, "version_token": self._state.new_id(32)}
        self._webhooks.tell("payment.updated", seller_of(payment), "payment", payment)

    def cancel(self, payment: Record) -> Record:
        if payment["status"] != "APPROVED":
            raise _not_in_state(payment)
        self.changed(payment, status="CANCELED")
        return payment

    def complete(self, payment: Record) -> Record:
        if payment["status"] != "APPROVED":
            raise _not_in_state(payment)
        self.changed(payment, status="COMPLETED", approved_money=payment["amount_money"])
        return payment


def seller_of(payment: Record) -> Seller:
    return next(seller for seller in SELLERS.values() if seller.location_id == payment["location_id"])


def _fee(wanted: Wanted, now: str) -> Record:
    """Square's own share: 2.9 % and 30."""
    moment = dt.datetime.fromisoformat(now) + dt.timedelta(hours=2)
    amount = min(wanted.amount, round(wanted.amount * _FEE_PERCENT / 1000) + _FEE_FIXED)
    return {
        "effective_at": moment.isoformat().replace("+00:00", "Z"),
        "type": "INITIAL",
        "amount_money": money(amount, wanted.currency),
    }


def _not_in_state(payment: Record) -> SquareRefusedError:
    words = f"Payment {payment['id']} is {payment['status']}; it must be APPROVED."
    return SquareRefusedError(400, "BAD_REQUEST", words)
