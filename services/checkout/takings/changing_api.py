"""`PATCH /api/v1/appointments/{id}`: cancels one, with its money where that is asked for, or ends it (P-11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from chassis.app import Words, conditions
from chassis.audit import Actor
from chassis.errors import InvalidRequest
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.exact import ExactRoute, SnakeBody
from chassis.http.scopes import Scope
from chassis.tokens import Role
from checkout.appointments.domain import AppointmentAction, AppointmentState
from checkout.appointments.errors import AppointmentAhead, AppointmentOver, UnknownAppointment
from checkout.appointments.schemas import AppointmentId, AppointmentOut
from checkout.appointments.tokens import AppointmentLinks
from checkout.takings.deeds import AppointmentDeeds
from checkout.takings.errors import AppointmentUnpaid
from checkout.takings.refund_api import AppointmentRefundOut
from checkout.wayrefunds.errors import WayRefundImpossible, WayRefundTooLarge

router = APIRouter(prefix="/api/v1/appointments", tags=["payments"], route_class=ExactRoute)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentChangeDeps:
    """What the route works with.

    deeds: changes them
    links: of what customers see
    """

    deeds: AppointmentDeeds
    links: AppointmentLinks


Deps = Annotated[AppointmentChangeDeps, provided(AppointmentChangeDeps)]


class AppointmentChangeIn(SnakeBody):
    """What is to become of an appointment, and of its money where it is paid and cancelled."""

    state: Literal[AppointmentState.CANCELLED, AppointmentState.DONE]
    refund: bool = Field(
        False, description="with cancelled: gives all back that is left of its payment; for admins and its provider"
    )
    reason: Words | None = Field(None, description="why, for the record, and where money goes back for its processor")


class AppointmentChangeOut(AppointmentOut):
    """An appointment that was changed, and the refund that came of it."""

    refund: AppointmentRefundOut | None = Field(
        description="null where no money goes back by this request, as by a repeat of it; `refunds` lists all"
    )


@router.patch(
    "/{appointment_id}",
    responses=conditions(
        UnknownAppointment,
        AppointmentOver,
        AppointmentAhead,
        AppointmentUnpaid,
        WayRefundImpossible,
        WayRefundTooLarge,
    ),
)
async def change(
    appointment_id: AppointmentId,
    body: AppointmentChangeIn,
    deps: Deps,
    actor: Annotated[
        Actor,
        deed(AppointmentAction.CHANGED, Role.OPERATOR, Role.PROVIDER, target="appointment:{appointment_id}"),
    ],
    scope: Scope,
) -> AppointmentChangeOut:
    """Cancels it, or says that it is done, once it has begun.

    With `refund`, the money of one that is paid goes back in the same step: one that can't is not cancelled either.
    Where its processor then declines, it is cancelled all the same, and `refund` says so.
    """
    _require_sense(body)
    done = await deps.deeds.change(
        appointment_id, body.state, refund=body.refund, reason=body.reason or "", scope=scope, actor=actor
    )
    shown = AppointmentOut.of(done.appointment, actor.role, deps.links)
    refund = AppointmentRefundOut.of(done.refund, actor.role) if done.refund else None
    return AppointmentChangeOut(**dict(shown), refund=refund)


def _require_sense(body: AppointmentChangeIn) -> None:
    """Raises InvalidRequest."""
    if not body.refund:
        return
    if body.state is not AppointmentState.CANCELLED:
        raise InvalidRequest(fields={"refund": "Money goes back with `cancelled` only."})
    if body.reason is None:
        raise InvalidRequest(fields={"reason": "Say why the money goes back."})
