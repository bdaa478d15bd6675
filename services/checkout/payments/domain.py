from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

_LONGEST_PAUSE: Final = timedelta(seconds=30)
# Of an outage of hours: a duration has an end.
_MOST_DOUBLINGS: Final = 10


class AttemptState(StrEnum):
    """Where a try to have an order paid stands.

    creating ──► open ──► complete ──► paid
       │          │ └──────────────────►▲
       ▼          ▼            └──► failed
    abandoned  expired
    """

    CREATING = "creating"
    OPEN = "open"
    COMPLETE = "complete"
    PAID = "paid"
    EXPIRED = "expired"
    FAILED = "failed"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A try to have an order paid. `parameters` are the call's exact bytes as text: it can be repeated as it was."""

    attempt_id: UUID
    order_id: UUID
    processor: str
    idempotency_key: str
    parameters: str
    amount: int
    currency: str
    state: AttemptState
    expires_at: datetime
    session_id: str | None
    session_url: str | None
    traceparent: str | None
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What counts of a Checkout Session. `amount` in minor units, `currency` in upper case, as ours are."""

    session_id: str
    url: str | None
    status: str
    payment_status: str
    amount: int
    currency: str
    live_mode: bool
    created: datetime
    payment_intent: str | None
    order_id: UUID | None
    metadata: Mapping[str, str]
    name: str | None
    email: str | None
    phone: str | None
    country: str | None
    region: str | None

    @property
    def paid(self) -> bool:
        """Stripe: everything but `unpaid` is paid, a total of nothing too (`no_payment_required`)."""
        return self.status == "complete" and self.payment_status != "unpaid"

    @property
    def pending(self) -> bool:
        """Complete, but the money of a delayed method is not here."""
        return self.status == "complete" and self.payment_status == "unpaid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What counts of a charge. `refunded` is the total given back so far, in minor units."""

    charge_id: str
    payment_intent: str | None
    order_id: UUID | None
    amount: int
    refunded: int
    currency: str
    method: str | None


def pause_after(tries: int) -> timedelta:
    """How long an attempt rests after a call that the processor did not do: 1 s, doubling, 30 s at most."""
    return min(timedelta(seconds=2 ** min(tries, _MOST_DOUBLINGS)), _LONGEST_PAUSE)


def read_session(found: Mapping[str, Any]) -> Session:
    """A session from Stripe's JSON; raises KeyError, TypeError or ValueError when it isn't one."""
    details = found.get("customer_details") or {}
    address = details.get("address") or {}
    metadata = dict(found.get("metadata") or {})
    return Session(
        session_id=found["id"],
        url=found.get("url"),
        status=found.get("status") or "",
        payment_status=found.get("payment_status") or "unpaid",
        amount=int(found.get("amount_total") or 0),
        currency=str(found.get("currency") or "").upper(),
        live_mode=bool(found.get("livemode")),
        created=datetime.fromtimestamp(int(found["created"]), UTC),
        payment_intent=_id(found.get("payment_intent")),
        order_id=order_id_of(metadata),
        metadata=metadata,
        name=details.get("name"),
        email=details.get("email"),
        phone=details.get("phone"),
        country=address.get("country"),
        region=address.get("state"),
    )


def read_charge(found: Mapping[str, Any]) -> Charge:
    """A charge from Stripe's JSON; raises KeyError, TypeError or ValueError when it isn't one."""
    details = found.get("payment_method_details") or {}
    return Charge(
        charge_id=found["id"],
        payment_intent=_id(found.get("payment_intent")),
        order_id=order_id_of(found.get("metadata") or {}),
        amount=int(found["amount"]),
        refunded=int(found.get("amount_refunded") or 0),
        currency=str(found.get("currency") or "").upper(),
        method=_method(details),
    )


def order_id_of(metadata: Mapping[str, str]) -> UUID | None:
    """The order that a payment was made for; None when its metadata names none that can be ours."""
    try:
        return UUID(metadata["orderId"])
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def adopted_order_id(session_id: str) -> UUID:
    """The order of a session that names none: the same session gives the same one (once per session, C-4)."""
    return UUID(bytes=hashlib.sha256(f"session {session_id}".encode()).digest()[:16], version=5)


def _method(details: Mapping[str, Any]) -> str | None:
    """The method's type; a wallet's name where the card came out of one."""
    wallet = (details.get("card") or {}).get("wallet") or {}
    return wallet.get("type") or details.get("type")


def _id(found: Any) -> str | None:
    """An object's id, whether it was expanded or not."""
    return found.get("id") if isinstance(found, Mapping) else found
