"""What checkout asks for: holds and their end (I-2). Never routed by the gateway; service tokens only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from chassis.database import Database
from chassis.http.deps import provided
from chassis.telemetry import current_traceparent
from chassis.tokens import internal
from inventory.pools import observe
from inventory.pools.batcher import Batcher
from inventory.pools.domain import Cause, HoldRequest
from inventory.pools.mirror import Mirror
from inventory.pools.restore import Restore
from inventory.pools.service import Stock

AUDIENCE = "inventory"
Caller = Annotated[str, Depends(internal(AUDIENCE))]

_LONGEST_HOLD_SECONDS = 7 * 24 * 3600


class HoldBody(BaseModel):
    """Durations, not moments, cross services (design §3). `deadlineMs`: how long the caller waits."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)

    order_id: UUID
    city_id: Annotated[str, Field(min_length=1, max_length=100)]
    tier: Annotated[str, Field(min_length=1, max_length=50)]
    quantity: Annotated[int, Field(ge=1, le=500)]
    hold_seconds: Annotated[float, Field(gt=0, le=_LONGEST_HOLD_SECONDS)]
    deadline_ms: Annotated[float, Field(gt=0, le=60_000)]


class HeldBody(BaseModel):
    """`heldUntil` is null when the hold has no end of its own (the payment is pending, or done)."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    order_id: UUID
    held_until: datetime | None
    available: dict[str, int]


router = APIRouter(prefix="/internal/holds", tags=["internal"])


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldDeps:
    """What these routes work with."""

    stock: Stock
    batcher: Batcher
    mirror: Mirror
    database: Database
    restore: Restore


Deps = Annotated[HoldDeps, provided(HoldDeps)]


@router.post("", summary="Hold seats for an order, all or nothing")
async def hold(body: HoldBody, caller: Caller, deps: Deps) -> HeldBody:
    deps.restore.require_done()
    ask = HoldRequest(
        order_id=body.order_id,
        city_id=body.city_id,
        tier=body.tier,
        quantity=body.quantity,
        duration=timedelta(seconds=body.hold_seconds),
    )
    cause = _cause(caller, "checkout_started")
    answer = await deps.batcher.hold(ask, cause=cause, deadline_seconds=body.deadline_ms / 1000)
    until = answer.held_until.astimezone(UTC) if answer.held_until else None
    return HeldBody(order_id=answer.order_id, held_until=until, available=answer.available)


@router.delete("/{order_id}", status_code=204, summary="Give an order's held seats back")
async def release(order_id: UUID, caller: Caller, deps: Deps) -> Response:
    async with deps.database.transaction() as tx:
        saved = await deps.stock.release(tx, order_id, _cause(caller, "released"))
    if saved is not None:
        deps.mirror.put(saved.city)
        observe.report(saved.changes)
    return Response(status_code=204)


def _cause(caller: str, reason: str) -> Cause:
    return Cause(actor=caller, reason=reason, traceparent=current_traceparent())
