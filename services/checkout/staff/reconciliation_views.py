"""What staff's page of reconciliation says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from chassis import formats
from checkout.reconciliation.difference_store import KeptDifference
from checkout.reconciliation.domain import Run, RunCounts, RunOutcome, RunPart, RunState, outcome_of
from checkout.staff.order_list_views import NONE
from events import DifferenceKind

HOME: Final = "/staff/reconciliation"
_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        DifferenceKind.PAID_WITHOUT_ORDER: "Paid, and no order",
        DifferenceKind.ORDER_NOT_PAID: "Paid, and the order is not",
        DifferenceKind.AMOUNT_DIFFERS: "Another amount was paid",
        DifferenceKind.SECOND_PAYMENT: "Paid twice",
        DifferenceKind.PAYMENT_MISSING: "The payment is not known",
        DifferenceKind.NEWS_MISSING: "The page has ended",
        DifferenceKind.MONEY_UNKNOWN: "Money of no page",
        DifferenceKind.REFUND_MISSING: "Given back there, not here",
        DifferenceKind.REFUND_FAILED: "A refund has failed",
        DifferenceKind.DISPUTE_MISSING: "A dispute is not known",
        DifferenceKind.WEBHOOK_MISSING: "A webhook did not come",
        DifferenceKind.TICKETS_MISSING: "No tickets",
        DifferenceKind.PASS_MISSING: "No pass",
        DifferenceKind.SEATS_MISSING: "No seats",
        DifferenceKind.CONFIRMATION_MISSING: "No message",
        DifferenceKind.NOT_PAID: "Given, and not paid",
    }
)
_OUTCOMES: Final = {
    RunOutcome.NOTHING: ("ok", "Nothing missing"),
    RunOutcome.REPAIRED: ("ok", "Mended"),
    RunOutcome.PERSON: ("medium", "A person must look"),
    RunOutcome.UNREADABLE: ("high", "Not all was read"),
}
_UNDER_WAY: Final = {
    RunState.READING: ("waiting", "Reading"),
    RunState.REPAIRING: ("waiting", "Mending"),
    RunState.HELD: ("medium", "Somebody has to agree"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """What waits for a person.

    since: when it was found
    what, subject: what is wrong, with what
    order_id: the order, where there is one
    reason, command: why it is a person's, and what that person does
    """

    since: str
    what: str
    subject: str
    order_id: str
    reason: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A comparison.

    at: when it began
    mark, state: the shape and colour of what it came to, and that in a word
    who: who began it
    scope: what it looked at
    checked: how many things, and what could not be read
    found: what it found
    """

    at: str
    mark: str
    state: str
    who: str
    scope: str
    checked: str
    trouble: str
    found: str


def difference_rows(found: Iterable[KeptDifference], *, now: datetime, zone: ZoneInfo) -> list[DifferenceRow]:
    """The list, in its order."""
    return [
        DifferenceRow(
            since=formats.recent(each.found_at, zone.key, now=now),
            what=_KINDS.get(each.difference.kind, each.difference.kind),
            subject=each.difference.subject,
            order_id=str(each.difference.order_id or ""),
            reason=each.reason,
            command=each.command,
        )
        for each in found
    ]


def run_row(run: Run, parts: Sequence[RunPart], counts: RunCounts, *, now: datetime, zone: ZoneInfo) -> RunRow:
    """A comparison, as it stands."""
    mark, state = _OUTCOMES[outcome_of(counts, parts)] if run.state is RunState.DONE else _UNDER_WAY[run.state]
    since = formats.recent(run.scope.since, zone.key, now=now)
    return RunRow(
        at=formats.recent(run.started_at, zone.key, now=now),
        mark=mark,
        state=state,
        who=run.started_by,
        scope=(f"since {since}" if run.scope.whole else f"one {run.scope.word}") + (", dry run" if run.dry_run else ""),
        checked=str(sum(part.checked for part in parts)),
        trouble="; ".join(f"{part.account}, {part.trouble}" for part in parts if part.trouble),
        found=_found(counts),
    )


def _found(counts: RunCounts) -> str:
    words = {
        "mended": counts.repaired,
        "for a person": counts.person,
        "waiting since before": counts.waiting,
        "left": counts.left,
    }
    return ", ".join(f"{number} {word}" for word, number in words.items() if number) or NONE
