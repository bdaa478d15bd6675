"""Payments are routed, for good or for a look (P-3)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Reader, Transaction
from chassis.ids import uuid7
from checkout.providers.domain import ProviderSettings
from checkout.providers.errors import UnknownProvider
from checkout.providers.memory import ProviderMemory
from checkout.routing import store
from checkout.routing.candidates import candidates_of
from checkout.routing.deciding import decide, options
from checkout.routing.domain import (
    CheckedRule,
    EstimatedFees,
    KeptDecision,
    PaymentOption,
    Routed,
    RoutingAction,
    RoutingQuestion,
    RoutingStep,
    Way,
    commission,
)
from config import Fees
from eventbus import Outbox
from events import OrderId, PaymentRouted, RoutingRule


class RoutingService:
    """Says who takes a payment."""

    def __init__(
        self, *, providers: ProviderMemory, fees: Callable[[], Fees], platform: str, outbox: Outbox, clock: Clock
    ) -> None:
        """`fees`: those of fees.yaml, as they are now; `platform`: through which processor the platform takes money."""
        self._providers = providers
        self._fees = fees
        self._platform = platform
        self._outbox = outbox
        self._clock = clock

    async def test(self, reader: Reader, question: RoutingQuestion) -> tuple[Routed, EstimatedFees]:
        """What `route` would say, without a trace; a payment of nobody is one of a provider who has set nothing.

        Raises UnknownProvider.
        """
        settings = self._settings(question)
        candidates = await candidates_of(reader, question.provider_id, now=self._clock.now())
        routed = decide(question, settings, candidates, platform=self._platform)
        return routed, self._estimated(routed, question, settings)

    async def route(
        self, tx: Transaction, provider_id: int, question: RoutingQuestion, *, actor: Actor
    ) -> KeptDecision:
        """The same as `keep`, for a person who asks."""
        kept = await self.keep(tx, provider_id, question, asked_by=actor.name)
        target = audit.target("decision", kept.decision_id)
        await audit.record(tx, RoutingAction.ROUTED, actor=actor, target=target, after=shown(kept.routed))
        return kept

    async def keep(
        self, tx: Transaction, provider_id: int, question: RoutingQuestion, *, asked_by: str
    ) -> KeptDecision:
        """Who takes the payment; kept and told, also where nobody can. Raises UnknownProvider."""
        routed, fees = await self.test(tx, question)
        appointment = question.appointment
        kept = KeptDecision(
            decision_id=uuid7(),
            at=self._clock.now(),
            provider_id=provider_id,
            appointment_id=appointment.appointment_id if appointment else None,
            order_id=question.order_id,
            amount=question.amount,
            currency=question.currency,
            routed=routed,
            fees=fees,
            asked_by=asked_by,
        )
        await store.add(tx, kept)
        await self._outbox.publish(tx, _event(kept))
        return kept

    async def note(
        self, tx: Transaction, decision_id: UUID, way: Way, step: str, *, place: int, reason: str | None = None
    ) -> None:
        """Keeps what was done about a way of a decision."""
        done = RoutingStep(at=self._clock.now(), place=place, way=way, step=step, reason=reason)
        await store.add_step(tx, decision_id, done)

    async def tested(self, tx: Transaction, routed: Routed, *, actor: Actor) -> None:
        """Keeps that a person asked for a look."""
        await audit.record(tx, RoutingAction.TESTED, actor=actor, after=shown(routed))

    async def options(self, reader: Reader, provider_id: int | None) -> tuple[PaymentOption, ...]:
        """Who may take payments of the provider, or of nobody's. Raises UnknownProvider."""
        settings = self._providers.settings(provider_id) if provider_id is not None else None
        candidates = await candidates_of(reader, provider_id, now=self._clock.now())
        return options(settings, candidates, platform=self._platform)

    async def choices(self, reader: Reader, question: RoutingQuestion) -> tuple[PaymentOption, ...]:
        """The ways that a payment may take, the preferred first, then those that can take none now.

        Raises UnknownProvider.
        """
        routed, _ = await self.test(reader, question)
        usable = tuple(PaymentOption(way=each) for each in routed.ways)
        return (*usable, *(each for each in await self.options(reader, question.provider_id) if each.cause))

    def knows(self, provider_id: int) -> bool:
        """Whether there is such a provider."""
        with suppress(UnknownProvider):
            self._providers.settings(provider_id)
            return True
        return False

    def _settings(self, question: RoutingQuestion) -> ProviderSettings:
        if question.provider_id is None:
            return ProviderSettings.default(self._providers.currency)
        return self._providers.settings(question.provider_id)

    def _estimated(self, routed: Routed, question: RoutingQuestion, settings: ProviderSettings) -> EstimatedFees:
        fee = routed.way and self._fees().of(routed.way.processor, question.currency, self._clock.now())
        return EstimatedFees(
            processor=fee.of(question.amount) if fee else None, commission=commission(settings, question.amount)
        )


def shown(routed: Routed) -> dict[str, object]:
    """A decision in a few words."""
    way, fault = routed.way, routed.fault
    if way is not None:
        return {"decision": way.decision.value, "processor": way.processor, "connection": way.connection_id}
    return {"rule": fault.rule.value, "cause": fault.cause, "connection": fault.connection_id} if fault else {}


def _event(kept: KeptDecision) -> PaymentRouted:
    way, fault = kept.routed.way, kept.routed.fault
    taker = way or fault
    return PaymentRouted(
        decision_id=kept.decision_id,
        provider_id=kept.provider_id,
        appointment_id=kept.appointment_id,
        order_id=OrderId(kept.order_id) if kept.order_id else None,
        amount=kept.amount,
        currency=kept.currency,
        decision=way.decision.value if way else None,
        processor=taker.processor if taker else None,
        connection_id=taker.connection_id if taker else None,
        cause=fault.cause if fault else None,
        rules=tuple(map(_rule, kept.routed.why)),
        occurred_at=kept.at,
    )


def _rule(checked: CheckedRule) -> RoutingRule:
    values = {name: str(value) for name, value in checked.values.items()}
    return RoutingRule(rule=checked.rule.value, outcome=checked.outcome, values=values)
