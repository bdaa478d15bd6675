"""`/api/invariants`: which invariants hold and which don't, and where, as of the last look. For viewers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from pydantic import Field

from chassis.app import Out
from chassis.database import Database
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.tokens import Principal, Role
from invariants import Violation
from monitor.proof import store
from monitor.proof.domain import Look, sentences

router = APIRouter(tags=["invariants"])

SHOWN: Final = 20
NOT_YET: Final = "Nobody has looked yet."


class Verdict(StrEnum):
    """What is said of an invariant."""

    HOLDS = "holds"
    BROKEN = "broken"
    NOT_JUDGED = "not_judged"


class ViolationOut(Out):
    """A thing that breaks an invariant."""

    kind: str
    subject: str = Field(description="the id of an order, an alert or an event, a city and tier, or a service")
    sentence: str


class InvariantOut(Out):
    """A rule that must always hold, and whether it does."""

    name: str
    sentence: str
    state: Verdict
    reason: str | None = Field(description="why it is not judged")
    count: int = Field(description="how many things break it; the first of them are shown")
    violations: list[ViolationOut]


class InvariantsOut(Out):
    """What was looked at: that nothing is broken is said of these only."""

    looked_at: datetime | None = Field(description="null before the first look")
    since: datetime | None = Field(description="what happened from then on was looked at")
    until: datetime | None = Field(description="and before then")
    numbers: dict[str, int] = Field(description="how many of each thing were looked at")
    rules: list[InvariantOut]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofDeps:
    """What the route works with. `database`: the monitor's."""

    database: Database


@router.get("/api/invariants", summary="What must always hold, and whether it does")
async def invariants(
    deps: Annotated[ProofDeps, provided(ProofDeps)], _viewer: Annotated[Principal, Depends(require(Role.VIEWER))]
) -> InvariantsOut:
    """What was looked at last, and what was found: each rule holds, is broken or was not judged."""
    return view(await store.latest(deps.database))


def view(look: Look | None) -> InvariantsOut:
    """The last look in words; None before the first."""
    return InvariantsOut(
        looked_at=look.at if look else None,
        since=look.period.since if look else None,
        until=look.period.until if look else None,
        numbers=dict(look.numbers) if look else {},
        rules=[_rule(name, sentence, look) for name, sentence in sentences().items()],
    )


def _rule(name: str, sentence: str, look: Look | None) -> InvariantOut:
    broken = look.broken(name) if look else None
    state = Verdict.NOT_JUDGED if broken is None else Verdict.BROKEN if broken else Verdict.HOLDS
    return InvariantOut(
        name=name,
        sentence=sentence,
        state=state,
        reason=None if broken is not None else look.unjudged.get(name) if look else NOT_YET,
        count=len(broken or ()),
        violations=[_violation(each) for each in (broken or ())[:SHOWN]],
    )


def _violation(found: Violation) -> ViolationOut:
    return ViolationOut(kind=found.kind.value, subject=found.subject, sentence=found.sentence)
