"""`/appointments/{id}`: an appointment for whoever has its link, and the way to its payment page (P-11, W-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from chassis.cookies import read_cookie, set_cookie
from chassis.database import Database
from chassis.errors import Condition
from chassis.http.deps import provided
from checkout.appointments import store
from checkout.appointments.domain import Appointment, AppointmentState
from checkout.appointments.tokens import AppointmentLinks
from checkout.connections.models import PROCESSOR_NAME
from checkout.providers import store as providers_store
from checkout.providers.domain import MOST_ID
from checkout.routing.domain import RoutingQuestion
from checkout.routing.service import RoutingService
from checkout.takings.paying import AppointmentPaying
from checkout.web.appointment_views import AppointmentView, appointment_view
from checkout.web.site import Site
from languages import current, gettext, translate

router = APIRouter(include_in_schema=False)

_LIFETIME: Final = timedelta(days=90)
# As the decisions tell who has asked.
_BUYER: Final = "customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentPageDeps:
    """What the pages work with.

    site: templates and brand
    database: where appointments are read
    links: tells whose link it is
    routing: tells by which ways it can be paid
    paying: opens payment pages
    zone: the business's time zone
    """

    site: Site
    database: Database
    links: AppointmentLinks
    routing: RoutingService
    paying: AppointmentPaying
    zone: str


Deps = Annotated[AppointmentPageDeps, provided(AppointmentPageDeps)]
_Number = Annotated[int, Path(ge=1, le=MOST_ID)]


@router.get("/appointments/{appointment_id}")
async def appointment(request: Request, appointment_id: _Number, deps: Deps) -> Response:
    """The appointment, with the ways to pay it. The token goes into a cookie, out of the address.

    Who comes back from the payment page is told what became of it.
    """
    token = request.query_params.get("token")
    if token is not None:
        return _exchanged(request, deps, appointment_id, token)
    if not _opens(request, deps, appointment_id):
        return _no_appointment(deps.site)
    back = request.query_params.get("paid") is not None
    if back:
        await deps.paying.look(appointment_id)
    return await _shown(deps, appointment_id, back=back)


@router.post("/appointments/{appointment_id}/pay")
async def pay(request: Request, appointment_id: _Number, deps: Deps) -> Response:
    """On to the payment page, or what stands in the way."""
    if not _opens(request, deps, appointment_id):
        return _no_appointment(deps.site)
    wanted = str((await request.form()).get("processor", ""))
    choice = wanted if PROCESSOR_NAME.fullmatch(wanted) else None
    try:
        opened = await deps.paying.pay(appointment_id, choice=choice, asked_by=_BUYER, language=current().tag)
    except Condition as refused:
        return await _shown(deps, appointment_id, problem=translate(refused.detail), status=refused.status)
    return deps.site.page("leaving_appointment.html", url=opened.page_url)


async def _shown(
    deps: AppointmentPageDeps, appointment_id: int, *, back: bool = False, problem: str = "", status: int = 200
) -> Response:
    found = await store.get(deps.database, appointment_id)
    if found is None:
        return _no_appointment(deps.site)
    return deps.site.page("appointment.html", status=status, view=await _view(deps, found, back=back, problem=problem))


async def _view(deps: AppointmentPageDeps, found: Appointment, *, back: bool, problem: str) -> AppointmentView:
    provider = await providers_store.get(deps.database, found.provider_id)
    booked = found.state is AppointmentState.BOOKED
    return appointment_view(
        found,
        provider=provider.name if provider else "",
        business=deps.site.brand.name,
        options=await deps.routing.choices(deps.database, RoutingQuestion.about(found)) if booked else (),
        back=back,
        problem=problem if booked else "",
        zone=deps.zone,
    )


def _exchanged(request: Request, deps: AppointmentPageDeps, appointment_id: int, token: str) -> Response:
    """A token that opens nothing sets nothing; the clean address then says so."""
    back = "?paid=1" if request.query_params.get("paid") is not None else ""
    response = RedirectResponse(f"/appointments/{appointment_id}{back}", status_code=303)
    if deps.links.opens(appointment_id, token):
        set_cookie(request, response, _cookie(appointment_id), token, lifetime=_LIFETIME)
    return response


def _opens(request: Request, deps: AppointmentPageDeps, appointment_id: int) -> bool:
    return deps.links.opens(appointment_id, read_cookie(request, _cookie(appointment_id)) or "")


def _cookie(appointment_id: int) -> str:
    return f"fullhouse_appointment_{appointment_id}"


def _no_appointment(site: Site) -> Response:
    return site.message(
        gettext("We can’t show that appointment here."),
        gettext("Open the link that you were given, in the browser where you want to see it."),
        status=404,
    )
