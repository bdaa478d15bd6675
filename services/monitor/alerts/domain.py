"""What an alert is, and when its condition begins and ends; the moment is passed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from chassis.audit import target
from config import MeasuredRule
from events import AlertKind, AlertStatus, Severity

MANUAL: Final = "manual"
BY_HAND: Final = "Resolved by hand."
CODES: Final = range(1000, 10_000)
MORE_CODES: Final = range(100_000, 1_000_000)


class AlertAction(StrEnum):
    """What people do about alerts, as the audit keeps it."""

    RAISED = "alert_raised"
    ACKNOWLEDGED = "alert_acknowledged"
    RESOLVED = "alert_resolved"


def audited(alert_id: object) -> str:
    """An alert, as the audit's target."""
    return target("alert", alert_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What an alert is about, before there is one.

    rule: the rule that it breaks; `manual` where a person says so
    kind: a condition, which ends, or a notice, which tells a fact once
    severity: how urgent it is
    category: decides, with the severity, who is told first
    labels: what it is of, such as a service; with the rule they are its fingerprint
    summary: one line for people
    value: what was measured
    unit: of `value` and `limit`
    limit: what the rule allows
    runbook: what to do: a path below /docs/playbooks/, or an https link
    evidence: what was found out before it was raised, a line each
    """

    rule: str
    kind: AlertKind
    severity: Severity
    category: str
    labels: Mapping[str, str]
    summary: str
    value: float | None = None
    unit: str = ""
    limit: float | None = None
    runbook: str | None = None
    evidence: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.rule, self.labels)


def manual_matter(*, severity: Severity, category: str, summary: str) -> Matter:
    """What a person says is wrong: the same words again are the same alert."""
    return Matter(
        rule=MANUAL,
        kind=AlertKind.CONDITION,
        severity=severity,
        category=category,
        labels={"severity": severity.value, "category": category, "summary": summary},
        summary=summary,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert as of its version.

    id: the alert's id, from the event that it follows from where there is one
    version: grows by one with each change
    matter: what it is about
    roles: who is told first, of contacts.yaml, as of the moment in which it was raised
    channels: how they are told, as of then
    code: what people type to acknowledge it; no other open alert has it
    status: firing, acknowledged or resolved
    triggered_at: when it was raised
    changed_at: when its version began
    acknowledged_at: when somebody took it, if anybody did
    acknowledged_by: who took it: an email or a person of contacts.yaml
    resolved_at: when it ended, once it has
    clear_since: since when its condition is over, while that must still last
    """

    id: UUID
    version: int
    matter: Matter
    roles: tuple[str, ...]
    channels: tuple[str, ...]
    code: str
    status: AlertStatus
    triggered_at: datetime
    changed_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    resolved_at: datetime | None = None
    clear_since: datetime | None = None

    @property
    def open(self) -> bool:
        return self.status is not AlertStatus.RESOLVED

    @property
    def standing(self) -> dict[str, object]:
        """How it stands, for the audit."""
        return {"status": self.status, "version": self.version}

    def acknowledged(self, *, by: str, at: datetime) -> Alert:
        return replace(
            self,
            version=self.version + 1,
            status=AlertStatus.ACKNOWLEDGED,
            acknowledged_at=at,
            acknowledged_by=by,
            changed_at=at,
        )

    def resolved(self, *, at: datetime) -> Alert:
        return replace(
            self,
            version=self.version + 1,
            status=AlertStatus.RESOLVED,
            resolved_at=at,
            changed_at=at,
            clear_since=None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """A change of an alert.

    version: the alert's, which the change began
    status: the alert's from then on
    at: when it changed
    by: who did it; empty for the monitor itself
    way: rule, event, or how a person said so (`AnswerWay`)
    note: the summary when it was raised, the reason when it ended
    """

    version: int
    status: AlertStatus
    at: datetime
    by: str
    way: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A figure as measured, for one combination of its labels.

    labels: what it is of, such as a service and its group
    value: None where nothing is known; then nothing begins and nothing ends
    sample: the events in a rate's window; None for other figures
    bad: those of them that count against it
    words: what a summary may say besides the labels
    """

    labels: Mapping[str, str]
    value: float | None
    sample: int | None = None
    bad: int | None = None
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionState:
    """What is kept of a condition between two evaluations.

    pending_since: since when it holds, while it has not held for long enough
    alert_id: the open alert that it raised
    clear_since: since when it is over, while that must still last
    """

    pending_since: datetime | None = None
    alert_id: UUID | None = None
    clear_since: datetime | None = None


class RuleAction(StrEnum):
    """What is to be done after an evaluation."""

    NOTHING = "nothing"
    WAIT = "wait"  # it holds, but not long enough yet
    FORGET = "forget"  # it was pending and is over
    RAISE = "raise"
    CLEAR = "clear"  # it is over, but not long enough yet
    HOLD = "hold"  # it came back while it was clearing
    RESOLVE = "resolve"


def holds(rule: MeasuredRule, reading: Reading) -> bool | None:
    """Whether a rule's condition holds; None when nothing is known. A rate needs its sample (M-5)."""
    if reading.value is None:
        return None
    rule = rule.of(reading.labels)
    if reading.sample is not None and reading.sample < rule.minimum_sample:
        return False
    if reading.bad is not None and reading.bad < rule.minimum_bad:
        return False
    return rule.breached(reading.value)


def next_action(rule: MeasuredRule, state: ConditionState, *, breached: bool | None, now: datetime) -> RuleAction:
    """A condition must hold `for` so long before it is raised, and be over for `endsAfter` before it ends (M-6)."""
    if breached is None:
        return RuleAction.NOTHING
    if state.alert_id is not None:
        return _next_of_open(rule, state.clear_since, breached=breached, now=now)
    if not breached:
        return RuleAction.FORGET if state.pending_since else RuleAction.NOTHING
    since = state.pending_since or now
    if now - since >= rule.held_for:
        return RuleAction.RAISE
    return RuleAction.NOTHING if state.pending_since else RuleAction.WAIT


def _next_of_open(rule: MeasuredRule, clear_since: datetime | None, *, breached: bool, now: datetime) -> RuleAction:
    if breached:
        return RuleAction.HOLD if clear_since else RuleAction.NOTHING
    if now - (clear_since or now) >= rule.ends_after:
        return RuleAction.RESOLVE
    return RuleAction.NOTHING if clear_since else RuleAction.CLEAR


def matter_of(name: str, rule: MeasuredRule, reading: Reading, *, evidence: tuple[str, ...] = ()) -> Matter:
    """What the alert of a broken rule is about."""
    value, rule = reading.value or 0.0, rule.of(reading.labels)
    return Matter(
        rule=name,
        kind=rule.kind,
        severity=rule.severity,
        category=rule.category,
        labels=dict(reading.labels),
        summary=rule.summarize(value, {**reading.labels, **reading.words}),
        value=round(value, 2),
        unit=rule.limit.unit.value,
        limit=rule.limit.value,
        runbook=rule.runbook,
        evidence=evidence,
    )


def fingerprint(rule: str, labels: Mapping[str, str]) -> str:
    """The rule with its labels, such as `service_down{service=checkout}`."""
    inside = ",".join(f"{name}={labels[name]}" for name in sorted(labels))
    return f"{rule}{{{inside}}}" if inside else rule


def free_code(taken: Sequence[str], draw: float) -> str:
    """A code that no open alert has, of four digits, more when those run out; `draw` between 0 and 1 picks it."""
    used = set(taken)
    for numbers in (CODES, MORE_CODES):
        first = int(draw * len(numbers))
        for step in range(min(len(numbers), len(used) + 1)):
            code = str(numbers[(first + step) % len(numbers)])
            if code not in used:
                return code
    raise ValueError("every code is taken")
