"""Square's objects as ours, and ours as Square's. Pure.

Amounts are in a currency's smallest unit there, which is ours in every currency that Square takes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from pydantic import SecretStr

from chassis.signatures import SignatureInvalid
from chassis.texts import said
from checkout.payments.processors.port import ProcessorRefused
from checkout.processors.accounts import Credentials, ExternalAccount
from checkout.processors.domain import (
    NO_REASON,
    CredentialsRefused,
    DisputeStatus,
    ExternalDispute,
    ExternalPage,
    ExternalPayment,
    ExternalRefund,
    PageStatus,
    PaymentStatus,
    PaymentWish,
    RefundStatus,
)
from checkout.processors.news import News, NewsKind, Subscription

COMMISSION: Final = "PAYMENTS_WRITE_ADDITIONAL_RECIPIENTS"
_CARDS: Final = "CREDIT_CARD_PROCESSING"
_UNAUTHORIZED: Final = 401
# What buyers and sellers see on a payment, and what it is found by in every list.
_NOTE = re.compile(r"Ref\. ([A-Za-z0-9-]{1,45})")
_PAYMENT_STATUSES: Final = MappingProxyType(
    {
        "APPROVED": PaymentStatus.PENDING,
        "PENDING": PaymentStatus.PENDING,
        "COMPLETED": PaymentStatus.COMPLETED,
        "CANCELED": PaymentStatus.CANCELLED,
        "FAILED": PaymentStatus.FAILED,
    }
)
_REFUND_STATUSES: Final = MappingProxyType(
    {
        "PENDING": RefundStatus.PENDING,
        "COMPLETED": RefundStatus.COMPLETED,
        "REJECTED": RefundStatus.FAILED,
        "FAILED": RefundStatus.FAILED,
    }
)
_DISPUTE_STATUSES: Final = MappingProxyType(
    {"WON": DisputeStatus.WON, "LOST": DisputeStatus.LOST, "ACCEPTED": DisputeStatus.LOST}
)
_PAGE_STATUSES: Final = MappingProxyType({"COMPLETED": PageStatus.PAID, "CANCELED": PageStatus.CLOSED})
_KINDS: Final = MappingProxyType({"payment": NewsKind.PAYMENT, "refund": NewsKind.REFUND, "dispute": NewsKind.DISPUTE})
_REVOKED: Final = "oauth.authorization.revoked"
# What a subscription must be told of.
HANDLED: Final = (
    "dispute.created",
    "dispute.state.updated",
    _REVOKED,
    "payment.created",
    "payment.updated",
    "refund.created",
    "refund.updated",
)


def refusal(status: int, body: Mapping[str, Any]) -> ProcessorRefused:
    """A refusal in Square's form; the first of its errors tells."""
    errors = body.get("errors")
    error = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    kind = CredentialsRefused if status == _UNAUTHORIZED else ProcessorRefused
    return kind(status, said(error.get("code"), longest=100), said(error.get("detail"), longest=500))


