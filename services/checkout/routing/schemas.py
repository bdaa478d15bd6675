"""What routing is asked over the API, and how it answers (P-3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Self
from uuid import UUID

from pydantic import Field

from chassis.http.exact import Decimals, SnakeBody, SnakeOut
from chassis.money import Money
from checkout.providers.domain import MOST_ID
from checkout.routing.domain import (
    CheckedRule,
    Decision,
    EstimatedFees,
    KeptDecision,
    PaymentOption,
    Routed,
    RoutingFault,
    RoutingQuestion,
    RoutingStep,
    Rule,
    Way,
)
from checkout.routing.errors import PaymentRoutingFailed
from config.values import Currency

_SAMPLE: Decimal = Decimal(100)


class RouteIn(SnakeBody):
    """A payment that somebody is to take: of an appointment, or of an order."""

    appointment_id: int | None = Field(None, ge=1, le=MOST_ID)
    order: UUID | None = None
    amount: Decimals
    currency: Currency | None = Field(None, description="ISO 4217; the installation's by default")
    provider: int | None = Field(None, ge=1, le=MOST_ID, description="whose payment; an appointment says it by itself")


class DryRunIn(SnakeBody):
    """A payment that might be; what is left out is a sample."""

    appointment_id: int | None = Field(None, ge=1, le=MOST_ID)
    order: UUID | None = None
    amount: Decimals = Field(_SAMPLE, description="100 by default")
    currency: Currency | None = Field(None, description="ISO 4217; the installation's by default")
    provider: int | None = Field(None, ge=1, le=MOST_ID, description="without, one who has set nothing")


class RuleOut(SnakeOut):
    """A rule that was looked at."""

    rule: Rule
    outcome: str = Field(description="what it came to, as a code")
    values: dict[str, str | int] = Field(description="what it was decided on; amounts in minor units")


class WayOut(SnakeOut):
    """Somebody who takes a payment."""

    decision: Decision
    processor: str
    connection_id: int | None


class FeesOut(SnakeOut):
    """What a payment is expected to cost."""

    processor: Decimals | None = Field(description="what the processor keeps; null where fees.yaml doesn't say")
    commission: Decimals = Field(description="what the platform keeps")

    @classmethod
    def of(cls, fees: EstimatedFees, currency: str) -> Self:
        kept = Money(fees.processor, currency).major() if fees.processor is not None else None
        return cls(processor=kept, commission=Money(fees.commission, currency).major())


class RoutedOut(SnakeOut):
    """Who takes a payment."""

    decision: Decision
    processor: str
    connection_id: int | None
    provider: int | None
    amount: Decimals
    currency: str
    why: list[RuleOut] = Field(description="every rule that was looked at, in its order")
    estimated_fees: FeesOut
    fallback: list[WayOut] = Field(description="who takes it instead, once the one before has failed")
    decision_id: UUID | None = Field(None, description="of a decision that is kept; null of a look")

    @classmethod
    def of(
        cls, question: RoutingQuestion, routed: Routed, fees: EstimatedFees, *, decision_id: UUID | None = None
    ) -> Self:
        """Raises PaymentRoutingFailed where nobody can take it."""
        way = routed.way
        if way is None:
            raise failure(routed, decision_id)
        return cls(
            decision=way.decision,
            processor=way.processor,
            connection_id=way.connection_id,
            provider=question.provider_id,
            amount=Money(question.amount, question.currency).major(),
            currency=question.currency,
            why=rules(routed.why),
            estimated_fees=FeesOut.of(fees, question.currency),
            fallback=[WayOut.model_validate(each) for each in routed.fallback],
            decision_id=decision_id,
        )


class StepOut(SnakeOut):
    """What was done about a way of a decision."""

    at: datetime
    decision: Decision
    processor: str
    connection_id: int | None
    step: str = Field(description="as a code, such as declined: then the next way was taken")
    reason: str | None

    @classmethod
    def of(cls, done: RoutingStep) -> Self:
        """As it was kept."""
        way = done.way
        return cls(
            at=done.at,
            decision=way.decision,
            processor=way.processor,
            connection_id=way.connection_id,
            step=done.step,
            reason=done.reason,
        )


class DecisionOut(SnakeOut):
    """A decision that was kept."""

    decision_id: UUID
    at: datetime
    provider: int
    appointment_id: int | None
    order: UUID | None
    amount: Decimals
    currency: str
    decision: Decision | None = Field(description="null where nobody could take it")
    processor: str | None
    connection_id: int | None
    rule: Rule | None = Field(description="at fault, where nobody could take it")
    cause: str | None
    why: list[RuleOut]
    estimated_fees: FeesOut
    fallback: list[WayOut]
    asked_by: str
    steps: list[StepOut] = Field(description="what was done about it since, the first at the beginning")

    @classmethod
    def of(cls, kept: KeptDecision, steps: Sequence[RoutingStep]) -> Self:
        """A decision with what was done about it."""
        way, fault = kept.routed.way, kept.routed.fault
        taker: Way | RoutingFault | None = way or fault
        return cls(
            decision_id=kept.decision_id,
            at=kept.at,
            provider=kept.provider_id,
            appointment_id=kept.appointment_id,
            order=kept.order_id,
            amount=Money(kept.amount, kept.currency).major(),
            currency=kept.currency,
            decision=way.decision if way else None,
            processor=taker.processor if taker else None,
            connection_id=taker.connection_id if taker else None,
            rule=fault.rule if fault else None,
            cause=fault.cause if fault else None,
            why=rules(kept.routed.why),
            estimated_fees=FeesOut.of(kept.fees, kept.currency),
            fallback=[WayOut.model_validate(each) for each in kept.routed.fallback],
            asked_by=kept.asked_by,
            steps=[StepOut.of(each) for each in steps],
        )


class DecisionPage(SnakeOut):
    """A page of decisions."""

    data: list[DecisionOut]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null at the end")


class OptionOut(SnakeOut):
    """A way in which a payment may be taken."""

    decision: Decision
    processor: str
    connection_id: int | None
    available: bool
    cause: str | None = Field(description="why it is not available, as a code")


class OptionsOut(SnakeOut):
    """The ways in which payments may be taken."""

    provider: int | None
    options: list[OptionOut]

    @classmethod
    def of(cls, provider: int | None, options: Sequence[PaymentOption]) -> Self:
        shown = [
            OptionOut(
                decision=each.way.decision,
                processor=each.way.processor,
                connection_id=each.way.connection_id,
                available=each.cause is None,
                cause=each.cause,
            )
            for each in options
        ]
        return cls(provider=provider, options=shown)


def rules(why: Sequence[CheckedRule]) -> list[RuleOut]:
    """As they are shown."""
    return [RuleOut(rule=each.rule, outcome=each.outcome, values=dict(each.values)) for each in why]


def failure(routed: Routed, decision_id: UUID | None) -> PaymentRoutingFailed:
    """The refusal for a payment that nobody can take."""
    fault = routed.fault
    assert fault is not None  # noqa: S101 a decision has a way or a fault
    at_fault = f"connection {fault.connection_id} ({fault.processor})" if fault.connection_id else f"rule {fault.rule}"
    extra: dict[str, object] = {
        "rule": fault.rule.value,
        "cause": fault.cause,
        "connection_id": fault.connection_id,
        "processor": fault.processor,
        "decision_id": str(decision_id) if decision_id else None,
        "why": [each.model_dump(mode="json") for each in rules(routed.why)],
    }
    return PaymentRoutingFailed(f"Nobody can take this payment: {at_fault}, {fault.cause}.", extra=extra)
