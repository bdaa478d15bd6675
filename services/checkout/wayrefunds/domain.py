"""Refunds of what a way took, as values, and what may go back. Pure; amounts are minor units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from chassis.backoff import doubled
from chassis.money import Money, share_of
from chassis.tokens import Role
from checkout.payments.domain import Charge, amount_text
from checkout.processors.domain import Abilities, ExternalRefund, RefundStatus, RefundWish
from checkout.routing.domain import Way
from checkout.transactions.domain import ExternalTransaction
from checkout.wayrefunds.errors import WayRefundImpossible, WayRefundTooLarge
from events import ConnectionStatus

_PPM_OF_A_PERCENT: Final = 10_000
_SHUT: Final = frozenset({ConnectionStatus.ERROR, ConnectionStatus.EXPIRED, ConnectionStatus.REVOKED})
_FIRST_PAUSE: Final = timedelta(seconds=2)
_LONGEST_PAUSE: Final = timedelta(minutes=5)


class WayRefundCause(StrEnum):
    """Why money goes back: a person asks for it, it came for what was paid or cancelled already, or somebody has given
    it back at the processor.
    """

    REQUESTED = "requested"
    SURPLUS = "surplus"
    OUTSIDE = "outside"


class WayRefundState(StrEnum):
    """Where a refund stands.

    due ──► pending ──► done ──► failed
     │         └──────► failed
     └────► refused

    due: the processor has not decided; pending: it has taken it on; failed: the money did not arrive, or came back
    """

    DUE = "due"
    PENDING = "pending"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


# What a processor has not decided.
OPEN: Final = frozenset({WayRefundState.DUE, WayRefundState.PENDING})
_STATES: Final = {
    RefundStatus.PENDING: WayRefundState.PENDING,
    RefundStatus.COMPLETED: WayRefundState.DONE,
    RefundStatus.FAILED: WayRefundState.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WayPayment:
    """A payment that somebody took, and what is left of it.

    way: who took it
    payment_id: the processor's id of it
    provider_id: whose it is
    appointment_id, order_id: what it paid for here
    amount: what was paid
    refunded: what went back of it, whoever asked for that
    commission: what of it the processor still keeps for us
    commission_ppm: the rate of all our commission on it, in millionths; 0 where the platform took it
    currency: ISO 4217
    paid_at: when it was made, by the processor's clock
    """

    way: Way
    payment_id: str
    provider_id: int
    appointment_id: int | None
    order_id: UUID | None
    amount: int
    refunded: int
    commission: int
    commission_ppm: int
    currency: str
    paid_at: datetime

    @property
    def processor(self) -> str:
        """Who has the money."""
        return self.way.processor


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedBack:
    """What was asked back of a payment already.

    open: what the processor has not decided, or not done
    done: what it has given back, whoever asked for it
    """

    open: int = 0
    done: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeseenRefund:
    """What a refund would come to.

    payment: of which payment
    left: what of it can be given back
    amount: how much would go back
    account: where the account stands through which it would; None: our own
    """

    payment: WayPayment
    left: int
    amount: int
    account: ConnectionStatus | None

    @property
    def commission(self) -> int:
        """What of our commission the processor would give back with it."""
        return commission_back(self.payment, self.amount)

    @property
    def credit(self) -> int:
        """What of our commission would be a credit on the next collection."""
        rate = Decimal(self.payment.commission_ppm) / _PPM_OF_A_PERCENT
        return max(0, share_of(self.amount, rate) - self.commission)

    @property
    def waits(self) -> bool:
        """Whether it would be due for as long as the account lets nobody in."""
        return self.account in _SHUT


@dataclass(frozen=True, slots=True, kw_only=True)
class WayRefund:
    """Money that goes back.

    refund_id: its id, and the key of its wish
    way, payment_id, provider_id, appointment_id, order_id, currency: the payment
    amount: how much
    commission: what of our commission goes back with it
    cause: why, as a code
    reason: why, as a sentence
    requested_by: who asked for it; None for one that was due by itself
    by_provider: whether that was somebody of the provider's, and none of the platform's staff
    state: where it stands
    processor_refund_id: the processor's id of it; None until it has taken it on
    refusal: its code for why it will not, or could not; None while it has not said so
    last_error: what stood in the way the last time
    tries: how often somebody went on with it
    created_at: when it was asked for
    settled_at: when the processor was done with it
    """

    refund_id: UUID
    way: Way
    payment_id: str
    provider_id: int
    appointment_id: int | None
    order_id: UUID | None
    amount: int
    currency: str
    commission: int
    cause: WayRefundCause
    reason: str
    requested_by: str | None
    by_provider: bool = False
    state: WayRefundState = WayRefundState.DUE
    processor_refund_id: str | None = None
    refusal: str | None = None
    last_error: str | None = None
    tries: int = 0
    created_at: datetime
    settled_at: datetime | None = None

    def asked_by(self, reader: str) -> str | None:
        """Who asked for it, as a role may see it: of the platform's staff a provider sees no address."""
        hidden = reader == Role.PROVIDER and self.requested_by is not None and not self.by_provider
        return "staff" if hidden else self.requested_by

    @property
    def is_orders_own(self) -> bool:
        """Whether a person asked for it at an order: refunds/ tells of it, with its seats."""
        return self.order_id is not None and self.cause is WayRefundCause.REQUESTED

    @property
    def wish(self) -> RefundWish:
        """What the processor is asked for: each time the same."""
        return RefundWish(
            key=str(self.refund_id),
            payment_id=self.payment_id,
            amount=self.amount,
            currency=self.currency,
            commission=self.commission,
            reason=self.reason,
        )


