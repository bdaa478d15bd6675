"""Stripe's JSON and ours: what a session is asked with, and what counts of the objects that come back. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from stripe._encode import _api_encode
from stripe.params import RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from chassis.clock import utc_text
from chassis.texts import said
from checkout.payments.domain import Charge, Decline, Dispute, ProcessorRefund, Session
from checkout.payments.processors.port import GivenBack, Item, Listed, Sale, Stretch

NAME: Final = "stripe"
_LONGEST: Final = 500
# How the states of a dispute begin while the bank only asks: no money is withdrawn.
_INQUIRY: Final = "warning_"
# States of a payment that was under way, and whose money will not come.
_NO_LONGER_COMING: Final = frozenset({"requires_payment_method", "canceled"})
# The most that Stripe puts on one page of a list.
PAGE: Final = 100
# States of a refund whose money came back to us.
_DID_NOT_ARRIVE: Final = frozenset({"failed", "canceled"})
# Methods of which Stripe says hours or days later whether the money came.
DELAYED_METHODS: Final = (
    "acss_debit",
    "au_becs_debit",
    "bacs_debit",
    "boleto",
    "customer_balance",
    "konbini",
    "multibanco",
    "nz_bank_account",
    "oxxo",
    "payto",
    "sepa_debit",
    "sofort",
    "us_bank_account",
)
# In which its pages speak; for any other language they go by the browser.
_SPOKEN: Final = (
    "bg cs da de el en es et fi fil fr hr hu id it ja ko lt lv ms mt nb nl pl pt ro ru sk sl sv th tr vi zh"
)
_LANGUAGES: Final = frozenset(_SPOKEN.split())
_BUYERS_FAULT: Final = frozenset(
    {
        "card_declined",
        "expired_card",
        "incorrect_cvc",
        "incorrect_number",
        "insufficient_funds",
        "invalid_cvc",
        "invalid_expiry_month",
        "invalid_expiry_year",
        "invalid_number",
        "payment_intent_authentication_failure",
        "payment_intent_payment_attempt_failed",
    }
)


def session_parameters(sale: Sale) -> SessionCreateParams:
    """Inline prices: nothing has to be made in Stripe's dashboard. The metadata is C-1's, on the payment too.

    Of a lost order (L-9) it also tells when it was placed, the number that its buyer knows, and the code of its price.
    """
    metadata = {
        "cityId": sale.city_id,
        "ticketType": sale.tier.upper(),
        "quantity": str(sale.quantity),
        "orderId": sale.order_id,
        "orderNumber": sale.number,
        "placedAt": utc_text(sale.placed_at),
        **({"discountCode": sale.code} if sale.code else {}),
    }
    parameters: SessionCreateParams = {
        "mode": "payment",
        "client_reference_id": sale.order_id,
        "customer_email": sale.email,
        "line_items": [
            {
                "quantity": sale.quantity,
                "price_data": {
                    "currency": sale.currency.lower(),
                    "unit_amount": sale.unit_price,
                    "product_data": {"name": sale.title, "description": sale.note}
                    if sale.note
                    else {"name": sale.title},
                },
            }
        ],
        "custom_text": {"submit": {"message": sale.promise}},
        "locale": sale.language if sale.language in _LANGUAGES else "auto",
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "success_url": sale.success_url,
        "cancel_url": sale.cancel_url,
        "expires_at": sale.expires_at,
    }
    if not sale.delayable:
        parameters["excluded_payment_method_types"] = list(DELAYED_METHODS)
    return parameters


def refund_parameters(payment_intent: str, *, refund_id: UUID, amount: int, duplicate: bool) -> RefundCreateParams:
    """A refund; our own id goes with it. The charge comes back with the answer, for its total."""
    return {
        "payment_intent": payment_intent,
        "amount": amount,
        "reason": "duplicate" if duplicate else "requested_by_customer",
        "metadata": {"refundId": str(refund_id)},
        "expand": ["charge"],
    }


def read_refund(found: Mapping[str, Any]) -> GivenBack:
    """A refund with its charge, from Stripe's JSON; raises KeyError, TypeError or ValueError when it isn't one."""
    total = int(found["charge"]["amount_refunded"])
    return GivenBack(refund_id=str(found["id"]), total=total, failure=_failure(found))


def read_processor_refund(found: Mapping[str, Any]) -> ProcessorRefund:
    """A refund by itself, from Stripe's JSON; raises KeyError, TypeError or ValueError when it isn't one."""
    return ProcessorRefund(
        processor=NAME,
        refund_id=str(found["id"]),
        payment_intent=_id(found.get("payment_intent")),
        amount=int(found["amount"]),
        failure=_failure(found),
        ours=refund_id_of(found) is not None,
    )


def read_balance(found: Mapping[str, Any]) -> Mapping[str, int]:
    """What is available of each currency, which Stripe writes in lower case."""
    return {str(each["currency"]).upper(): int(each["amount"]) for each in found.get("available") or ()}


def refund_id_of(found: Mapping[str, Any]) -> str | None:
    """Our own id of a refund; None for one that we did not make."""
    return (found.get("metadata") or {}).get("refundId")


def encode(parameters: Mapping[str, Any]) -> str:
    """Stripe's form encoding, by the SDK: what is stored and sent, byte for byte the same each time."""
    return urlencode(list(_api_encode(parameters)))


