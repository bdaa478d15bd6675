"""`/api/invariants`: what holds, what doesn't and where, as of the last look. For viewers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from chassis.database import Database
from chassis.tokens import Principal, Role, require
from invariants import Violation
from monitor.proof import store
from monitor.proof.domain import Look, sentences

SHOWN = 20
NOT_YET = "Nobody has looked yet."


class Verdict(StrEnum):
    HOLDS = "holds"
    BROKEN = "broken"
    NOT_JUDGED = "not_judged"


class _View(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class ViolationOut(_View):
    """`subject`: the id of an order, an alert or an event, a city and tier, or a service."""

    kind: str
    subject: str
    sentence: str


class InvariantOut(_View):
    """`reason`: why it is not judged. `count`: how many things break it; the first of them are shown."""

    name: str
    sentence: str
    state: Verdict
    reason: str | None
    count: int
    violations: list[ViolationOut]


class InvariantsOut(_View):
    """`lookedAt` is null before the first look. What happened from `since` on and before `until` was looked at, and so
    many of each thing: that nothing is broken is said of these only.
    """

    looked_at: datetime | None
    since: datetime | None
    until: datetime | None
    numbers: dict[str, int]
    rules: list[InvariantOut]


def proof_router(database: Callable[[], Database]) -> APIRouter:
    router = APIRouter(tags=["invariants"])

    @router.get("/api/invariants", summary="What must always hold, and whether it does")
    async def invariants(
        response: Response, _viewer: Annotated[Principal, Depends(require(Role.VIEWER))]
    ) -> InvariantsOut:
        response.headers["Cache-Control"] = "no-store"
        return view(await store.latest(database()))

    return router


def view(look: Look | None) -> InvariantsOut:
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
