"""Questions who takes a payment, and their answers (P-3). Pure; amounts are minor units of their currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from chassis.money import share_of
from checkout.appointments.domain import Appointment
from checkout.providers.domain import PLATFORM, ProviderSettings

_PPM_OF_A_PERCENT: Final = 10_000


class RoutingAction(StrEnum):
    """What a person does about routing, as the audit names it."""

    ROUTED = "payment_routed"
    TESTED = "payment_routing_tested"


class Decision(StrEnum):
    """Who takes a payment."""

    PLATFORM = "platform"
    EXTERNAL = "external"


class Rule(StrEnum):
    """What a decision looks at, in this order."""

    APPOINTMENT_STATE = "appointment_state"
    APPOINTMENT_PRICE = "appointment_price"
    PAYMENT_MODE = "payment_mode"
    CURRENCY = "currency"
    MIN_EXTERNAL_AMOUNT = "min_external_amount"
    MAX_PLATFORM_AMOUNT = "max_platform_amount"
    PREFERRED_ORDER = "preferred_order"
    CONNECTION = "connection"
    FALLBACK = "fallback"
    BUYERS_CHOICE = "buyers_choice"


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule that was looked at.

    rule: which
    outcome: what it came to, as a code: of a connection `usable`, `on_trial`, or why it is not
    values: what it was decided on
    """

    rule: Rule
    outcome: str
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A connection that might take the payment.

    connection_id, processor: which
    issue: why it can't, as a code; None when it can
    on_trial: whether its processor has failed lately, and this payment shows if it works again
    """

    connection_id: int
    processor: str
    issue: str | None = None
    on_trial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingQuestion:
    """A payment that somebody is to take.

    provider_id: whose it is; None for nobody's, in a dry run
    appointment, order_id: what it pays for
    amount, currency: how much
    choice: which way its buyer wants, an external processor's name or `platform`; None: whichever
    """

    provider_id: int | None
    appointment: Appointment | None = None
    order_id: UUID | None = None
    amount: int
    currency: str
    choice: str | None = None

    @classmethod
    def about(cls, appointment: Appointment, *, choice: str | None = None) -> Self:
        """Who takes the price of an appointment."""
        return cls(
            provider_id=appointment.provider_id,
            appointment=appointment,
            amount=appointment.price,
            currency=appointment.currency,
            choice=choice,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Somebody who takes a payment.

    decision: the platform, or an external processor
    processor: which
    connection_id: through which connection; None for the platform
    """

    decision: Decision
    processor: str
    connection_id: int | None = None

    @property
    def name(self) -> str:
        """By which name a buyer chooses it: an external processor's, or the platform's."""
        return PLATFORM if self.decision is Decision.PLATFORM else self.processor


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOption:
    """A way that a provider's payments may take.

    way: which
    cause: why it can take none now, as a code; None when it can
    """

    way: Way
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingFault:
    """Why nobody can take a payment.

    rule: the rule at fault
    cause: what about it, as a code
    processor, connection_id: the connection at fault, where the rule is that one
    """

    rule: Rule
    cause: str
    processor: str | None = None
    connection_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """A decision: a way, or a fault.

    way: who takes the payment; None where nobody can
    fault: why nobody can; None where somebody does
    why: every rule that was looked at, in its order
    fallback: who takes it instead, the first of them once the way has failed, and so on
    """

    way: Way | None = None
    fault: RoutingFault | None = None
    why: tuple[CheckedRule, ...]
    fallback: tuple[Way, ...] = ()

    @property
    def ways(self) -> tuple[Way, ...]:
        """All who may take it, in their order; none where nobody can."""
        return (self.way, *self.fallback) if self.way else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingStep:
    """What was done about a way of a decision.

    at: when
    place: which of its ways, from 0
    way: who was to take the payment
    step: what was done, or what came of it, as a code
    reason: more about it, for people; None where the step says all
    """

    at: datetime
    place: int
    way: Way
    step: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatedFees:
    """What a payment is expected to cost.

    processor: what the processor keeps; None where fees.yaml doesn't say, and where nobody takes it
    commission: what the platform keeps, at once or afterwards
    """

    processor: int | None
    commission: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDecision:
    """A decision as it is kept, so that "why centralized" has an answer.

    decision_id, at: its id, and when it was made
    provider_id, appointment_id, order_id, amount, currency: the question
    routed: the answer
    fees: as they were estimated
    asked_by: who asked
    """

    decision_id: UUID
    at: datetime
    provider_id: int
    appointment_id: int | None
    order_id: UUID | None
    amount: int
    currency: str
    routed: Routed
    fees: EstimatedFees
    asked_by: str


def commission(settings: ProviderSettings, amount: int) -> int:
    """The platform's share of an amount, half a minor unit to even."""
    return share_of(amount, Decimal(settings.commission_ppm) / _PPM_OF_A_PERCENT)
