"""Errors of the catalogue: counted, logged, and told together."""

from __future__ import annotations

from typing import get_args

import pytest

from chassis.clock import ManualClock
from chassis.counted import KINDS, ErrorReports, ErrorTally, count_error, tally
from chassis.metrics import Metric, metrics
from chassis.telemetry import CountedName
from chassis.telemetry.names import CATALOGUE, Level
from events import ServiceErrorsCounted, Severity


def names(kind: object) -> set[str]:
    return {name for each in get_args(kind) for name in (names(each) if get_args(each) else {each})}


@pytest.mark.proves("A-11", "M-18")
def test_each_error_has_a_category_and_its_severity_decides_the_level() -> None:
    levels = {Severity.CRITICAL: Level.ERROR, Severity.HIGH: Level.ERROR, Severity.MEDIUM: Level.WARN}
    assert set(KINDS) == names(CountedName)
    for name, kind in KINDS.items():
        assert CATALOGUE[name].level is levels.get(kind.severity, Level.INFO), name


@pytest.mark.proves("A-11", "E-11")
@pytest.mark.asyncio
async def test_errors_are_told_together_and_once() -> None:
    told: list[ServiceErrorsCounted] = []
    reports = ErrorReports(service="notifier", instance="notifier@a:0", send=told.append, clock=ManualClock())
    tally.take()
    before = metrics.value(Metric.ERRORS, category="communication_errors", error="email_bounce")
    for _ in range(3):
        count_error("email_bounce", to="j***@example.com")
    count_error("oversold_tickets", city="dallas")
    await reports.look()
    await reports.look()
    assert [(each.category, each.error, each.severity, each.count) for each in told] == [
        ("communication_errors", "email_bounce", "medium", 3),
        ("inventory_errors", "oversold_tickets", "critical", 1),
    ]
    assert metrics.value(Metric.ERRORS, category="communication_errors", error="email_bounce") == before + 3


@pytest.mark.proves("A-11")
def test_what_was_taken_counts_no_more() -> None:
    errors = ErrorTally()
    errors.add("email_bounce")
    assert dict(errors.take()) == {"email_bounce": 1}
    assert not errors.take()
