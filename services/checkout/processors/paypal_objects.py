"""PayPal's objects as ours, and ours as its: orders, captures, refunds, transactions, webhooks. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from pydantic import SecretStr

from chassis.currencies import rules_of
from chassis.money import Money
from chassis.signatures import SignatureInvalid
from chassis.texts import said
from checkout.payments.processors.port import ProcessorRefused
from checkout.processors.accounts import ExternalAccount
from checkout.processors.domain import (
    CredentialsRefused,
    ExternalPage,
    ExternalPayment,
    ExternalRefund,
    PageStatus,
    PaymentStatus,
    PaymentWish,
    RefundStatus,
    RefundWish,
)
from checkout.processors.news import News, NewsKind, Subscription

CURRENCIES: Final = frozenset(
    {"AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY", "MXN", "MYR", "NOK",
     "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD"}
)  # fmt: skip
APPROVED: Final = "CHECKOUT.ORDER.APPROVED"
TRIAL: Final = "CHECKOUT.ORDER.COMPLETED"
"""What a test event is: nothing is worked on because of it, a capture says the same."""
_KINDS: Final = {
    APPROVED: NewsKind.PAGE,
    "PAYMENT.CAPTURE.COMPLETED": NewsKind.PAYMENT,
    "PAYMENT.CAPTURE.PENDING": NewsKind.PAYMENT,
    "PAYMENT.CAPTURE.DENIED": NewsKind.PAYMENT,
    "PAYMENT.CAPTURE.DECLINED": NewsKind.PAYMENT,
    "PAYMENT.CAPTURE.REFUNDED": NewsKind.REFUND,
    "PAYMENT.CAPTURE.REVERSED": NewsKind.REFUND,
    "CUSTOMER.DISPUTE.CREATED": NewsKind.DISPUTE,
    "CUSTOMER.DISPUTE.UPDATED": NewsKind.DISPUTE,
    "CUSTOMER.DISPUTE.RESOLVED": NewsKind.DISPUTE,
}
HANDLED: Final = (*_KINDS, TRIAL)
_ID_OF: Final = {NewsKind.DISPUTE: "dispute_id"}
_WITHOUT_FRACTION: Final = frozenset({"HUF", "JPY", "TWD"})
_PAID, _APPROVED, _CAPTURE = "COMPLETED", "APPROVED", "CAPTURE"
_REFUNDED: Final = frozenset({"PARTIALLY_REFUNDED", "REFUNDED"})
_STATUSES: Final = {
    "COMPLETED": PaymentStatus.COMPLETED, "PARTIALLY_REFUNDED": PaymentStatus.COMPLETED,
    "REFUNDED": PaymentStatus.COMPLETED, "PENDING": PaymentStatus.PENDING,
}  # fmt: skip
_REFUND_STATUSES: Final = {"COMPLETED": RefundStatus.COMPLETED, "PENDING": RefundStatus.PENDING}
_UNAUTHORIZED, _UNPROCESSABLE = 401, 422
_USUAL_CURRENCY: Final = "USD"


def refusal(status: int, body: Mapping[str, Any]) -> ProcessorRefused:
    """OAuth has errors of its own; else an error has a name, and issues: what we asked for wrongly names a field."""
    if "error" in body:
        return CredentialsRefused(
            status, said(body["error"], longest=100), said(body.get("error_description"), longest=500)
        )
    issues = [each for each in body.get("details") or () if isinstance(each, dict)]
    code = said(issues[0].get("issue") if issues else body.get("name"), longest=100)
    message = said((issues[0].get("description") if issues else None) or body.get("message"), longest=500)
    if status == _UNAUTHORIZED:
        return CredentialsRefused(status, code, message)
    refused = ProcessorRefused(status, code, message)
    refused.our_fault = refused.our_fault or (status == _UNPROCESSABLE and any("field" in each for each in issues))
    return refused


def issue_is(refused: ProcessorRefused, *issues: str) -> bool:
    return refused.code in issues


def order_body(wish: PaymentWish) -> Mapping[str, object]:
    """Not with `payment_source`: such an order could not be changed any more, and so not be closed."""
    unit = {"amount": _money(wish.amount, wish.currency), "custom_id": wish.key, "description": wish.title[:127]}
    context = {
        "return_url": wish.success_url,
        "cancel_url": wish.cancel_url,
        "user_action": "PAY_NOW",
        "shipping_preference": "NO_SHIPPING",
    }
    return {"intent": _CAPTURE, "purchase_units": [unit], "application_context": context}


def refund_body(wish: RefundWish) -> Mapping[str, object]:
    return {"amount": _money(wish.amount, wish.currency), "custom_id": wish.key, "note_to_payer": wish.reason[:255]}


def link_of(found: Mapping[str, Any], *relations: str) -> str:
    """The address that an object names for a relation; empty where it names none."""
    links = (each["href"] for each in found.get("links") or () if each["rel"] in relations)
    return str(next(links, ""))


def read_page(order: Mapping[str, Any]) -> ExternalPage:
    """Where the buyer approves an order; raises KeyError where it doesn't say that."""
    url = link_of(order, "approve", "payer-action")
    if not url:
        raise KeyError("approve")
    return ExternalPage(page_id=order["id"], url=url)


def page_status(order: Mapping[str, Any]) -> PageStatus:
    """An order whose intent is another than to be captured was closed by us."""
    if order["status"] == _PAID:
        return PageStatus.PAID
    if order["status"] == "VOIDED" or order["intent"] != _CAPTURE:
        return PageStatus.CLOSED
    return PageStatus.APPROVED if order["status"] == _APPROVED else PageStatus.OPEN