def link_body(credentials: Credentials, wish: PaymentWish) -> Mapping[str, object]:
    """The call for a payment link: the same wish is the same bytes."""
    options: dict[str, object] = {"redirect_url": wish.success_url}
    if wish.commission:
        options["app_fee_money"] = money(wish.commission, wish.currency)
    return {
        "idempotency_key": wish.key,
        "quick_pay": {
            "name": wish.title,
            "price_money": money(wish.amount, wish.currency),
            "location_id": credentials.place,
        },
        "checkout_options": options,
        "pre_populated_data": {"buyer_email": wish.email},
        "payment_note": f"Ref. {wish.key}",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class SquarePayment:
    """A payment, and its refunds.

    payment: with all of our commission
    refund_ids: of those that were made of it
    """

    payment: ExternalPayment
    refund_ids: Sequence[str]

    @property
    def commission_is_less(self) -> bool:
        """Whether some of our commission may have gone back."""
        return self.payment.commission > 0 and bool(self.refund_ids)


def read_page(answer: Mapping[str, Any]) -> ExternalPage:
    """A new payment link. It can't be read any more once it is closed, its order can: so a page's id is both."""
    link = answer["payment_link"]
    return ExternalPage(page_id=f"{link['id']}.{link['order_id']}", url=link["url"])


def parts_of(page_id: str) -> tuple[str, str]:
    """The link and the order of a page. Raises ProcessorRefused for what can be no page."""
    link_id, dot, order_id = page_id.partition(".")
    if not (link_id and dot and order_id):
        raise ProcessorRefused(404, "NOT_FOUND", "no page of Square's")
    return link_id, order_id


def read_order(answer: Mapping[str, Any]) -> tuple[PageStatus, str | None]:
    """Whether the order of a page can be paid, and the payment that it was paid by."""
    order = answer["order"]
    tenders = order.get("tenders") or []
    payment_id = tenders[0].get("payment_id") or tenders[0]["id"] if tenders else None
    return _PAGE_STATUSES.get(order["state"], PageStatus.OPEN), payment_id


def read_paid(payment: Mapping[str, Any]) -> SquarePayment:
    """A payment of any seller's, and its refunds."""
    return SquarePayment(payment=read_payment(payment), refund_ids=payment.get("refund_ids") or ())


def read_payment(payment: Mapping[str, Any]) -> ExternalPayment:
    """A payment of any seller's, with all of our commission."""
    note = _NOTE.fullmatch(payment.get("note") or "")
    fees = payment.get("processing_fee")
    return ExternalPayment(
        payment_id=payment["id"],
        key=note[1] if note else None,
        status=_PAYMENT_STATUSES[payment["status"]],
        amount=minor(payment["total_money"]),
        refunded=minor(payment.get("refunded_money")),
        currency=payment["total_money"]["currency"],
        commission=minor(payment.get("app_fee_money")),
        fee=sum(minor(fee["amount_money"]) for fee in fees) if fees else None,
        created_at=datetime.fromisoformat(payment["created_at"]),
        updated_at=datetime.fromisoformat(payment["updated_at"]),
    )


def read_refund(refund: Mapping[str, Any]) -> ExternalRefund:
    """A refund of any payment."""
    return ExternalRefund(
        refund_id=refund["id"],
        payment_id=refund["payment_id"],
        status=_REFUND_STATUSES[refund["status"]],
        amount=minor(refund["amount_money"]),
        currency=refund["amount_money"]["currency"],
    )


def read_dispute(dispute: Mapping[str, Any]) -> ExternalDispute:
    """A dispute of any payment; a bank that only asks withdraws nothing."""
    asks = dispute["state"].startswith("INQUIRY_")
    status = DisputeStatus.INQUIRY if asks else _DISPUTE_STATUSES.get(dispute["state"], DisputeStatus.OPEN)
    amount = minor(dispute["amount_money"])
    return ExternalDispute(
        dispute_id=dispute["id"],
        payment_id=dispute["disputed_payment"]["payment_id"],
        status=status,
        code=said(dispute.get("reason"), longest=100) or NO_REASON,
        amount=amount,
        returned=amount if status is DisputeStatus.WON else 0,
        currency=dispute["amount_money"]["currency"],
        opened_at=datetime.fromisoformat(dispute["created_at"]),
        changed_at=datetime.fromisoformat(dispute["updated_at"]),
    )


def read_changed(answer: Mapping[str, Any]) -> tuple[Sequence[SquarePayment], str | None]:
    """A page of a list, and where it goes on."""
    return [read_paid(each) for each in answer.get("payments") or ()], answer.get("cursor") or None


def read_credentials(token: Mapping[str, Any]) -> Credentials:
    """What a permission, or a refresh token, was good for; where payments are taken it does not say."""
    return Credentials(
        account_id=token["merchant_id"],
        access_token=SecretStr(token["access_token"]),
        refresh_token=SecretStr(token["refresh_token"]),
        expires_at=datetime.fromisoformat(token["expires_at"]),
    )


def choose_location(locations: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where payments are taken: the first location at which cards can be, else the first. Raises ProcessorRefused."""
    found = locations.get("locations") or []
    if not found:
        raise ProcessorRefused(400, "NO_LOCATION", "the account has no location")
    location: Mapping[str, Any] = next(filter(takes_cards, found), found[0])
    return location


def takes_cards(location: Mapping[str, Any]) -> bool:
    return location["status"] == "ACTIVE" and _CARDS in (location.get("capabilities") or [])


def read_account(location: Mapping[str, Any], scopes: list[str] | None) -> ExternalAccount:
    """An account, by the location at which it takes payments, and by what its owner permitted."""
    return ExternalAccount(
        account_id=location["merchant_id"],
        name=location.get("business_name") or location["name"],
        currency=location["currency"],
        can_charge=takes_cards(location),
        can_refund=takes_cards(location),
        commission_at_source=COMMISSION in (scopes or []),
        details_submitted=takes_cards(location),
    )


def read_subscription(subscription: Mapping[str, Any]) -> Subscription:
    """A webhook subscription with its key."""
    return Subscription(
        subscription_id=subscription["id"],
        url=subscription["notification_url"],
        secret=SecretStr(subscription["signature_key"]),
        enabled=subscription["enabled"],
    )


def read_news(payload: bytes) -> News:
    """Raises SignatureInvalid for what is no event."""
    try:
        return _news(json.loads(payload))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SignatureInvalid("The body is not an event.") from error


def _news(event: Mapping[str, Any]) -> News:
    """Without the payment where some of our commission may have gone back: it is asked for, with its refunds."""
    name = event["type"].partition(".")[0]
    subject: Mapping[str, Any] = (event["data"].get("object") or {}).get(name) or {}
    kind = _KINDS.get(name, NewsKind.OTHER) if subject else NewsKind.OTHER
    paid = read_paid(subject) if kind is NewsKind.PAYMENT else None
    return News(
        event_id=event["event_id"],
        type=event["type"],
        kind=NewsKind.ACCESS_REVOKED if event["type"] == _REVOKED else kind,
        account_id=event["merchant_id"],
        created_at=datetime.fromisoformat(event["created_at"]),
        subject_id=event["data"]["id"] if subject else None,
        payment_id=_payment_id(kind, subject),
        payment=paid.payment if paid and not paid.commission_is_less else None,
        refund=read_refund(subject) if kind is NewsKind.REFUND else None,
        dispute=read_dispute(subject) if kind is NewsKind.DISPUTE else None,
    )


def _payment_id(kind: NewsKind, subject: Mapping[str, Any]) -> str | None:
    if kind is NewsKind.DISPUTE:
        subject = subject["disputed_payment"]
    found: str | None = subject.get("id" if kind is NewsKind.PAYMENT else "payment_id")
    return found


def money(amount: int, currency: str) -> Mapping[str, object]:
    """An amount as Square reads it."""
    return {"amount": amount, "currency": currency}


def minor(money: Mapping[str, Any] | None) -> int:
    """What Square says of an amount; 0 where it says nothing."""
    return int(money["amount"]) if money else 0
