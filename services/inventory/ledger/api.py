"""Reading the ledger (I-6, X-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from chassis.app import PlainText
from chassis.database import Database
from chassis.http.deps import provided
from chassis.tokens import Principal, Role, require
from inventory.ledger import service
from inventory.ledger.domain import Filters, Operation, Recorded


class TransactionView(BaseModel):
    """I-6. `before` and `after` are the pool's counts."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    id: str
    city_id: str
    tier: str
    operation: Operation
    quantity: int
    order_id: UUID | None
    actor: str
    reason: str
    event_id: UUID | None
    before: dict[str, int]
    after: dict[str, int]
    timestamp: datetime


class TransactionPage(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    data: list[TransactionView]
    next_cursor: str | None


class TransactionQuery(BaseModel):
    """Filters are named as the fields they filter."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)

    city_id: PlainText | None = None
    tier: PlainText | None = None
    operation: Operation | None = None
    order_id: UUID | None = None
    actor: PlainText | None = None
    cursor: Annotated[str | None, Field(pattern=r"^[0-9]{1,18}$", description="nextCursor of the page before")] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 50


router = APIRouter(tags=["inventory"])


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerDeps:
    """What these routes work with."""

    database: Database


Deps = Annotated[LedgerDeps, provided(LedgerDeps)]


@router.get("/api/admin/inventory/transactions", summary="Every change of the stock, the newest first")
async def transactions(
    query: Annotated[TransactionQuery, Query()],
    deps: Deps,
    _viewer: Annotated[Principal, Depends(require(Role.VIEWER))],
) -> TransactionPage:
    filters = Filters(
        city_id=query.city_id,
        tier=query.tier,
        operation=query.operation,
        order_id=query.order_id,
        actor=query.actor,
    )
    before = int(query.cursor) if query.cursor is not None else None
    found, following = await service.transactions(deps.database, filters, before=before, limit=query.limit)
    return TransactionPage(
        data=[_view(recorded) for recorded in found],
        next_cursor=str(following) if following is not None else None,
    )


def _view(recorded: Recorded) -> TransactionView:
    entry = recorded.entry
    return TransactionView(
        id=str(recorded.id),
        city_id=entry.city_id,
        tier=entry.tier,
        operation=entry.operation,
        quantity=entry.quantity,
        order_id=entry.order_id,
        actor=entry.actor,
        reason=entry.reason,
        event_id=entry.event_id,
        before=dict(entry.before),
        after=dict(entry.after),
        timestamp=entry.timestamp.astimezone(UTC),
    )
