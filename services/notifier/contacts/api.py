"""Lists those who must not be written to, for people who may look (N-8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from chassis.app import Out, Page, known_filters
from chassis.database import Database
from chassis.http.deps import provided
from chassis.paging import page_of
from chassis.tokens import Role, require
from events import Channel
from notifier.contacts import store

_Limit = Annotated[int, Query(ge=1, le=500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionDeps:
    """What the list works with: the notifier's own database."""

    database: Database


Deps = Annotated[SuppressionDeps, provided(SuppressionDeps)]


class SuppressionOut(Out):
    """Operators look up a person who gets no messages, so the recipient is not masked here."""

    channel: Channel = Field(description="the way that is closed")
    recipient: str = Field(description="the number or address, in the form in which they are compared")
    reason: str = Field(description="stop_reply, opted_out, bounce, spam_report or unsubscribed")
    since: datetime = Field(description="when we heard of it")


router = APIRouter(tags=["notifications"])


@router.get(
    "/api/notifications/suppressions",
    dependencies=[Depends(require(Role.OPERATOR)), Depends(known_filters)],
    summary="Who must not be written to, by channel and recipient",
)
async def suppressions(
    deps: Deps, channel: Channel | None = None, cursor: str = "", limit: _Limit = 50
) -> Page[SuppressionOut]:
    found, following = await page_of(
        lambda most: store.page(deps.database, channel=channel, after=cursor, limit=most),
        limit=limit,
        cursor=lambda each: f"{each.channel}:{each.recipient}",
    )
    return Page[SuppressionOut](data=[SuppressionOut.model_validate(each) for each in found], next_cursor=following)
