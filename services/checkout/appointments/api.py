"""`/api/v1/appointments`: what providers are paid for, booked and looked at (P-11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, Field

from chassis.app import conditions, known_filters
from chassis.audit import Actor
from chassis.database import Database
from chassis.emails import EmailAddress
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.exact import Decimals, ExactRoute, SnakeBody, SnakeOut
from chassis.http.guards import require
from chassis.http.scopes import Scope
from chassis.money import exact_minor_units
from chassis.paging import page_of
from chassis.tokens import Principal, Role
from checkout.appointments import store
from checkout.appointments.domain import AppointmentAction, AppointmentState, NewAppointment
from checkout.appointments.errors import AppointmentTaken, UnknownAppointment, no_price
from checkout.appointments.schemas import AppointmentId, AppointmentOut
from checkout.appointments.service import Appointments
from checkout.appointments.tokens import AppointmentLinks
from checkout.providers.domain import MOST_ID
from checkout.providers.errors import UnknownProvider
from config.values import Currency

router = APIRouter(prefix="/api/v1/appointments", tags=["payments"], route_class=ExactRoute)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentDeps:
    """What the routes work with.

    links: of what customers see
    currency: of an appointment that names none
    """

    database: Database
    appointments: Appointments
    links: AppointmentLinks
    currency: str


Deps = Annotated[AppointmentDeps, provided(AppointmentDeps)]
Looking = Annotated[Principal, Depends(require(Role.VIEWER, Role.PROVIDER))]


class AppointmentIn(SnakeBody):
    """What is to be booked."""

    provider: int | None = Field(None, ge=1, le=MOST_ID, description="with whom; a provider's own token says it")
    customer_email: EmailAddress
    price: Decimals
    currency: Currency | None = Field(None, description="ISO 4217; the installation's by default")
    starts: AwareDatetime


class AppointmentPage(SnakeOut):
    """A page of appointments."""

    data: list[AppointmentOut]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null at the end")


@router.get("", dependencies=[Depends(known_filters)])
async def list_appointments(
    deps: Deps,
    principal: Looking,
    scope: Scope,
    provider: Annotated[int | None, Query(ge=1, le=MOST_ID)] = None,
    state: AppointmentState | None = None,
    cursor: Annotated[int, Query(ge=0, le=MOST_ID)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> AppointmentPage:
    """Appointments by id; a provider sees its own."""
    found, following = await page_of(
        lambda most: store.find(deps.database, provider_id=scope or provider, state=state, after=cursor, limit=most),
        limit=limit,
        cursor=lambda appointment: str(appointment.appointment_id),
    )
    data = [AppointmentOut.of(each, principal.role, deps.links) for each in found]
    return AppointmentPage(data=data, next_cursor=following)


@router.get("/{appointment_id}", responses=conditions(UnknownAppointment))
async def show_appointment(
    appointment_id: AppointmentId, deps: Deps, principal: Looking, scope: Scope
) -> AppointmentOut:
    """One appointment."""
    found = await store.get(deps.database, appointment_id)
    if found is None or scope not in (None, found.provider_id):
        raise UnknownAppointment
    return AppointmentOut.of(found, principal.role, deps.links)


@router.post("", responses=conditions(UnknownProvider, AppointmentTaken))
async def book(
    body: AppointmentIn,
    deps: Deps,
    actor: Annotated[Actor, deed(AppointmentAction.BOOKED, Role.OPERATOR, Role.PROVIDER)],
    scope: Scope,
) -> AppointmentOut:
    """Books an appointment; the same a second time gives the first one."""
    currency = body.currency or deps.currency
    price = exact_minor_units(body.price, currency)
    if price is None or price <= 0:
        raise no_price(currency)
    if scope is not None and body.provider not in (None, scope):
        raise UnknownProvider
    provider = scope or body.provider
    if provider is None:
        raise UnknownProvider("Name the provider.")
    wanted = NewAppointment(
        provider_id=provider, customer_email=body.customer_email, price=price, currency=currency, starts=body.starts
    )
    async with deps.database.transaction() as tx:
        booked = await deps.appointments.book(tx, wanted, actor=actor)
    return AppointmentOut.of(booked, actor.role, deps.links)
