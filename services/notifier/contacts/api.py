"""The suppression list, for people who may look (N-8)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from chassis.app import known_filters
from chassis.database import Database
from chassis.paging import page_of
from chassis.tokens import Role, require
from events import Channel
from notifier.contacts import service

_Limit = Annotated[int, Query(ge=1, le=500)]


class SuppressionOut(BaseModel):
    """Operators look up a person who gets no messages, so the recipient is not masked here."""

    channel: Channel
    recipient: str
    reason: str
    since: datetime


class SuppressionsOut(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    data: list[SuppressionOut]
    next_cursor: str | None


router = APIRouter(tags=["notifications"])


@router.get("/api/notifications/suppressions", dependencies=[Depends(require(Role.OPERATOR)), Depends(known_filters)])
async def suppressions(
    request: Request, channel: Channel | None = None, cursor: str = "", limit: _Limit = 50
) -> SuppressionsOut:
    database: Database = request.app.state.database
    found, following = await page_of(
        lambda most: service.suppressions(database, channel=channel, after=cursor, limit=most),
        limit=limit,
        cursor=lambda each: f"{each.channel}:{each.recipient}",
    )
    shown = [
        SuppressionOut(channel=each.channel, recipient=each.recipient, reason=each.reason, since=each.since)
        for each in found
    ]
    return SuppressionsOut(data=shown, next_cursor=following)
