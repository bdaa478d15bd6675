"""What staff read of who was to take a payment: the decision with its reasons, and what was done about it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from checkout.connections.domain import ConnectionIssue
from checkout.providers.domain import PLATFORM, PaymentMode
from checkout.routing.deciding import NOT_CONNECTED, ON_TRIAL, USABLE
from checkout.routing.domain import CheckedRule, KeptDecision, RoutingStep, Rule, Way
from checkout.staff.connection_views import ISSUES
from checkout.staff.event_views import EventRow, Marked, joined
from checkout.staff.order_list_views import money_text
from checkout.staff.provider_views import MODES, processor_name
from checkout.takings.domain import Step

STEPS: Final[Mapping[str, Marked]] = MappingProxyType(
    {
        Step.ASKED: ("low", "Asked for a page"),
        Step.BREAKER_OPEN: ("high", "Passed over, since it fails"),
        Step.DECLINED: ("high", "No page: declined"),
        Step.NOT_ATTEMPTED: ("high", "No page: not attempted"),
        Step.UNANSWERED: ("high", "No answer, a page may be open"),
        Step.CANCELLED: ("off", "Its page is closed"),
        Step.OPENED: ("waiting", "Page opened"),
        Step.PAID: ("ok", "Paid"),
        Step.CLOSED: ("off", "Page closed, not paid"),
        Step.SURPLUS: ("high", "Paid once more"),
        Step.MISMATCHED: ("high", "Another amount paid"),
    }
)
_CONNECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        USABLE: "it can take payments",
        ON_TRIAL: "it has failed lately, this payment is a trial",
        NOT_CONNECTED: "no account is connected",
        **{issue: f"{words.why[0].lower()}{words.why[1:]}" for issue, words in ISSUES.items()},
        ConnectionIssue.REVOKED: "the account was disconnected",
    }
)
_OUTCOMES: Final[Mapping[tuple[Rule, str], str]] = MappingProxyType(
    {
        (Rule.APPOINTMENT_PRICE, "another"): "It is not the appointment’s price",
        (Rule.CURRENCY, "another"): "The settings are in another currency",
        (Rule.MIN_EXTERNAL_AMOUNT, "below"): "Below {limit}, the least for an own processor",
        (Rule.MAX_PLATFORM_AMOUNT, "above"): "Above {limit}, the most for the platform",
        (Rule.FALLBACK, "off"): "Nobody else takes over",
        (Rule.BUYERS_CHOICE, "taken"): "The customer wants {choice}",
        (Rule.BUYERS_CHOICE, "not_possible"): "The customer wanted {choice}, which was not possible",
    }
)


def account_text(connection_id: int | None) -> str:
    """Whose account has it, where that is not our own."""
    return f"The provider’s own account, connection {connection_id}" if connection_id is not None else ""


def decision_row(kept: KeptDecision, at: str) -> EventRow:
    """Who is to take it, who takes it instead, and by which rules."""
    ways = [processor_name(way.name) for way in kept.routed.ways]
    return EventRow(
        at=at,
        mark="low" if ways else "high",
        word="Decided" if ways else "Nobody can take it",
        what=", then ".join(ways).replace("then The", "then the"),
        amount=money_text(kept.amount, kept.currency),
        more=joined(*_reasons(kept)),
    )


def step_row(each: RoutingStep, at: str) -> EventRow:
    """What was done about one of its ways."""
    mark, word = STEPS.get(each.step, ("low", each.step.replace("_", " ")))
    return EventRow(at=at, mark=mark, word=word, what=way_text(each.way), more=each.reason or "")


def way_text(way: Way) -> str:
    """Who takes a payment: Square, connection 12; The platform."""
    name = processor_name(way.name)
    return f"{name}, connection {way.connection_id}" if way.connection_id is not None else name


def _reasons(kept: KeptDecision) -> Iterator[str]:
    for rule in kept.routed.why:
        yield _reason(rule, kept.currency)


def _reason(checked: CheckedRule, currency: str) -> str:
    """Empty for what has decided nothing."""
    values = checked.values
    if checked.rule is Rule.PAYMENT_MODE:
        return f"By the settings: {MODES[PaymentMode(checked.outcome)].lower()}"
    if checked.rule is Rule.CONNECTION:
        said = _CONNECTIONS.get(checked.outcome, checked.outcome.replace("_", " "))
        return f"{processor_name(str(values.get('processor', PLATFORM)))}: {said}"
    if checked.rule is Rule.APPOINTMENT_STATE:
        return "" if checked.outcome == "booked" else f"The appointment was {checked.outcome}"
    limit, choice = values.get("limit"), values.get("choice")
    return _OUTCOMES.get((checked.rule, checked.outcome), "").format(
        limit=money_text(int(limit), currency) if limit is not None else "",
        choice=processor_name(str(choice)) if choice is not None else "",
    )
