"""Stripe's objects of a connected account as ours, and ours as Stripe's. Pure.

A payment is Stripe's payment intent, whatever charges were tried for it. Amounts are in a currency's smallest unit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from pydantic import SecretStr

from chassis.signatures import SignatureInvalid
from chassis.texts import said
from checkout.payments.domain import Movement
from checkout.payments.processors.port import Listed, ProcessorFailure, ProcessorRefused, ProcessorUncertain
from checkout.payments.processors.stripe_objects import DELAYED_METHODS
from checkout.payments.processors.stripe_objects import read_page as read_list
from checkout.payments.processors.stripe_webhooks import read_webhook
from checkout.processors.accounts import Credentials, ExternalAccount
from checkout.processors.domain import (
    NO_REASON,
    CredentialsRefused,
    DisputeStatus,
    ExternalDispute,
    ExternalPage,
    ExternalPayment,
    ExternalRefund,
    PageState,
    PageStatus,
    PaymentStatus,
    PaymentWish,
    RefundStatus,
    RefundWish,
)
from checkout.processors.news import News, NewsKind, Subscription

# What of a payment comes with it: its fee, and when it changed last.
CHARGE: Final = ("latest_charge.balance_transaction", "latest_charge.refunds")
_UNAUTHORIZED, _FORBIDDEN, _CONFLICT = 401, 403, 409
PAYMENT_KEY: Final = "paymentKey"
"""Where our own key of a payment stands in metadata."""
_PAYMENT_STATUSES: Final = MappingProxyType({"succeeded": PaymentStatus.COMPLETED, "canceled": PaymentStatus.CANCELLED})
_REFUND_STATUSES: Final = MappingProxyType(
    {"succeeded": RefundStatus.COMPLETED, "failed": RefundStatus.FAILED, "canceled": RefundStatus.FAILED}
)
_DISPUTE_STATUSES: Final = MappingProxyType({"won": DisputeStatus.WON, "lost": DisputeStatus.LOST})
_PAGE_STATUSES: Final = MappingProxyType({"complete": PageStatus.PAID, "expired": PageStatus.CLOSED})
_KINDS: Final = MappingProxyType(
    {"payment_intent": NewsKind.PAYMENT, "refund": NewsKind.REFUND, "dispute": NewsKind.DISPUTE}
)
_REVOKED: Final = "account.application.deauthorized"
# What an endpoint must be told of.
HANDLED: Final = (
    _REVOKED,
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
    "refund.created",
    "refund.failed",
    "refund.updated",
)


def refusal(status: int, body: Mapping[str, Any]) -> ProcessorFailure:
    """A refusal in the form of Stripe's API, or of OAuth. A key that is in use is a call whose answer we lost."""
    error = body.get("error")
    found = error if isinstance(error, Mapping) else {"code": error, "message": body.get("error_description")}
    code, message = said(found.get("code") or found.get("type"), longest=100), said(found.get("message"), longest=500)
    if status == _CONFLICT:
        return ProcessorUncertain(message)
    unknown = status == _UNAUTHORIZED or code == "invalid_grant"
    lost = status == _FORBIDDEN and code == "account_invalid"
    return (CredentialsRefused if unknown or lost else ProcessorRefused)(status, code, message)


def session_body(wish: PaymentWish) -> Mapping[str, Any]:
    """The call for a Checkout Session: the same wish is the same bytes. Only what is paid at once may pay it."""
    metadata = {PAYMENT_KEY: wish.key}
    product = {"currency": wish.currency.lower(), "unit_amount": wish.amount, "product_data": {"name": wish.title}}
    fee = {"application_fee_amount": wish.commission} if wish.commission else {}
    return {
        "mode": "payment",
        "client_reference_id": wish.key,
        "customer_email": wish.email,
        "line_items": [{"quantity": 1, "price_data": product}],
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata, **fee},
        "excluded_payment_method_types": list(DELAYED_METHODS),
        "success_url": wish.success_url,
        "cancel_url": wish.cancel_url,
    }


def refund_body(wish: RefundWish) -> Mapping[str, Any]:
    """The call for a refund. Of our commission Stripe gives back the share that goes back of the payment."""
    return {
        "payment_intent": wish.payment_id,
        "amount": wish.amount,
        "metadata": {PAYMENT_KEY: wish.key, "reason": wish.reason[:500]},
        **({"refund_application_fee": "true"} if wish.commission else {}),
    }


def read_page(session: Mapping[str, Any]) -> ExternalPage:
    """A new Checkout Session."""
    return ExternalPage(page_id=session["id"], url=session["url"], expires_at=_moment(session["expires_at"]))


def read_open_pages(listed: Mapping[str, Any]) -> Listed[tuple[str, str | None]]:
    """The sessions on a page of their list: the id of each, and our key where it was opened for a wish of ours."""
    return read_list(listed, lambda session: (session["id"], session["client_reference_id"]))


def read_state(session: Mapping[str, Any], *, fee_back: int = 0) -> PageState:
    """What became of a session, its payment intent expanded."""
    intent = session["payment_intent"]
    return PageState(
        status=_PAGE_STATUSES.get(session["status"], PageStatus.OPEN),
        payment=read_payment(intent, fee_back=fee_back) if intent else None,
    )