def read_session(found: Mapping[str, Any]) -> Session:
    """A session from Stripe's JSON; raises KeyError, TypeError or ValueError when it isn't one."""
    details = found.get("customer_details") or {}
    address = details.get("address") or {}
    metadata = _metadata(found)
    return Session(
        processor=NAME,
        session_id=found["id"],
        url=found.get("url"),
        status=found.get("status") or "",
        payment_status=found.get("payment_status") or "unpaid",
        amount=int(found.get("amount_total") or 0),
        currency=str(found.get("currency") or "").upper(),
        live_mode=bool(found.get("livemode")),
        created=datetime.fromtimestamp(int(found["created"]), UTC),
        expires_at=datetime.fromtimestamp(int(found["expires_at"]), UTC) if found.get("expires_at") else None,
        payment_intent=_id(found.get("payment_intent")),
        order_id=order_id_of(metadata),
        metadata=metadata,
        name=_said(details.get("name")),
        email=_said(details.get("email")),
        phone=_said(details.get("phone")),
        country=_said(address.get("country")),
        region=_said(address.get("state")),
        paid_at=_taken_at(found),
        payment_failed=_intent(found).get("status") in _NO_LONGER_COMING,
        refunded=int(_charge_of(found).get("amount_refunded") or 0),
    )


def listing_parameters(made: Stretch, *, after: str | None, **filters: object) -> str:
    """The query of one page of a list."""
    created = {"gte": int(made.since.timestamp()), "lte": int(made.until.timestamp())}
    return encode({"limit": PAGE, "created": created, **filters, **({"starting_after": after} if after else {})})


def read_page(found: Mapping[str, Any], read: Callable[[Mapping[str, Any]], Item]) -> Listed[Item]:
    """A page of a list, each of its objects read; the next page goes on after its last one."""
    objects = found.get("data") or ()
    return Listed(
        items=[read(each) for each in objects],
        after=str(objects[-1]["id"]) if objects and found.get("has_more") else None,
    )


def read_charge(found: Mapping[str, Any]) -> Charge:
    """A charge from Stripe's JSON; raises KeyError, TypeError or ValueError when it isn't one."""
    metadata = _metadata(found)
    return Charge(
        processor=NAME,
        charge_id=found["id"],
        payment_intent=_id(found.get("payment_intent")),
        order_id=order_id_of(metadata),
        metadata=metadata,
        amount=int(found["amount"]),
        refunded=int(found.get("amount_refunded") or 0),
        currency=str(found.get("currency") or "").upper(),
        method=_method(found.get("payment_method_details") or {}),
    )


