"""Money as values: tries to have an order paid, and what a processor says of sessions, charges and disputes. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from chassis.backoff import doubled
from chassis.ids import uuid7
from chassis.money import Money, is_currency

_FIRST_PAUSE: Final = timedelta(seconds=1)
_LONGEST_PAUSE: Final = timedelta(seconds=30)
_FIRST_LOOK: Final = timedelta(seconds=10)
_LONGEST_LOOK: Final = timedelta(minutes=2)
# Of an outage of hours: a duration has an end.


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
    """A try to have an order paid.

    attempt_id: its id
    order_id: the order
    processor: who is to take the money
    idempotency_key: what the processor tells a repeated call by
    parameters: the call's exact bytes as text: it can be repeated as it was
    amount: what is asked for, minor units of `currency`
    currency: ISO 4217, upper case
    state: how far it is
    expires_at: when the payment page ends at the processor
    session_id: the processor's id of the page, once it is known
    session_url: the page's address, once it is known
    traceparent: the buyer's trace, which its webhooks continue
    tries: how often the sweeper has taken it
    cancel_cause: why the order is cancelled when its page ends, as a code; None: then it expires
    connection_id: the provider's account that takes the money; None: our own
    place: which way of its order's decision it takes, from 0; None where the order has no decision
    """

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
    cancel_cause: str | None = None
    connection_id: int | None = None
    place: int | None = None

    @classmethod
    def found(cls, session: Session, order_id: UUID) -> Attempt:
        """The try that a session at the processor must be of; the call that made it is not known any more."""
        return cls(
            attempt_id=uuid7(),
            order_id=order_id,
            processor=session.processor,
            idempotency_key=session.session_id,
            parameters="",
            amount=session.amount,
            currency=session.currency,
            state=AttemptState.CREATING,
            expires_at=session.expires_at or session.created,
            session_id=None,
            session_url=None,
            traceparent=None,
            tries=0,
        )

    def is_behind(self, session: Session) -> bool:
        """Whether its session, as the processor has it, tells more than is known of it here."""
        if session.pending and not session.payment_failed:
            return self.state is AttemptState.OPEN
        return session.status != "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A payment page, as its processor has it.

    processor: whose page it is
    session_id: the processor's id of it
    url: its address, while it is open
    status: open, complete or expired
    payment_status: whether a complete one is paid, in the processor's words
    amount: what is charged, minor units of `currency`
    currency: ISO 4217, upper case
    live_mode: whether real money is meant
    created: when it was made, by the processor's clock
    expires_at: when it ends, as far as the processor says so
    payment_intent: the processor's id of the payment; a total of nothing has none
    order_id: the order that its metadata names, if it can be ours
    metadata: what we, or an earlier system, wrote down with it
    name: the buyer's name as typed there
    email: the buyer's e-mail address
    phone: the buyer's phone number
    country: of the billing address, two letters
    region: of the billing address
    paid_at: when the money was taken, as far as the processor was asked for it
    payment_failed: whether a delayed method's money will not come, as far as the processor was asked for it
    refunded: how much of it was given back, as far as the processor was asked for it
    connection_id: the provider's account that it is of; None: our own
    """

    processor: str
    session_id: str
    url: str | None
    status: str
    payment_status: str
    amount: int
    currency: str
    live_mode: bool
    created: datetime
    expires_at: datetime | None = None
    payment_intent: str | None
    order_id: UUID | None
    metadata: Mapping[str, str]
    name: str | None
    email: str | None
    phone: str | None
    country: str | None
    region: str | None
    paid_at: datetime | None = None
    payment_failed: bool = False
    refunded: int = 0
    connection_id: int | None = None

    @property
    def paid(self) -> bool:
        """Everything complete but `unpaid` is paid, a total of nothing too (`no_payment_required`)."""
        return self.status == "complete" and self.payment_status != "unpaid"

    @property
    def pending(self) -> bool:
        """Complete, but the money of a delayed method is not here."""
        return self.status == "complete" and self.payment_status == "unpaid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Money taken, as its processor has it.

    processor: who took it
    charge_id: the processor's id of it
    payment_intent: the payment that it belongs to
    order_id: the order that its metadata names, if it can be ours
    metadata: what we, or another shop on the same account, wrote down with it
    amount: what was taken, minor units of `currency`
    refunded: what has been given back of it so far
    currency: ISO 4217, upper case
    method: how the buyer paid; a wallet's name where the card came out of one
    """

    processor: str
    charge_id: str
    payment_intent: str | None
    order_id: UUID | None
    metadata: Mapping[str, str]
    amount: int
    refunded: int
    currency: str
    method: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorRefund:
    """A refund as its processor has it, whoever made it.

    processor: who gives the money back
    refund_id: the processor's id of it
    payment_intent: the payment that it comes out of
    amount: how much, minor units
    failure: why it did not arrive, in the processor's word; None while it is on its way, or there
    ours: whether we made it
    """

    processor: str
    refund_id: str
    payment_intent: str | None
    amount: int
    failure: str | None
    ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentCharge:
    """Money that was taken for an appointment.

    appointment_id: which
    processor, payment_intent: who took it, and its id of the payment
    amount, currency: how much, minor units
    fee: what the processor keeps of it, as far as it says so
    paid_at: when, by the processor's clock
    """

    appointment_id: int
    processor: str
    payment_intent: str
    amount: int
    currency: str
    fee: int
    paid_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """One declined try on an open page.

    processor: who declined it, or heard so from the bank
    charge_id: what tells one try from another
    order_id: the order that its metadata names, if it can be ours
    amount: what was to be taken, minor units of `currency`
    currency: ISO 4217, upper case
    code: why, in the processor's word
    buyers_fault: whether it lay with the card or its holder
    card: the processor's fingerprint of the card's number, and its last digits; None for another way to pay
    """

    processor: str
    charge_id: str
    order_id: UUID | None
    amount: int
    currency: str
    code: str
    buyers_fault: bool
    card: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A payment that its buyer's bank asks back, or asks about.

    processor: who holds the money meanwhile
    dispute_id: the processor's id of it
    payment_intent: the payment
    code: why, in the processor's word
    amount: what is asked back, minor units of `currency`
    currency: ISO 4217, upper case
    inquiry: whether the bank only asks so far, and no money is withdrawn
    won: how it ended for us; None while it is open
    """

    processor: str
    dispute_id: str
    payment_intent: str | None
    code: str
    amount: int
    currency: str
    inquiry: bool
    won: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Money that came to an account at a processor, or left it; of what we don't know, it is none of these.

    movement_id: the processor's id of it
    happened_at: when, by the processor's clock
    charge: what was taken
    refund: what was given back, or came back because it had failed
    dispute: what a bank has taken back, or given up
    """

    movement_id: str
    happened_at: datetime
    charge: Charge | None = None
    refund: ProcessorRefund | None = None
    dispute: Dispute | None = None


def is_ours(metadata: Mapping[str, str]) -> bool:
    """Whether we, or an earlier system, wrote this metadata: one account at a processor can serve several shops.

    A pass is of no type of ticket; an earlier system has sold none, and ours names the order.
    """
    kind = metadata.get("ticketType") or metadata.get("orderId")
    return bool(kind) and all(metadata.get(name) for name in ("cityId", "quantity"))


def amount_text(amount: int, currency: str) -> str:
    """An amount as people read it: `1198.00 USD`."""
    return f"{Money(amount, currency).major()} {currency}" if is_currency(currency) else f"{amount} of no currency"


def pause_after(tries: int) -> timedelta:
    """How long an attempt rests after a call that the processor did not do: 1 s, doubling, 30 s at most."""
    return doubled(_FIRST_PAUSE, tries, longest=_LONGEST_PAUSE)


def look_after(tries: int) -> timedelta:
    """How long an open page rests that nobody tells of by itself: 10 s, doubling, 2 min at most."""
    return doubled(_FIRST_LOOK, tries, longest=_LONGEST_LOOK)


def adopted_order_id(session_id: str) -> UUID:
    """The order of a session that names none: the same session gives the same one (once per session, C-4)."""
    return UUID(bytes=hashlib.sha256(f"session {session_id}".encode()).digest()[:16], version=5)