def charge_of(payment: WayPayment | ExternalTransaction) -> Charge:
    """A payment at a provider's processor, as a charge of its order."""
    return Charge(
        processor=payment.processor,
        charge_id=payment.payment_id,
        payment_intent=payment.payment_id,
        order_id=payment.order_id,
        metadata={},
        amount=payment.amount,
        refunded=payment.refunded,
        currency=payment.currency,
        method=None,
    )


def left_of(payment: WayPayment, asked: AskedBack) -> int:
    """What can still go back: others may have given some of it back, too."""
    return max(0, payment.amount - asked.open - max(payment.refunded, asked.done))


def settle_amount(
    payment: WayPayment, asked: AskedBack, wanted: int | None, abilities: Abilities, *, now: datetime
) -> int:
    """How much goes back; `wanted`: None for all that is left. Raises the conditions of errors.py."""
    _require_able(payment, abilities, now)
    left = left_of(payment, asked)
    amount = left if wanted is None else wanted
    if not 0 < amount <= left:
        said = f"{amount_text(left, payment.currency)} can still be given back."
        raise WayRefundTooLarge(said, extra={"left": str(Money(left, payment.currency).major())})
    if amount < payment.amount and not abilities.partial_refunds:
        raise WayRefundImpossible(f"{payment.way.processor} gives back the whole payment only.")
    return amount


def commission_back(payment: WayPayment, amount: int) -> int:
    """What of our commission goes back with an amount: its share of what is left of both, a part of a unit less."""
    left = payment.amount - payment.refunded
    return payment.commission * amount // left if left else 0


def state_of(given: ExternalRefund) -> WayRefundState:
    """Where a refund stands by its processor's word."""
    return _STATES[given.status]


def ask_again_after(tries: int) -> timedelta:
    """How long a processor is left alone that has not decided: longer each time."""
    return doubled(_FIRST_PAUSE, tries, longest=_LONGEST_PAUSE)


def _require_able(payment: WayPayment, abilities: Abilities, now: datetime) -> None:
    processor = payment.way.processor
    if not abilities.refunds:
        raise WayRefundImpossible(f"{processor} gives no payments back.")
    longest = abilities.refundable_for
    if longest is not None and now - payment.paid_at > longest:
        raise WayRefundImpossible(f"{processor} gives payments back within {longest.days} days.")