def capture_of(order: Mapping[str, Any]) -> str | None:
    """The id of what was captured for an order."""
    captures = _payments(order).get("captures") or ()
    return str(captures[-1]["id"]) if captures else None


def order_of(capture: Mapping[str, Any]) -> str | None:
    found = ((capture.get("supplementary_data") or {}).get("related_ids") or {}).get("order_id")
    return None if found is None else str(found)


def refunds_in(order: Mapping[str, Any], payment_id: str) -> Sequence[Mapping[str, Any]]:
    """The refunds of a capture, as its order has them."""
    return [each for each in _payments(order).get("refunds") or () if link_of(each, "up").endswith(f"/{payment_id}")]


def is_refunded(capture: Mapping[str, Any]) -> bool:
    """Whether anything of it went back."""
    return bool(capture["status"] in _REFUNDED)


def read_account(who: Mapping[str, Any], balances: Sequence[Mapping[str, Any]]) -> ExternalAccount:
    """An account, by what PayPal says of its owner, and by which of its balances is the main one."""
    verified = str(who.get("verified_account", "")).lower() == "true"
    return ExternalAccount(
        account_id=who["payer_id"],
        name=who.get("name") or who["payer_id"],
        currency=next((each["currency"] for each in balances if each.get("primary")), _USUAL_CURRENCY),
        can_charge=verified,
        can_refund=verified,
        commission_at_source=False,
        details_submitted=verified,
    )


def read_payment(capture: Mapping[str, Any], *, refunded: int = 0) -> ExternalPayment:
    """`refunded`: what went back, minor units: a capture doesn't say how much, nor what of it a dispute took."""
    amount, fee = minor(capture["amount"]), (capture.get("seller_receivable_breakdown") or {}).get("paypal_fee")
    return ExternalPayment(
        payment_id=capture["id"],
        key=capture.get("custom_id") or None,
        status=_STATUSES.get(capture["status"], PaymentStatus.FAILED),
        amount=amount,
        refunded=refunded,
        currency=capture["amount"]["currency_code"],
        commission=0,
        fee=None if fee is None else minor(fee),
        created_at=datetime.fromisoformat(capture["create_time"]),
        updated_at=datetime.fromisoformat(capture["update_time"]),
    )


def read_refund(refund: Mapping[str, Any]) -> ExternalRefund:
    return ExternalRefund(
        refund_id=refund["id"],
        payment_id=link_of(refund, "up").rpartition("/")[2],
        status=_REFUND_STATUSES.get(refund["status"], RefundStatus.FAILED),
        amount=minor(refund["amount"]),
        currency=refund["amount"]["currency_code"],
    )


def read_subscription(webhook: Mapping[str, Any]) -> Subscription:
    """What PayPal signs for is the webhook's id."""
    return Subscription(
        subscription_id=webhook["id"], url=webhook["url"], secret=SecretStr(webhook["id"]), enabled=True
    )


def read_news(payload: bytes) -> News:
    """Raises SignatureInvalid for what is no event."""
    try:
        return _news(json.loads(payload))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, IndexError) as error:
        raise SignatureInvalid("The body is not an event.") from error


def _news(event: Mapping[str, Any]) -> News:
    """Without the payment: what is signed is a checksum of the body, so its amounts are asked for instead."""
    subject, kind = event["resource"], _KINDS.get(event["event_type"], NewsKind.OTHER)
    return News(
        event_id=str(event["id"]),
        type=str(event["event_type"]),
        kind=kind,
        account_id=_account_of(subject),
        created_at=datetime.fromisoformat(event["create_time"]),
        subject_id=None if kind is NewsKind.OTHER else str(subject[_ID_OF.get(kind, "id")]),
        payment_id=_payment_of(kind, subject),
    )


def _payment_of(kind: NewsKind, subject: Mapping[str, Any]) -> str | None:
    """The capture that it is about; what was given back names it by a link."""
    if kind is NewsKind.PAYMENT:
        return str(subject["id"])
    if kind is NewsKind.DISPUTE:
        return disputed_payment(subject)
    return link_of(subject, "up").rpartition("/")[2] or None if kind is NewsKind.REFUND else None


def _account_of(subject: Mapping[str, Any]) -> str:
    """A capture's payee; of a refund it is who pays; an order has it with what is bought, a dispute as the seller."""
    units: Sequence[Mapping[str, Any]] = subject.get("purchase_units") or ({},)
    disputed: Sequence[Mapping[str, Any]] = subject.get("disputed_transactions") or ({},)
    whose = subject.get("payee") or units[0].get("payee") or subject.get("payer") or disputed[0].get("seller") or {}
    return str(whose.get("merchant_id", ""))


def disputed_payment(dispute: Mapping[str, Any]) -> str:
    """The seller's id of what is disputed."""
    return str(dispute["disputed_transactions"][0]["seller_transaction_id"])


def _payments(order: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = order["purchase_units"][0].get("payments") or {}
    return found


def _money(amount: int, currency: str) -> Mapping[str, str]:
    digits = 0 if currency in _WITHOUT_FRACTION else 2
    major = Money(amount, currency).major()
    return {"currency_code": currency, "value": f"{major:.{max(digits, -_exponent(major))}f}"}


def _exponent(major: Decimal) -> int:
    """Where its last digit stands that isn't nought: a fraction that PayPal refuses must not be rounded away."""
    exponent = major.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def minor(money: Mapping[str, Any]) -> int:
    """Minor units of PayPal's `{currency_code, value}`."""
    return int(Decimal(money["value"]).scaleb(rules_of(money["currency_code"]).digits))
