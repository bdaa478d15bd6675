"""Timelines for people who may look (N-14, X-3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from chassis.tokens import Role, require
from events import Channel
from notifier.timeline.domain import Line
from notifier.timeline.service import Chronicle


class LineOut(BaseModel):
    """A line of the timeline, as the domain has it."""

    model_config = ConfigDict(alias_generator=to_camel, from_attributes=True, populate_by_name=True)

    at: datetime
    what: str
    why: str | None
    kind: str | None
    channel: Channel | None
    provider: str | None
    to: str | None
    person: str | None
    by: str | None
    way: str | None
    reason: str | None
    explanation: str | None
    attempts: int | None
    next_attempt_at: datetime | None
    delivery_id: UUID | None


class TimelineOut(BaseModel):
    """The oldest line first. A timeline is one page."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    data: list[LineOut]
    next_cursor: str | None = None


router = APIRouter(tags=["notifications"], dependencies=[Depends(require(Role.VIEWER))])


@router.get("/api/alerts/{alert_id}/timeline")
async def alert_timeline(request: Request, alert_id: UUID) -> TimelineOut:
    return _out(await _chronicle(request).of_alert(alert_id))


@router.get("/api/orders/{order_id}/timeline")
async def order_timeline(request: Request, order_id: UUID) -> TimelineOut:
    return _out(await _chronicle(request).of_order(order_id))


def _chronicle(request: Request) -> Chronicle:
    chronicle: Chronicle = request.app.state.chronicle
    return chronicle


def _out(lines: Sequence[Line]) -> TimelineOut:
    return TimelineOut(data=[LineOut.model_validate(line) for line in lines])