def read_payment(intent: Mapping[str, Any], *, fee_back: int = 0) -> ExternalPayment:
    """A payment intent with its newest charge, whoever made it. `fee_back`: what of our fee went back."""
    charge = intent["latest_charge"] or {}
    refunds = (charge.get("refunds") or {}).get("data") or ()
    moments = [intent["created"], charge.get("created") or 0, *(refund["created"] for refund in refunds)]
    return ExternalPayment(
        payment_id=intent["id"],
        key=intent["metadata"].get(PAYMENT_KEY),
        status=_status(intent, charge),
        amount=int(intent["amount"]),
        refunded=int(charge.get("amount_refunded") or 0),
        currency=intent["currency"].upper(),
        commission=int(intent["application_fee_amount"] or 0) - fee_back,
        fee=_fee(charge),
        created_at=_moment(intent["created"]),
        updated_at=_moment(max(moments)),
    )


def read_refund(refund: Mapping[str, Any]) -> ExternalRefund:
    """A refund of any payment."""
    return ExternalRefund(
        refund_id=refund["id"],
        payment_id=refund["payment_intent"],
        status=_REFUND_STATUSES.get(refund["status"], RefundStatus.PENDING),
        amount=int(refund["amount"]),
        currency=refund["currency"].upper(),
    )


def read_dispute(dispute: Mapping[str, Any]) -> ExternalDispute:
    """A dispute of any payment; a bank that only asks withdraws nothing. Its newest movement says when it changed."""
    asks = dispute["status"].startswith("warning_")
    status = DisputeStatus.INQUIRY if asks else _DISPUTE_STATUSES.get(dispute["status"], DisputeStatus.OPEN)
    moved = [each["created"] for each in dispute["balance_transactions"]]
    return ExternalDispute(
        dispute_id=dispute["id"],
        payment_id=dispute["payment_intent"],
        status=status,
        code=said(dispute.get("reason"), longest=100) or NO_REASON,
        amount=int(dispute["amount"]),
        returned=int(dispute["amount"]) if status is DisputeStatus.WON else 0,
        currency=dispute["currency"].upper(),
        opened_at=_moment(dispute["created"]),
        changed_at=_moment(max([dispute["created"], *moved])),
    )


def key_of(refund: Mapping[str, Any]) -> str | None:
    """The key of our wish for a refund; None for one that somebody made at Stripe."""
    return said(refund["metadata"].get(PAYMENT_KEY), longest=100) or None


def is_of(refund: Mapping[str, Any], wish: RefundWish) -> bool:
    """Whether a refund was made for this wish."""
    return key_of(refund) == wish.key


def payment_of(movement: Movement) -> str | None:
    """The payment that a movement of the account's balance is about; None for one that is about none of them."""
    about = movement.charge or movement.refund or movement.dispute
    return about.payment_intent if about is not None else None


def read_credentials(token: Mapping[str, Any]) -> Credentials:
    """What a permission was good for. It ends only when it is revoked."""
    return Credentials(
        account_id=token["stripe_user_id"],
        access_token=SecretStr(token["access_token"]),
        refresh_token=SecretStr(token["refresh_token"]),
    )


def read_account(account: Mapping[str, Any], *, permitted: bool) -> ExternalAccount:
    """An account. `permitted`: by its owner's permission, without which no commission can be kept back."""
    name = (account.get("business_profile") or {}).get("name")
    return ExternalAccount(
        account_id=account["id"],
        name=name or account.get("email") or account["id"],
        currency=account["default_currency"].upper(),
        can_charge=account["charges_enabled"],
        can_refund=account["charges_enabled"],
        commission_at_source=permitted,
        details_submitted=account["details_submitted"],
    )


def read_subscription(endpoint: Mapping[str, Any]) -> Subscription:
    """A new webhook endpoint: only then Stripe tells its secret."""
    return Subscription(
        subscription_id=endpoint["id"],
        url=endpoint["url"],
        secret=SecretStr(endpoint["secret"]),
        enabled=endpoint["status"] == "enabled",
    )


def read_news(payload: bytes) -> News:
    """Raises SignatureInvalid for what is no event. What a payment is now is asked for: events tell only what was."""
    webhook = read_webhook(payload)
    try:
        subject = {} if webhook.thin else json.loads(payload)["data"]["object"]
        kind = _KINDS.get(str(subject.get("object")), NewsKind.OTHER)
        about = kind is not NewsKind.OTHER
        return News(
            event_id=webhook.event_id,
            type=webhook.type,
            kind=NewsKind.ACCESS_REVOKED if webhook.type == _REVOKED else kind,
            account_id=webhook.account or "",
            created_at=webhook.created_at,
            subject_id=subject["id"] if about else None,
            payment_id=subject["id" if kind is NewsKind.PAYMENT else "payment_intent"] if about else None,
            refund=read_refund(subject) if kind is NewsKind.REFUND else None,
            dispute=_told(read_dispute(subject), webhook.created_at) if kind is NewsKind.DISPUTE else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SignatureInvalid("The body is not an event.") from error


def _told(dispute: ExternalDispute, at: datetime) -> ExternalDispute:
    """An event comes before the movement of what it tells."""
    return replace(dispute, changed_at=max(dispute.changed_at, at))


def _status(intent: Mapping[str, Any], charge: Mapping[str, Any]) -> PaymentStatus:
    """A declined try is told by its charge: the intent waits for the next one."""
    if intent["status"] not in _PAYMENT_STATUSES and charge.get("status") == "failed":
        return PaymentStatus.FAILED
    return _PAYMENT_STATUSES.get(intent["status"], PaymentStatus.PENDING)


def _fee(charge: Mapping[str, Any]) -> int | None:
    """What Stripe kept, without our commission, which is told beside it."""
    transaction = charge.get("balance_transaction")
    if not isinstance(transaction, Mapping):
        return None
    return sum(int(each["amount"]) for each in transaction["fee_details"] if each["type"] == "stripe_fee")


def _moment(seconds: Any) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
