"""`GET /api/v1/hybrid-payments/trace`: what happened to a payment, step by step (P-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, NoReturn
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from chassis.app import conditions, known_filters
from chassis.database import Database
from chassis.errors import Condition, InvalidRequest
from chassis.http.deps import provided
from chassis.http.exact import ExactRoute, SnakeOut
from chassis.http.guards import require
from chassis.tokens import Role
from checkout.appointments.errors import UnknownAppointment
from checkout.orders.errors import UnknownOrder
from checkout.providers.domain import MOST_ID
from checkout.traces import store
from checkout.traces.domain import LifeStep

router = APIRouter(prefix="/api/v1/hybrid-payments", tags=["payments"], route_class=ExactRoute)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceDeps:
    """What the route works with; all of it is read without locks."""

    database: Database


class LifeStepOut(SnakeOut):
    """Something that happened to a payment."""

    timestamp: datetime
    step: str = Field(description="such as ROUTING_DECISION, PROCESSOR_CALL, WEBHOOK or LEDGER")
    data: dict[str, object] = Field(description="more about it; amounts in minor units")


class LifeOut(SnakeOut):
    """What happened to a payment, the first at the beginning."""

    steps: list[LifeStepOut]


@router.get(
    "/trace",
    dependencies=[Depends(require(Role.VIEWER)), Depends(known_filters)],
    responses=conditions(UnknownOrder, UnknownAppointment),
)
async def trace(
    deps: Annotated[TraceDeps, provided(TraceDeps)],
    order: UUID | None = None,
    appointment: Annotated[int | None, Query(ge=1, le=MOST_ID)] = None,
) -> LifeOut:
    """The life of an order's payment, or of an appointment's."""
    found = await _life(deps, order, appointment)
    return LifeOut(steps=[LifeStepOut(timestamp=each.at, step=each.step, data=dict(each.data)) for each in found])


async def _life(deps: TraceDeps, order: UUID | None, appointment: int | None) -> list[LifeStep]:
    async with deps.database.snapshot() as tx:
        if order is not None and appointment is None:
            return await store.of_order(tx, order) or _unknown(UnknownOrder())
        if appointment is not None and order is None:
            return await store.of_appointment(tx, appointment) or _unknown(UnknownAppointment())
    raise InvalidRequest(fields={"order": "Name an order or an appointment, one of the two."})


def _unknown(condition: Condition) -> NoReturn:
    raise condition
