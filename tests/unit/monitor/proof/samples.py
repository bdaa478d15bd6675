"""Looks, and what they may have seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from invariants import Kind, Violation
from monitor.proof.domain import Look, Pace, Period
from tests.unit.monitor.samples import NOW

PACE = Pace()


def lost(rule: str, subject: str, sentence: str = "0 tickets in inventory instead of 1") -> Violation:
    return Violation(invariant=rule, kind=Kind.LOST, subject=subject, sentence=sentence)


def a_look(
    *,
    at: datetime = NOW,
    seen: Sequence[Violation] = (),
    found: Sequence[Violation] = (),
    unjudged: Mapping[str, str] | None = None,
) -> Look:
    return Look(
        at=at,
        period=Period.before(at, pace=PACE, length=timedelta(hours=1)),
        every=PACE.every,
        seen=tuple(seen),
        found=tuple(found),
        unjudged=unjudged or {},
    )
