"""`POST /api/v1/appointments/{id}/pay`: opens the payment page of an appointment, wherever it is to be paid (P-3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field

from chassis import audit
from chassis.app import conditions
from chassis.audit import Actor
from chassis.database import Database
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.exact import Decimals, ExactRoute, SnakeBody, SnakeOut
from chassis.http.scopes import Scope
from chassis.money import Money
from chassis.tokens import Role
from checkout.appointments.errors import UnknownAppointment
from checkout.connections.models import ProcessorName
from checkout.providers.domain import MOST_ID
from checkout.routing.domain import Decision
from checkout.routing.errors import PaymentRoutingFailed
from checkout.takings.domain import TakingAction
from checkout.takings.errors import AppointmentNotOpen, TakingFailed, TakingUnderWay, TakingUnsure
from checkout.takings.paying import AppointmentPaying

router = APIRouter(prefix="/api/v1/appointments", tags=["payments"], route_class=ExactRoute)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingDeps:
    """What the route works with."""

    database: Database
    paying: AppointmentPaying


Deps = Annotated[TakingDeps, provided(TakingDeps)]


class AppointmentPayIn(SnakeBody):
    """How an appointment is to be paid."""

    processor: ProcessorName | None = Field(
        None, description="which way of `my-options` its customer wants, or `platform`; by the rules without one"
    )


class AppointmentPaymentOut(SnakeOut):
    """The page on which an appointment is paid."""

    url: str = Field(description="where its customer pays; the same while it is open")
    appointment_id: int
    decision_id: UUID
    decision: Decision
    processor: str
    connection_id: int | None
    amount: Decimals
    currency: str


@router.post(
    "/{appointment_id}/pay",
    responses=conditions(
        UnknownAppointment, AppointmentNotOpen, TakingUnderWay, PaymentRoutingFailed, TakingFailed, TakingUnsure
    ),
)
async def pay(
    appointment_id: Annotated[int, Path(ge=1, le=MOST_ID, description="the appointment's id")],
    body: AppointmentPayIn,
    deps: Deps,
    actor: Annotated[
        Actor, deed(TakingAction.PAGE_ASKED, Role.OPERATOR, Role.PROVIDER, target="appointment:{appointment_id}")
    ],
    scope: Scope,
) -> AppointmentPaymentOut:
    """Opens the payment page, at the first way of the decision that works; the same page while it is open."""
    async with deps.database.transaction() as tx:
        asked = {"processor": body.processor}
        await audit.record(
            tx, TakingAction.PAGE_ASKED, actor=actor, target=audit.target("appointment", appointment_id), after=asked
        )
    opened = await deps.paying.pay(appointment_id, choice=body.processor, asked_by=actor.name, scope=scope)
    return AppointmentPaymentOut(
        url=opened.page_url or "",
        appointment_id=appointment_id,
        decision_id=opened.decision_id,
        decision=opened.way.decision,
        processor=opened.way.processor,
        connection_id=opened.way.connection_id,
        amount=Money(opened.amount, opened.currency).major(),
        currency=opened.currency,
    )
