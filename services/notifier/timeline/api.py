"""Shows timelines to people who may look (N-14, X-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from chassis.app import Out, Page, conditions
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.tokens import Role
from events import Channel
from notifier.timeline.domain import Line
from notifier.timeline.errors import UnknownAlert, UnknownOrder
from notifier.timeline.service import Timelines


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineDeps:
    """What the routes work with: the timelines of alerts and orders."""

    timelines: Timelines


Deps = Annotated[TimelineDeps, provided(TimelineDeps)]


class LineOut(Out):
    """A line of a timeline."""

    at: datetime = Field(description="when it happened")
    what: str = Field(
        description="of an alert: raised, acknowledged, resolved, answered; of a message: waiting, sending, unknown, "
        "sent, delivered, failed, not_sent"
    )
    why: str | None = Field(description="why a message was made: first, acknowledge, resolve")
    kind: str | None = Field(description="what the message says")
    channel: Channel | None = Field(description="the way to the recipient")
    provider: str | None = Field(description="the vendor who takes it")
    to: str | None = Field(description="the recipient, masked")
    person: str | None = Field(description="the recipient's id in the contact book")
    by: str | None = Field(description="who did it")
    way: str | None = Field(description="how they did it")
    reason: str | None = Field(description="a word for why it was not sent, or not yet")
    explanation: str | None = Field(description="a sentence for people")
    attempts: int | None = Field(description="how often the message was handed to the vendor")
    next_attempt_at: datetime | None = Field(description="when it is tried, or asked about, next")
    delivery_id: UUID | None = Field(description="the message's delivery")


router = APIRouter(tags=["notifications"], dependencies=[Depends(require(Role.VIEWER))])


@router.get(
    "/api/alerts/{alert_id}/timeline",
    summary="What happened to an alert, and who was told, the oldest first, in one page",
    responses=conditions(UnknownAlert),
)
async def alert_timeline(alert_id: UUID, deps: Deps) -> Page[LineOut]:
    return _page(await deps.timelines.of_alert(alert_id))


@router.get(
    "/api/orders/{order_id}/timeline",
    summary="Who was told of an order, the oldest first, in one page",
    responses=conditions(UnknownOrder),
)
async def order_timeline(order_id: str, deps: Deps) -> Page[LineOut]:
    try:
        parsed = UUID(order_id)
    except ValueError:
        raise UnknownOrder from None
    return _page(await deps.timelines.of_order(parsed))


def _page(lines: Sequence[Line]) -> Page[LineOut]:
    return Page[LineOut](data=[LineOut.model_validate(line) for line in lines], next_cursor=None)
