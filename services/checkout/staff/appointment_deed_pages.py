"""`/staff/appointments/…/refund`, `cancel` and `done`: what it would come to, then done by who confirms (P-11, W-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from chassis.app import PlainText
from chassis.audit import Actor
from chassis.errors import Condition
from chassis.http.deeds import deed
from chassis.http.guards import require
from chassis.http.scopes import Scope
from chassis.tokens import Principal, Role
from checkout.appointments.domain import Appointment, AppointmentAction, AppointmentState
from checkout.appointments.schemas import AppointmentId
from checkout.staff.appointment_deed_views import (
    APPOINTMENT_TITLES,
    appointment_ways,
    cancel_effect,
    done_effect,
    refund_effect,
)
from checkout.staff.appointment_forms import (
    AppointmentCancelForm,
    AppointmentDoneForm,
    AppointmentRefundForm,
    AppointmentWay,
    TypedAppointmentDeed,
)
from checkout.staff.appointment_pages import AppointmentDesk, Deps, visible_to
from checkout.staff.order_deed_views import DeedEffect, NotSaid
from checkout.staff.order_list_views import money_text
from checkout.staff.own_pages import APPOINTMENTS, appointment_address, own_pages
from checkout.takings.domain import TakingAction
from ui.staff import StaffRoute

router = APIRouter(include_in_schema=False, route_class=StaffRoute)

_REFUSED: Final = 422
_ONE: Final = f"{APPOINTMENTS}/{{appointment_id}}"
_TARGET: Final = "appointment:{appointment_id}"


def typed_appointment_deed(amount: PlainText = "", money: PlainText = "", reason: str = "") -> TypedAppointmentDeed:
    """A dependency: what somebody has typed so far."""
    return TypedAppointmentDeed(amount=amount.strip(), money=money, reason=reason)


Typed = Annotated[TypedAppointmentDeed, Depends(typed_appointment_deed)]


@router.get(f"{_ONE}/refund")
async def ask_refund(
    appointment_id: AppointmentId,
    request: Request,
    person: Annotated[Principal, Depends(require(AppointmentWay.REFUND.role, Role.PROVIDER))],
    scope: Scope,
    typed: Typed,
    deps: Deps,
) -> Response:
    """The form; once it is filled in, what would go back, with the button that does it."""
    return await _ask(AppointmentWay.REFUND, appointment_id, request, typed, deps, person=person, scope=scope)


@router.get(f"{_ONE}/cancel")
async def ask_cancel(
    appointment_id: AppointmentId,
    request: Request,
    person: Annotated[Principal, Depends(require(AppointmentWay.CANCEL.role, Role.PROVIDER))],
    scope: Scope,
    typed: Typed,
    deps: Deps,
) -> Response:
    """The same of cancelling it, with its money or without."""
    return await _ask(AppointmentWay.CANCEL, appointment_id, request, typed, deps, person=person, scope=scope)


@router.get(f"{_ONE}/done")
async def ask_done(
    appointment_id: AppointmentId,
    request: Request,
    person: Annotated[Principal, Depends(require(AppointmentWay.DONE.role, Role.PROVIDER))],
    scope: Scope,
    typed: Typed,
    deps: Deps,
) -> Response:
    """What it would be to say that it took place, at once: nothing has to be filled in."""
    return await _ask(AppointmentWay.DONE, appointment_id, request, typed, deps, person=person, scope=scope)


@router.post(f"{_ONE}/refund")
async def refund(
    appointment_id: AppointmentId,
    actor: Annotated[Actor, deed(TakingAction.REFUNDED, Role.ADMIN, Role.PROVIDER, target=_TARGET)],
    form: Annotated[AppointmentRefundForm, Form()],
    deps: Deps,
    scope: Scope,
) -> Response:
    """Through whoever took it, once for the form's key; the appointment's page tells what came of it."""
    given = await deps.deeds.give_back(
        appointment_id,
        form.amount,
        reason=form.reason,
        asked={"minor": form.amount, "reason": form.reason},
        key=form.key,
        scope=scope,
        actor=actor,
    )
    return _done(appointment_id, refund=given.refund_id)


@router.post(f"{_ONE}/cancel")
async def cancel(
    appointment_id: AppointmentId,
    actor: Annotated[Actor, deed(AppointmentAction.CHANGED, Role.OPERATOR, Role.PROVIDER, target=_TARGET)],
    form: Annotated[AppointmentCancelForm, Form()],
    deps: Deps,
    scope: Scope,
) -> Response:
    """With its money where that goes back; a repeat changes nothing."""
    done = await deps.deeds.change(
        appointment_id,
        AppointmentState.CANCELLED,
        refund=form.money == "back",
        reason=form.reason,
        scope=scope,
        actor=actor,
    )
    return _done(appointment_id, way=AppointmentWay.CANCEL, refund=done.refund.refund_id if done.refund else None)


@router.post(f"{_ONE}/done")
async def done(
    appointment_id: AppointmentId,
    actor: Annotated[Actor, deed(AppointmentAction.CHANGED, Role.OPERATOR, Role.PROVIDER, target=_TARGET)],
    form: Annotated[AppointmentDoneForm, Form()],
    deps: Deps,
    scope: Scope,
) -> Response:
    """It took place; a repeat changes nothing."""
    await deps.deeds.change(
        appointment_id, AppointmentState.DONE, refund=False, reason=form.reason, scope=scope, actor=actor
    )
    return _done(appointment_id, way=AppointmentWay.DONE)


async def _ask(
    way: AppointmentWay,
    appointment_id: int,
    request: Request,
    typed: TypedAppointmentDeed,
    deps: AppointmentDesk,
    *,
    person: Principal,
    scope: int | None,
) -> Response:
    database = deps.desk.database
    appointment = await visible_to(database, appointment_id, scope)
    left = await deps.backs.left(database, appointment)
    filled_in = way is AppointmentWay.DONE or "reason" in request.query_params
    effect, amount, problems = await _look(deps, way, typed, appointment, left) if filled_in else (None, None, {})
    return deps.desk.page(
        "appointment_deed.html",
        status=_REFUSED if problems else 200,
        person=person.email,
        own_pages=own_pages(scope),
        title=f"{APPOINTMENT_TITLES[way]}: {appointment_id}",
        address=appointment_address(appointment_id),
        way=way.value,
        ways=appointment_ways(appointment, left, role=person.role, now=deps.desk.clock.now(), chosen=way),
        left=money_text(left, appointment.currency) if left else "",
        may_give_back=AppointmentWay.REFUND.may(person.role),
        amount=amount,
        typed=typed,
        problems=problems,
        effect=effect,
        key=str(uuid4()),
    )


async def _look(
    deps: AppointmentDesk, way: AppointmentWay, typed: TypedAppointmentDeed, appointment: Appointment, left: int
) -> tuple[DeedEffect | None, int | None, Mapping[str, str]]:
    """What it would come to, and how much would go back; or what is in the way, by field."""
    problems = typed.problems(way, appointment.currency)
    if problems:
        return None, None, problems
    try:
        if way is AppointmentWay.DONE:
            return done_effect(appointment, left, now=deps.desk.clock.now()), None, {}
        return *await _of_money(deps, way, typed, appointment, left), {}
    except NotSaid as missing:
        return None, None, {missing.field: str(missing)}
    except Condition as refused:
        return None, None, {"form": refused.detail}


async def _of_money(
    deps: AppointmentDesk, way: AppointmentWay, typed: TypedAppointmentDeed, appointment: Appointment, left: int
) -> tuple[DeedEffect, int | None]:
    """What giving back or cancelling would come to. Raises NotSaid, and as AppointmentRefunds.foresee."""
    back = way is AppointmentWay.REFUND or (left > 0 and typed.money == "back")
    wanted = typed.minor(appointment.currency) if way is AppointmentWay.REFUND else None
    foreseen = await deps.backs.foresee(deps.desk.database, appointment, wanted) if back else None
    if way is AppointmentWay.REFUND and foreseen is not None:
        return refund_effect(foreseen), foreseen.amount
    return cancel_effect(appointment, typed.money, left, foreseen), None


def _done(appointment_id: int, *, way: AppointmentWay | None = None, refund: UUID | None = None) -> Response:
    told = {name: str(value) for name, value in (("done", way), ("refund", refund)) if value is not None}
    return RedirectResponse(f"{appointment_address(appointment_id)}?{urlencode(told)}", status_code=303)
