"""Lists those who must not be written to, for people who may look (N-8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from chassis.app import Out, Page, known_filters, no_cursor
from chassis.database import Database
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.paging import page_of
from chassis.tokens import Principal, Role
from events import Channel
from notifier.channels.table import masked
from notifier.contacts import store

_Limit = Annotated[int, Query(ge=1, le=500)]
_Operator = Annotated[Principal, Depends(require(Role.OPERATOR))]
_LONGEST_CURSOR = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionDeps:
    """What the list works with: the notifier's own database."""

    database: Database


Deps = Annotated[SuppressionDeps, provided(SuppressionDeps)]


class SuppressionOut(Out):
    """Somebody who must not be written to."""

    channel: Channel = Field(description="the way that is closed")
    recipient: str = Field(description="the number or address, masked for everybody but admins (C-12)")
    reason: str = Field(description="stop_reply, opted_out, bounce, spam_report or unsubscribed")
    since: datetime = Field(description="when we heard of it")


router = APIRouter(tags=["notifications"])


@router.get(
    "/api/notifications/suppressions",
    dependencies=[Depends(known_filters)],
    summary="Who must not be written to, the newest first",
)
async def suppressions(
    deps: Deps, person: _Operator, channel: Channel | None = None, cursor: str | None = None, limit: _Limit = 50
) -> Page[SuppressionOut]:
    before = _parsed(cursor) if cursor else None
    found, following = await page_of(
        lambda most: store.page(deps.database, channel=channel, before=before, limit=most),
        limit=limit,
        cursor=lambda each: str(each.suppression_id),
    )
    whole = person.role.allows(Role.ADMIN)
    return Page[SuppressionOut](data=[_shown(each, whole=whole) for each in found], next_cursor=following)


def _shown(each: store.Suppression, *, whole: bool) -> SuppressionOut:
    shown = SuppressionOut.model_validate(each)
    return shown if whole else shown.model_copy(update={"recipient": masked(each.channel, each.recipient)})


def _parsed(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < _LONGEST_CURSOR):
        raise no_cursor()
    return int(cursor)
