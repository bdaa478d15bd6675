"""What checkout asks for: holds and their end (I-2). Never routed by the gateway; service tokens only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import Field

from chassis.app import InternalBody, Out, conditions
from chassis.database import Database
from chassis.http.deps import provided
from chassis.http.guards import internal
from chassis.telemetry import current_traceparent
from events import ReleaseCause
from inventory.pools.batcher import Batcher
from inventory.pools.domain import Cause, HoldRequest
from inventory.pools.errors import DeadlinePassed, HoldDiffers, HoldReleased, SoldOut, UnknownCity, UnknownTier
from inventory.pools.mirror import Mirror
from inventory.pools.restore import Restore
from inventory.pools.service import Stock

AUDIENCE = "inventory"
Caller = Annotated[str, Depends(internal(AUDIENCE))]

_LONGEST_HOLD_SECONDS = 7 * 24 * 3600


class HoldBody(InternalBody):
    """Seats of one pool for an order. Durations, not moments, cross services: their clocks may differ."""

    order_id: UUID
    city_id: str = Field(min_length=1, max_length=100)
    tier: str = Field(min_length=1, max_length=50)
    quantity: int = Field(ge=1, le=500)
    hold_seconds: float = Field(gt=0, le=_LONGEST_HOLD_SECONDS, description="how long the seats are kept")
    deadline_ms: float = Field(gt=0, le=60_000, description="how long the caller waits for the answer")
    offer_id: UUID | None = Field(None, description="the offer of the waiting list that is taken with it")


class HoldOut(Out):
    """An order's hold as it stands."""

    order_id: UUID
    held_until: datetime | None = Field(description="null without an end of its own: the payment is pending, or done")
    delayable: bool = Field(description="whether its payment page may offer methods whose money comes later")
    available: dict[str, int] = Field(description="what is left publicly of each tier of the city")


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


@router.post(
    "",
    summary="Hold seats for an order, all or nothing",
    responses=conditions(SoldOut, HoldReleased, HoldDiffers, DeadlinePassed, UnknownCity, UnknownTier),
)
async def hold(body: HoldBody, caller: Caller, deps: Deps) -> HoldOut:
    deps.restore.require_done()
    ask = HoldRequest(
        order_id=body.order_id,
        city_id=body.city_id,
        tier=body.tier,
        quantity=body.quantity,
        duration=timedelta(seconds=body.hold_seconds),
        offer_id=body.offer_id,
    )
    cause = _cause(caller, "checkout_started")
    held = await deps.batcher.hold(ask, cause=cause, deadline_seconds=body.deadline_ms / 1000)
    return HoldOut.model_validate(held)


@router.delete("/{order_id}", status_code=204, summary="Give an order's held seats back")
async def release(order_id: UUID, caller: Caller, deps: Deps) -> Response:
    async with deps.database.transaction() as tx:
        saved = await deps.stock.release(tx, order_id, _cause(caller, ReleaseCause.ASKED))
    deps.mirror.committed(*saved)
    return Response(status_code=204)


def _cause(caller: str, reason: str) -> Cause:
    return Cause(actor=caller, reason=reason, traceparent=current_traceparent())