def read_decline(found: Mapping[str, Any]) -> Decline:
    """A declined try from a payment intent; raises KeyError, TypeError or ValueError when it isn't one."""
    error = found.get("last_payment_error") or {}
    code = _said(error.get("code")) or ""
    charge = error.get("charge") or found.get("latest_charge") or f"{found['id']} {_id(error.get('payment_method'))}"
    return Decline(
        processor=NAME,
        charge_id=str(charge if isinstance(charge, str) else charge["id"]),
        order_id=order_id_of(found.get("metadata") or {}),
        amount=int(found["amount"]),
        currency=str(found["currency"]).upper(),
        code=_said(error.get("decline_code")) or code or "declined",
        buyers_fault=code in _BUYERS_FAULT,
        card=_card(error.get("payment_method")),
    )


def read_dispute(found: Mapping[str, Any]) -> Dispute:
    """A dispute from Stripe's JSON; raises KeyError, TypeError or ValueError when it isn't one.

    One that ended as a warning only is won; another status leaves it open.
    """
    status = str(found.get("status") or "")
    return Dispute(
        processor=NAME,
        dispute_id=found["id"],
        payment_intent=_id(found.get("payment_intent")),
        code=_said(found.get("reason")) or "unknown",
        amount=int(found["amount"]),
        currency=str(found.get("currency") or "").upper(),
        inquiry=status.startswith(_INQUIRY),
        won=status != "lost" if status in {"won", "lost", "warning_closed"} else None,
    )


def order_id_of(metadata: Mapping[str, str]) -> UUID | None:
    """The order that a payment was made for; None when its metadata names none that can be ours."""
    try:
        return UUID(metadata["orderId"])
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def _failure(refund: Mapping[str, Any]) -> str | None:
    """One that was cancelled brings the money back as one that failed."""
    status = refund.get("status")
    return (_said(refund.get("failure_reason")) or str(status)) if status in _DID_NOT_ARRIVE else None


def _intent(session: Mapping[str, Any]) -> Mapping[str, Any]:
    """A session's payment intent where it was expanded."""
    found = session.get("payment_intent")
    return found if isinstance(found, Mapping) else {}


def _charge_of(session: Mapping[str, Any]) -> Mapping[str, Any]:
    """The newest charge of a session, where it was expanded."""
    found = _intent(session).get("latest_charge")
    return found if isinstance(found, Mapping) else {}


def _taken_at(session: Mapping[str, Any]) -> datetime | None:
    charge = _charge_of(session)
    if session.get("payment_status") != "paid" or not charge:
        return None
    return datetime.fromtimestamp(int(charge["created"]), UTC)


def _method(details: Mapping[str, Any]) -> str | None:
    """The method's type; a wallet's name where the card came out of one."""
    wallet = (details.get("card") or {}).get("wallet") or {}
    return _said(wallet.get("type")) or _said(details.get("type"))


def _metadata(found: Mapping[str, Any]) -> dict[str, str]:
    given = dict(found.get("metadata") or {})
    return {name: _said(value) or "" for name, value in given.items()}


def _said(value: object) -> str | None:
    """What buyers typed at Stripe, or Stripe says, cleaned as what they type here; None when nothing is left of it."""
    return said(value, longest=_LONGEST) or None


def _id(found: Any) -> str | None:
    """An object's id, whether it was expanded or not."""
    return found.get("id") if isinstance(found, Mapping) else found


def _card(method: object) -> tuple[str, str] | None:
    """The fingerprint and the last digits of a payment method that is a card."""
    found = method.get("card") if isinstance(method, Mapping) else None
    if not isinstance(found, Mapping) or _said(found.get("fingerprint")) is None:
        return None
    return str(found["fingerprint"]), str(found.get("last4") or "")
