"""Decides who takes a payment, by settings, amount and the health of connections (P-3). Pure and deterministic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from checkout.appointments.domain import AppointmentState
from checkout.providers.domain import PLATFORM, PaymentMode, ProviderSettings
from checkout.routing.domain import (
    Candidate,
    CheckedRule,
    Decision,
    PaymentOption,
    Routed,
    RoutingFault,
    RoutingQuestion,
    Rule,
    Way,
)

# Of a processor in the preferred order that the provider is not connected to.
NOT_CONNECTED: Final = "not_connected"
USABLE: Final = "usable"
ON_TRIAL: Final = "on_trial"
NO_CONNECTION: Final = "no_connection"


def decide(
    question: RoutingQuestion, settings: ProviderSettings, candidates: Sequence[Candidate], *, platform: str
) -> Routed:
    """Who takes the payment, why, and who takes it instead.

    candidates: the provider's connections, in the order of their ids, one a processor
    platform: the processor through which the platform takes money
    """
    routing = _Routing(question=question, settings=settings, candidates=candidates, platform=platform)
    found = routing.wrong_appointment() or routing.answer()
    if isinstance(found, RoutingFault):
        return Routed(fault=found, why=tuple(routing.why))
    ways = routing.chosen_first(found)
    return Routed(way=ways[0], fallback=ways[1:], why=tuple(routing.why))


@dataclass(slots=True, kw_only=True)
class _Routing:
    """One question; `why` grows with each rule that is looked at."""

    question: RoutingQuestion
    settings: ProviderSettings
    candidates: Sequence[Candidate]
    platform: str
    why: list[CheckedRule] = field(default_factory=list)

    def wrong_appointment(self) -> RoutingFault | None:
        """Why the payment is none for its appointment."""
        appointment, question = self.question.appointment, self.question
        if appointment is None:
            return None
        self._look(Rule.APPOINTMENT_STATE, appointment.state.value)
        if appointment.state is not AppointmentState.BOOKED:
            return RoutingFault(rule=Rule.APPOINTMENT_STATE, cause=appointment.state.value)
        same = (question.amount, question.currency) == (appointment.price, appointment.currency)
        values: dict[str, str | int] = {
            "price": appointment.price,
            "amount": question.amount,
            "currency": appointment.currency,
        }
        self._look(Rule.APPOINTMENT_PRICE, "same" if same else "another", values)
        return None if same else RoutingFault(rule=Rule.APPOINTMENT_PRICE, cause="another")

    def answer(self) -> tuple[Way, ...] | RoutingFault:
        """Who takes it, and behind the first one who takes it instead."""
        own = Way(decision=Decision.PLATFORM, processor=self.platform)
        side = self._side()
        if side is Decision.PLATFORM:
            return (own,)
        ranked = list(self._ranked(external_only=side is Decision.EXTERNAL))
        fallback = self.settings.fallback
        self._look(Rule.FALLBACK, "on" if fallback else "off")
        first = ranked[0] if ranked else None
        if not fallback and first is not None and first.issue is not None:
            return _at_fault(first)
        usable = [each for each in ranked if each is None or each.issue is None]
        if side is Decision.EXTERNAL and fallback:
            usable.append(None)
        if not usable:
            return RoutingFault(rule=Rule.FALLBACK, cause=NO_CONNECTION)
        ways = tuple(own if each is None else _external(each) for each in usable)
        return ways if fallback else ways[:1]

    def chosen_first(self, ways: tuple[Way, ...]) -> tuple[Way, ...]:
        """The way that the buyer wants, where it is one; the rules say which there are."""
        choice = self.question.choice
        if choice is None:
            return ways
        chosen = tuple(each for each in ways if each.name == choice)
        self._look(Rule.BUYERS_CHOICE, "taken" if chosen else "not_possible", {"choice": choice})
        return (*chosen, *(each for each in ways if each not in chosen))

    def _side(self) -> Decision | None:
        """Who has to take the payment; None where either may."""
        mode = self.settings.payment_mode
        self._look(Rule.PAYMENT_MODE, mode.value)
        if mode is not PaymentMode.HYBRID:
            return Decision.PLATFORM if mode is PaymentMode.CENTRALIZED else Decision.EXTERNAL
        if not self._comparable():
            return Decision.PLATFORM
        least, most, amount = self.settings.min_external, self.settings.max_platform, self.question.amount
        if self._beyond(Rule.MIN_EXTERNAL_AMOUNT, "below", least, beyond=amount < least):
            return Decision.PLATFORM
        above = self._beyond(Rule.MAX_PLATFORM_AMOUNT, "above", most, beyond=amount > most)
        return Decision.EXTERNAL if above else None

    def _comparable(self) -> bool:
        """The limits say nothing of an amount in another currency, which the platform can always take."""
        asked, known = self.question.currency, self.settings.currency
        self._look(Rule.CURRENCY, "same" if asked == known else "another", {"currency": asked, "settings": known})
        return asked == known

    def _beyond(self, rule: Rule, outcome: str, limit: int, *, beyond: bool) -> bool:
        self._look(rule, outcome if beyond else "within", {"amount": self.question.amount, "limit": limit})
        return beyond

    def _ranked(self, *, external_only: bool) -> Iterator[Candidate | None]:
        """Who may take it, the preferred first, then the others by the age of their connections; None: the platform."""
        known: dict[str, Candidate | None] = {each.processor: each for each in self.candidates}
        if not external_only:
            known[PLATFORM] = None
        preferred = [each for each in self.settings.preferred if each != PLATFORM or not external_only]
        self._look(Rule.PREFERRED_ORDER, "given" if preferred else "none", {"order": ",".join(preferred)})
        for processor in [*preferred, *(each for each in known if each not in preferred)]:
            if processor not in known:
                self._look(Rule.CONNECTION, NOT_CONNECTED, {"processor": processor})
                continue
            found = known[processor]
            if found is not None:
                values: dict[str, str | int] = {"processor": processor, "connection": found.connection_id}
                self._look(Rule.CONNECTION, found.issue or (ON_TRIAL if found.on_trial else USABLE), values)
            yield found

    def _look(self, rule: Rule, outcome: str, values: Mapping[str, str | int] | None = None) -> None:
        self.why.append(CheckedRule(rule, outcome, values or {}))


def _external(candidate: Candidate) -> Way:
    return Way(decision=Decision.EXTERNAL, processor=candidate.processor, connection_id=candidate.connection_id)


def _at_fault(candidate: Candidate) -> RoutingFault:
    return RoutingFault(
        rule=Rule.CONNECTION,
        cause=candidate.issue or NOT_CONNECTED,
        processor=candidate.processor,
        connection_id=candidate.connection_id,
    )


def options(
    settings: ProviderSettings | None, candidates: Sequence[Candidate], *, platform: str
) -> tuple[PaymentOption, ...]:
    """Who may take payments by these settings, the amount aside; without a provider the platform alone."""
    own = PaymentOption(way=Way(decision=Decision.PLATFORM, processor=platform))
    if settings is None or settings.payment_mode is PaymentMode.CENTRALIZED:
        return (own,)
    external = tuple(PaymentOption(way=_external(each), cause=each.issue) for each in candidates)
    if settings.payment_mode is PaymentMode.DECENTRALIZED and not settings.fallback:
        return external
    return (*external, own)
