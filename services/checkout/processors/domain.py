"""What an external processor can, takes and says of money: pages, payments, refunds, disputes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from checkout.payments.processors.port import (
    ProcessorBusy,
    ProcessorFailed,
    ProcessorFailure,
    ProcessorRefused,
)

NO_REASON: Final = "unknown"
"""The code of a dispute of which its processor does not say why."""


class CredentialsRefused(ProcessorRefused):
    """The processor does not know these credentials, or not any more: its connection needs new ones."""


class CallOutcome(StrEnum):
    """What a call that failed means for the buyer's money.

    declined: the processor has decided: it was not taken, and will not be
    not_attempted: the call had no effect
    ambiguous: it may have had one; nobody else is asked for the money until that is known
    """

    DECLINED = "declined"
    NOT_ATTEMPTED = "not_attempted"
    AMBIGUOUS = "ambiguous"

    @property
    def charged_by_nobody(self) -> bool:
        """Whether another processor may be asked for the same payment."""
        return self is not CallOutcome.AMBIGUOUS


def outcome_of(failure: ProcessorFailure) -> CallOutcome:
    """What is known after a call that failed; whatever is not known to be harmless is ambiguous."""
    if isinstance(failure, ProcessorRefused):
        return CallOutcome.DECLINED
    if isinstance(failure, ProcessorFailed | ProcessorBusy):
        return CallOutcome.NOT_ATTEMPTED
    return CallOutcome.AMBIGUOUS


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a processor can do.

    commission_at_source: whether our commission can be kept back while the payment is made
    refunds: whether payments can be given back
    partial_refunds: whether a part of one can be
    refundable_for: how long after it was made; None: as long as its buyer's bank takes money back
    pkce: whether its OAuth pages take a code challenge
    test_webhooks: whether it sends a test event when it is asked to
    token_lifetime: how long an access token is good; None: until it is revoked
    list_lag: how late a change may come into its list: a cursor is set back by that much
    refunds_fail_within: how long a refund may still fail without coming into its list again; None: the list has it
    currencies: what it takes at most, ISO 4217; None: each account has its own
    """

    commission_at_source: bool
    refunds: bool
    partial_refunds: bool
    refundable_for: timedelta | None
    pkce: bool
    test_webhooks: bool
    token_lifetime: timedelta | None
    list_lag: timedelta
    refunds_fail_within: timedelta | None
    currencies: frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentWish:
    """What is to be paid on an external processor's page. The same wish again is the same payment.

    key: ours, at most 45 letters, digits and dashes: what tells a repeated call, and the payment in every list
    amount: minor units of `currency`
    currency: ISO 4217, upper case
    commission: what of it is kept back for us at source, minor units; 0 where the processor can't
    title: what the page calls it
    email: where the processor's receipt goes
    success_url: where a buyer who has paid is sent
    cancel_url: where one who turns back is sent, as far as the page offers that
    """

    key: str
    amount: int
    currency: str
    commission: int = 0
    title: str
    email: str
    success_url: str
    cancel_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalPage:
    """Where a buyer pays.

    page_id: the processor's id of it
    url: its address
    expires_at: when it ends by itself, as far as the processor says so
    """

    page_id: str
    url: str
    expires_at: datetime | None = None


class PaymentStatus(StrEnum):
    """Where an external payment stands: only a completed one is money."""

    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalPayment:
    """A payment at an external processor, whoever asked for it.

    payment_id: the processor's id of it
    key: ours, where we asked for it; None: it was made elsewhere
    status: where it stands
    amount: what was asked for, minor units of `currency`
    refunded: what was given back of it so far, minor units
    currency: ISO 4217, upper case
    commission: what was kept back for us at source, less what of it went back with refunds; minor units
    fee: what the processor kept for itself, minor units; None while it does not say
    created_at: when it was made, by the processor's clock
    updated_at: when it changed last, by the same
    """

    payment_id: str
    key: str | None
    status: PaymentStatus
    amount: int
    refunded: int
    currency: str
    commission: int
    fee: int | None
    created_at: datetime
    updated_at: datetime


class PageStatus(StrEnum):
    """Whether a page can still be paid. `approved`: its buyer agreed, and `complete` takes the money."""

    OPEN = "open"
    APPROVED = "approved"
    PAID = "paid"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """What became of a payment page.

    status: whether it can be paid
    payment: what was paid on it, or tried last; None: nobody has
    """

    status: PageStatus
    payment: ExternalPayment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundWish:
    """Money that is to go back. The same wish again gives nothing more back.

    key: ours, as that of a payment
    payment_id: the processor's id of the payment
    amount: minor units of `currency`
    currency: the payment's
    commission: what of our commission goes back with it, minor units
    reason: a sentence for the account's owner
    """

    key: str
    payment_id: str
    amount: int
    currency: str
    commission: int = 0
    reason: str


class RefundStatus(StrEnum):
    """Where a refund stands."""

    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalRefund:
    """Money that an external processor gives back.

    refund_id: the processor's id of it
    payment_id: that of the payment
    status: where it stands
    amount: minor units of `currency`
    currency: ISO 4217, upper case
    """

    refund_id: str
    payment_id: str
    status: RefundStatus
    amount: int
    currency: str


class DisputeStatus(StrEnum):
    """Where a dispute stands. `inquiry`: the bank only asks, or has asked, and no money was withdrawn."""

    INQUIRY = "inquiry"
    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalDispute:
    """Money that the bank of whoever paid takes back.

    dispute_id: the processor's id of it
    payment_id: that of the payment
    status: where it stands
    code: why, in the processor's word
    amount: what the bank asks for, or has taken, minor units of `currency`
    returned: what of it came back, minor units
    currency: ISO 4217, upper case
    opened_at: when it began, by the processor's clock
    changed_at: when it came to stand so, by the same, as far as it says that
    """

    dispute_id: str
    payment_id: str
    status: DisputeStatus
    code: str
    amount: int
    returned: int = 0
    currency: str
    opened_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPayments:
    """A page of an account's payments, those that changed first at the beginning; pages come in any order.

    payments: what is on it
    disputes: those that changed, each of a payment that is on it, too, where that can be read
    after: where the next page goes on; None at the end of the list
    tells_disputes: whether the processor lets us see the account's disputes
    """

    payments: tuple[ExternalPayment, ...]
    disputes: tuple[ExternalDispute, ...] = ()
    after: str | None
    tells_disputes: bool = True
