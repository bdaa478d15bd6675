"""`/api/admin/webhooks/replay`: events of the processor are looked through, and handled where they were not (R-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from pydantic import Field, StringConstraints, model_validator

from chassis.app import Body, Moment, Out, conditions, known_filters
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import NotFound
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.tokens import Role
from checkout.endpoints.errors import AccountUnreadable
from checkout.endpoints.replaying import Presence, Replaying, ReplayPage, ReplayWish
from checkout.webhooks import store
from checkout.webhooks.domain import Action, WebhookState

router = APIRouter(prefix="/api/admin/webhooks", tags=["admin"])

_REPLAY: Final = "/replay"
_MOST: Final = 100
_DAY: Final = timedelta(days=1)

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,255}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayDeps:
    """What these routes work with."""

    replaying: Replaying
    processor: str
    database: Database
    clock: Clock


Deps = Annotated[ReplayDeps, provided(ReplayDeps)]


class ReplayIn(Body):
    """Which events: of a stretch of time, a page a call, or single ones."""

    since: Moment | None = None
    until: Moment | None = None
    event_ids: list[Word] = Field(default_factory=list, max_length=_MOST)
    account: Word | None = Field(None, description="of an account connected to ours; left out, our own")
    cursor: Word | None = Field(None, description="`nextCursor` of the page before")

    @model_validator(mode="after")
    def _either(self) -> ReplayIn:
        if (self.since is None) == (not self.event_ids):
            raise ValueError("name since or eventIds")
        return self


class FoundEventOut(Out):
    """An event of the processor."""

    event_id: str
    type: str = Field(description="What happened, in the processor's words")
    created: datetime = Field(validation_alias="created_at", description="When, by the processor's clock")
    presence: Presence = Field(description="How it stood here")


class ReplayOut(Out):
    """A page of events."""

    found: list[FoundEventOut] = Field(description="The newest first")
    replayed: list[str] = Field(description="The ids of those that are handled now, or again")
    next_cursor: str | None = Field(validation_alias="after", description="Null at the end")


class StatesOut(Out):
    """How far webhooks are."""

    states: Mapping[str, WebhookState] = Field(description="By id; what is not here is left out")


@router.get(
    _REPLAY,
    dependencies=[Depends(require(Role.OPERATOR)), Depends(known_filters)],
    responses=conditions(AccountUnreadable, NotFound),
)
async def preview(
    deps: Deps,
    since: Moment | None = None,
    until: Moment | None = None,
    event: Annotated[list[Word] | None, Query(max_length=_MOST)] = None,
    account: Word | None = None,
    cursor: Word | None = None,
) -> ReplayOut:
    """What a replay would find; without anything else, of the last day."""
    now = deps.clock.now()
    wish = ReplayWish(since=since or now - _DAY, until=until or now, event_ids=event or (), account=account)
    return _out(await deps.replaying.preview(wish, after=cursor))


@router.post(_REPLAY, responses=conditions(AccountUnreadable, NotFound))
async def replay(
    body: ReplayIn, deps: Deps, actor: Annotated[Actor, deed(Action.REPLAYED, Role.OPERATOR)]
) -> ReplayOut:
    """What is not here is handled, what failed is tried again, what was handled is left. Safe to repeat."""
    now = deps.clock.now()
    wish = ReplayWish(
        since=body.since or now, until=body.until or now, event_ids=tuple(body.event_ids), account=body.account
    )
    return _out(await deps.replaying.replay(wish, after=body.cursor, actor=actor))


@router.get("/states", dependencies=[Depends(require(Role.VIEWER)), Depends(known_filters)])
async def states(deps: Deps, event: Annotated[list[Word], Query(max_length=_MOST)]) -> StatesOut:
    """How far single webhooks are."""
    return StatesOut(states=await store.states(deps.database, deps.processor, event))


def _out(page: ReplayPage) -> ReplayOut:
    return ReplayOut.model_validate(page)
