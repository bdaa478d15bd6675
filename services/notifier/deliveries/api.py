"""What was sent and what was not, and why, for people who may look (N-11)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from chassis.app import known_filters
from chassis.database import Database
from chassis.errors import InvalidRequest
from chassis.paging import page_of
from chassis.tokens import Role, require
from events import Channel
from notifier.deliveries import list_store
from notifier.deliveries.domain import State
from notifier.deliveries.list_store import Listed

_Limit = Annotated[int, Query(ge=1, le=500)]


class DeliveriesOut(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    data: list[Listed]
    next_cursor: str | None


router = APIRouter(tags=["notifications"])


@router.get("/api/notifications", dependencies=[Depends(require(Role.VIEWER)), Depends(known_filters)])
async def notifications(
    request: Request,
    channel: Channel | None = None,
    state: State | None = None,
    kind: str | None = None,
    order_id: Annotated[UUID | None, Query(alias="orderId")] = None,
    alert_id: Annotated[UUID | None, Query(alias="alertId")] = None,
    cursor: str | None = None,
    limit: _Limit = 50,
) -> DeliveriesOut:
    database: Database = request.app.state.database
    filters = list_store.Filters(channel=channel, state=state, kind=kind, order_id=order_id, alert_id=alert_id)
    before = _parsed(cursor)
    found, following = await page_of(
        lambda most: list_store.page(database, filters, before=before, limit=most),
        limit=limit,
        cursor=lambda each: str(each.delivery_id),
    )
    return DeliveriesOut(data=found, next_cursor=following)


def _parsed(cursor: str | None) -> UUID | None:
    try:
        return UUID(cursor) if cursor else None
    except ValueError:
        raise InvalidRequest(fields={"cursor": "Take the nextCursor of the page before."}) from None
