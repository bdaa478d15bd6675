"""`/api/v1/appointments/{id}/refund`: gives the payment of an appointment back, wherever it was made (P-4, P-11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from pydantic import Field

from chassis.app import Words, conditions
from chassis.audit import Actor
from chassis.database import Database
from chassis.errors import InvalidRequest
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.exact import Decimals, ExactRoute, SnakeBody, SnakeOut
from chassis.http.guards import require
from chassis.http.repeats import IdempotencyKey, IdempotencyKeyReused
from chassis.http.scopes import Scope
from chassis.money import Money, exact_minor_units
from chassis.tokens import Principal, Role
from checkout.appointments import store as appointments_store
from checkout.appointments.errors import UnknownAppointment
from checkout.providers.domain import MOST_ID
from checkout.takings.deeds import AppointmentDeeds
from checkout.takings.domain import TakingAction
from checkout.takings.errors import AppointmentUnpaid
from checkout.wayrefunds import store
from checkout.wayrefunds.domain import WayRefund, WayRefundCause, WayRefundState
from checkout.wayrefunds.errors import WayRefundDeclined, WayRefundImpossible, WayRefundTooLarge

router = APIRouter(prefix="/api/v1/appointments", tags=["payments"], route_class=ExactRoute)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentRefundDeps:
    """What the routes work with.

    deeds: gives money back
    """

    database: Database
    deeds: AppointmentDeeds


Deps = Annotated[AppointmentRefundDeps, provided(AppointmentRefundDeps)]
AppointmentId = Annotated[int, Path(ge=1, le=MOST_ID, description="the appointment's id")]


class AppointmentRefundIn(SnakeBody):
    """What is to be given back."""

    amount: Decimals | None = Field(None, description="how much; without it all that is left")
    reason: Words = Field(description="why, for the record and for the processor")


class AppointmentRefundOut(SnakeOut):
    """A refund of an appointment's payment."""

    refund_id: UUID
    appointment_id: int
    processor: str
    connection_id: int | None = Field(description="through which connection; null: by the platform")
    amount: Decimals
    currency: str
    state: WayRefundState = Field(
        description="due: the processor has not decided yet, and is asked until it has; pending: it is on its way"
    )
    cause: WayRefundCause = Field(
        description="requested by a person; surplus: due by itself; outside: made at the processor"
    )
    reason: str
    requested_by: str | None = Field(description="who asked for it; for providers `staff` where it was the platform’s")
    last_error: str | None = Field(description="what stood in the way the last time")
    created_at: datetime
    settled_at: datetime | None = Field(description="when the processor was done with it")

    @classmethod
    def of(cls, refund: WayRefund, reader: str) -> Self:
        """As `reader` may see it."""
        return cls(
            refund_id=refund.refund_id,
            appointment_id=refund.appointment_id or 0,
            processor=refund.way.processor,
            connection_id=refund.way.connection_id,
            amount=Money(refund.amount, refund.currency).major(),
            currency=refund.currency,
            state=refund.state,
            cause=refund.cause,
            reason=refund.reason,
            requested_by=refund.asked_by(reader),
            last_error=refund.last_error,
            created_at=refund.created_at,
            settled_at=refund.settled_at,
        )


class AppointmentRefundsOut(SnakeOut):
    """The refunds of an appointment's payments, the oldest first."""

    data: list[AppointmentRefundOut]


@router.post(
    "/{appointment_id}/refund",
    responses=conditions(
        UnknownAppointment,
        AppointmentUnpaid,
        WayRefundImpossible,
        WayRefundTooLarge,
        WayRefundDeclined,
        IdempotencyKeyReused,
    ),
)
async def refund(
    appointment_id: AppointmentId,
    body: AppointmentRefundIn,
    deps: Deps,
    actor: Annotated[
        Actor, deed(TakingAction.REFUNDED, Role.ADMIN, Role.PROVIDER, target="appointment:{appointment_id}")
    ],
    scope: Scope,
    idempotency_key: IdempotencyKey = None,
) -> AppointmentRefundOut:
    """Through whoever took it, once; a repeat with the same key tells how the first one stands.

    Where the processor gives no answer, the refund stays `due`, and is asked for until it is known what came of it.
    """
    wanted = await _minor(deps, appointment_id, body)
    asked = {"amount": None if body.amount is None else str(body.amount), "reason": body.reason}
    found = await deps.deeds.give_back(
        appointment_id, wanted, reason=body.reason, asked=asked, key=idempotency_key, scope=scope, actor=actor
    )
    if found.state in {WayRefundState.REFUSED, WayRefundState.FAILED}:
        raise WayRefundDeclined(
            extra={"refund_id": str(found.refund_id), "cause": found.refusal, "reason": found.last_error}
        )
    return AppointmentRefundOut.of(found, actor.role)


@router.get(
    "/{appointment_id}/refunds",
    responses=conditions(UnknownAppointment),
)
async def list_refunds(
    appointment_id: AppointmentId,
    viewer: Annotated[Principal, Depends(require(Role.VIEWER, Role.PROVIDER))],
    deps: Deps,
    scope: Scope,
) -> AppointmentRefundsOut:
    """What went back of an appointment's payments, or is to."""
    found = await appointments_store.get(deps.database, appointment_id)
    if found is None or scope not in {None, found.provider_id}:
        raise UnknownAppointment
    refunds = await store.of_appointment(deps.database, appointment_id)
    return AppointmentRefundsOut(data=[AppointmentRefundOut.of(each, viewer.role) for each in refunds])


async def _minor(deps: AppointmentRefundDeps, appointment_id: int, body: AppointmentRefundIn) -> int | None:
    """The amount in minor units of the appointment's currency; None where none is named."""
    if body.amount is None:
        return None
    found = await appointments_store.get(deps.database, appointment_id)
    if found is None:
        raise UnknownAppointment
    wanted = exact_minor_units(body.amount, found.currency)
    if wanted is None or wanted <= 0:
        said = f"Write an amount above 0 with no more digits than {found.currency} has."
        raise InvalidRequest(fields={"amount": said})
    return wanted
