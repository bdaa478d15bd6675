"""`/staff/appointments`: appointments of all providers for staff, and for each provider its own (P-11, W-2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from chassis import audit
from chassis.app import PlainText
from chassis.database import Reader
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.http.scopes import Scope
from chassis.paging import page_of
from chassis.tokens import Principal, Role
from checkout.appointments import list_store
from checkout.appointments import store as appointments_store
from checkout.appointments.domain import Appointment, AppointmentState
from checkout.appointments.errors import UnknownAppointment
from checkout.appointments.schemas import AppointmentId
from checkout.appointments.tokens import AppointmentLinks
from checkout.providers import store as providers_store
from checkout.providers.domain import MOST_ID
from checkout.routing import store as routing_store
from checkout.staff.appointment_deed_views import appointment_ways, done_lines
from checkout.staff.appointment_forms import AppointmentWay
from checkout.staff.appointment_list_views import AppointmentSearch, appointment_choices, appointment_rows
from checkout.staff.appointment_views import AppointmentLife, appointment_record
from checkout.staff.order_desk import OrderDesk
from checkout.staff.order_list_views import money_text
from checkout.staff.own_pages import APPOINTMENTS, own_pages
from checkout.takings import store as takings_store
from checkout.takings.deeds import AppointmentDeeds
from checkout.takings.refunding import AppointmentRefunds
from checkout.traces import ledger_store
from checkout.wayrefunds import store as way_refunds_store
from ui.staff import StaffRoute

router = APIRouter(include_in_schema=False, route_class=StaffRoute)

ROWS: Final = 50
# Of an appointment, on its page: whoever asks about its payment makes one.
_DECISIONS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentDesk:
    """What the pages work with.

    desk: templates, database and clock
    links: of what customers see
    backs: says what of a payment can go back
    deeds: what people do about appointments and their money
    """

    desk: OrderDesk
    links: AppointmentLinks
    backs: AppointmentRefunds
    deeds: AppointmentDeeds


Deps = Annotated[AppointmentDesk, provided(AppointmentDesk)]
Number = Annotated[int | None, Query(ge=1, le=MOST_ID)]


@router.get(APPOINTMENTS)
async def appointments(
    viewer: Annotated[Principal, Depends(require(Role.VIEWER, Role.PROVIDER))],
    scope: Scope,
    deps: Deps,
    text: PlainText = "",
    state: AppointmentState | None = None,
    provider: PlainText = "",
    before: Number = None,
) -> Response:
    """The appointments that fit, those booked last first; a provider sees its own."""
    desk = deps.desk
    search = AppointmentSearch(text=text.strip(), state=state, provider=provider.strip() if scope is None else "")
    found, following = await page_of(
        lambda most: list_store.find(desk.database, search.filters(scope), before=before, limit=most),
        limit=ROWS,
        cursor=lambda each: str(each.appointment_id),
    )
    return desk.page(
        "appointments.html",
        person=viewer.email,
        own_pages=own_pages(scope),
        search=search,
        choices=appointment_choices(search),
        rows=appointment_rows(found, role=viewer.role, zone=desk.site.zone),
        narrowed=search.narrowed or before is not None,
        older=search.address(before=following) if following else None,
    )


@router.get(f"{APPOINTMENTS}/{{appointment_id}}")
async def one_appointment(
    appointment_id: AppointmentId,
    viewer: Annotated[Principal, Depends(require(Role.VIEWER, Role.PROVIDER))],
    scope: Scope,
    deps: Deps,
    done: AppointmentWay | None = None,
    refund: UUID | None = None,
) -> Response:
    """Where it stands, its money and what went back of it, who was to take its payment, and who did what.

    done, refund: what somebody has just done, and the money that goes back by it
    """
    desk = deps.desk
    appointment = await visible_to(desk.database, appointment_id, scope)
    life = await _life(desk.database, appointment)
    left = await deps.backs.left(desk.database, appointment)
    return desk.page(
        "appointment.html",
        person=viewer.email,
        own_pages=own_pages(scope),
        appointment=appointment_record(
            appointment,
            life,
            role=viewer.role,
            page=deps.links.page(appointment_id),
            now=desk.clock.now(),
            zone=desk.site.zone,
        ),
        left=money_text(left, appointment.currency) if left else "",
        ways=appointment_ways(appointment, left, role=viewer.role, now=desk.clock.now()),
        done=done_lines(appointment.state, done, refund, life.refunds),
    )


async def visible_to(reader: Reader, appointment_id: int, scope: int | None) -> Appointment:
    """The appointment, for whoever may see it; raises UnknownAppointment."""
    found = await appointments_store.get(reader, appointment_id)
    if found is None or scope not in {None, found.provider_id}:
        raise UnknownAppointment
    return found


async def _life(reader: Reader, appointment: Appointment) -> AppointmentLife:
    number = appointment.appointment_id
    decisions = await routing_store.of_appointment(reader, number, limit=_DECISIONS)
    steps = await routing_store.steps_of(reader, [each.decision_id for each in decisions])
    return AppointmentLife(
        provider=await providers_store.get(reader, appointment.provider_id),
        moves=await ledger_store.of_appointment(reader, number),
        refunds=await way_refunds_store.of_appointment(reader, number),
        decisions=decisions,
        steps=[step for each in decisions for step in steps.get(each.decision_id, ())],
        attempts=await takings_store.of_appointment(reader, number),
        deeds=await audit.of_target(reader, audit.target("appointment", number)),
    )
