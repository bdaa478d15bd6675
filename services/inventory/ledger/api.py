"""Reading the ledger (I-6, X-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from chassis.app import Body, Out, Page, PlainText
from chassis.database import Database
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.tokens import Principal, Role
from inventory.ledger import service
from inventory.ledger.domain import LedgerFilters, LedgerRow, Operation


class TransactionOut(Out):
    """One change of a pool (I-6)."""

    id: str
    city_id: str
    tier: str
    operation: Operation
    quantity: int
    order_id: UUID | None
    actor: str = Field(description="the service or the person who changed it")
    reason: str
    event_id: UUID | None = Field(description="the event that said so; null when a caller did")
    before: dict[str, int] = Field(description="the pool's counts")
    after: dict[str, int] = Field(description="the pool's counts")
    timestamp: datetime


class TransactionQuery(Body):
    """Filters are named as the fields they filter."""

    city_id: PlainText | None = None
    tier: PlainText | None = None
    operation: Operation | None = None
    order_id: UUID | None = None
    actor: PlainText | None = None
    cursor: str | None = Field(None, pattern=r"^[0-9]{1,18}$", description="nextCursor of the page before")
    limit: int = Field(50, ge=1, le=500)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerDeps:
    """What these routes work with."""

    database: Database


Deps = Annotated[LedgerDeps, provided(LedgerDeps)]

router = APIRouter(tags=["inventory"])


@router.get("/api/admin/inventory/transactions", summary="Every change of the stock, the newest first")
async def transactions(
    query: Annotated[TransactionQuery, Query()],
    deps: Deps,
    _viewer: Annotated[Principal, Depends(require(Role.VIEWER))],
) -> Page[TransactionOut]:
    filters = LedgerFilters(
        city_id=query.city_id,
        tier=query.tier,
        operation=query.operation,
        order_id=query.order_id,
        actor=query.actor,
    )
    before = int(query.cursor) if query.cursor is not None else None
    found, following = await service.transactions(deps.database, filters, before=before, limit=query.limit)
    return Page(data=[_out(row) for row in found], next_cursor=following)


def _out(row: LedgerRow) -> TransactionOut:
    entry = row.entry
    return TransactionOut(
        id=str(row.id),
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
        timestamp=entry.timestamp,
    )
