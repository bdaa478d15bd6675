"""`/api/v1/hybrid-payments/route`, `test-routing`, `my-options` and `decisions`: who takes a payment, and why (P-3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from chassis.app import Moment, conditions, known_filters, read_place, write_cursor
from chassis.audit import Actor
from chassis.database import Database, Reader
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.exact import ExactRoute
from chassis.http.guards import Guard, require
from chassis.http.scopes import Scope, ScopeGuard
from chassis.money import exact_minor_units
from chassis.paging import page_of
from chassis.tokens import Role
from checkout.appointments import store as appointments_store
from checkout.appointments.domain import Appointment
from checkout.appointments.errors import UnknownAppointment
from checkout.appointments.tokens import AppointmentLinks
from checkout.catalogue.memory import CatalogueMemory
from checkout.orders import store as orders_store
from checkout.orders.access import OrderAccess
from checkout.orders.errors import UnknownOrder
from checkout.providers.domain import MOST_ID
from checkout.providers.errors import UnknownProvider
from checkout.routing import store
from checkout.routing.domain import RoutingAction, RoutingQuestion
from checkout.routing.errors import PaymentRoutingFailed, no_amount, no_provider, one_subject_only
from checkout.routing.schemas import DecisionOut, DecisionPage, DryRunIn, OptionsOut, RoutedOut, RouteIn, failure
from checkout.routing.service import RoutingService

router = APIRouter(prefix="/api/v1/hybrid-payments", tags=["payments"], route_class=ExactRoute)
_LOOKING: Final = require(Role.VIEWER, Role.PROVIDER)
_SCOPE: Final = ScopeGuard()


class OptionsGuard(Guard):
    """Lets who pays pass, of whom the token of the order or appointment is asked then, and people who may look."""

    async def __call__(self, request: Request) -> int | None:
        """The provider that the caller is bound to; None for staff and buyers."""
        if {"order", "appointment"} & set(request.query_params):
            return None
        await _LOOKING(request)
        return await _SCOPE(request)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingDeps:
    """What the routes work with.

    currency: of an amount that names none
    refunds_standing: says which refunds nobody decides, as a sentence; None where there is none
    """

    database: Database
    routing: RoutingService
    access: OrderAccess
    links: AppointmentLinks
    memory: CatalogueMemory
    currency: str
    refunds_standing: Callable[[Reader], Awaitable[str | None]]


Deps = Annotated[RoutingDeps, provided(RoutingDeps)]
_FAILURES: Final = conditions(PaymentRoutingFailed, UnknownAppointment, UnknownProvider, UnknownOrder)


@router.post("/route", responses=_FAILURES)
async def route(
    body: RouteIn,
    deps: Deps,
    actor: Annotated[Actor, deed(RoutingAction.ROUTED, Role.OPERATOR, Role.PROVIDER)],
    scope: Scope,
) -> RoutedOut:
    """Decides who takes a payment, and keeps the decision; where nobody can, that is kept, too."""
    if (body.appointment_id is None) == (body.order is None):
        raise one_subject_only()
    async with deps.database.transaction() as tx:
        question = await _question(tx, deps, body, scope)
        if question.provider_id is None:
            raise no_provider()
        kept = await deps.routing.route(tx, question.provider_id, question, actor=actor)
    if kept.routed.fault is not None:
        raise failure(kept.routed, kept.decision_id)
    return RoutedOut.of(question, kept.routed, kept.fees, decision_id=kept.decision_id)


@router.get("/test-routing", dependencies=[Depends(_LOOKING)], responses=_FAILURES)
async def test_routing(asked: Annotated[DryRunIn, Query()], deps: Deps, scope: Scope) -> RoutedOut:
    """Who would take a payment. Nothing is kept."""
    question = await _question(deps.database, deps, asked, scope)
    return RoutedOut.of(question, *await deps.routing.test(deps.database, question))


@router.post("/test-routing", responses=_FAILURES)
async def try_routing(
    body: DryRunIn,
    deps: Deps,
    actor: Annotated[Actor, deed(RoutingAction.TESTED, Role.OPERATOR, Role.PROVIDER)],
    scope: Scope,
) -> RoutedOut:
    """The same, asked by a body."""
    async with deps.database.transaction() as tx:
        question = await _question(tx, deps, body, scope)
        routed, fees = await deps.routing.test(tx, question)
        await deps.routing.tested(tx, routed, actor=actor)
    return RoutedOut.of(question, routed, fees)


@router.get("/my-options", responses=conditions(UnknownAppointment, UnknownOrder, UnknownProvider))
async def my_options(
    request: Request,
    deps: Deps,
    scope: Annotated[int | None, Depends(OptionsGuard())],
    order: Annotated[str | None, Query(max_length=40, description="for its buyer, with the order's token")] = None,
    appointment: Annotated[int | None, Query(ge=1, le=MOST_ID, description="for its customer, with its token")] = None,
    token: Annotated[str, Query(max_length=200, description="the order's own access token, or the appointment's")] = "",
    provider: Annotated[int | None, Query(ge=1, le=MOST_ID, description="for staff")] = None,
) -> OptionsOut:
    """Who may take payments: of the caller's provider, or for who pays an order or an appointment."""
    if appointment is not None:
        if not deps.links.opens(appointment, token):
            raise UnknownAppointment
        booked = await _appointment(deps.database, appointment, None)
        question = RoutingQuestion.about(booked)
        return OptionsOut.of(booked.provider_id, await deps.routing.choices(deps.database, question))
    if order is not None:
        found = await orders_store.get(deps.database, await deps.access.own(request, order, token))
        assert found is not None  # noqa: S101 whose token was just looked at
        whose = await _provider_of(deps.database, deps, found.order_id, None)
        priced = RoutingQuestion(provider_id=whose, amount=found.amount, currency=found.currency)
        return OptionsOut.of(whose, await deps.routing.choices(deps.database, priced))
    whose = scope or provider
    return OptionsOut.of(whose, await deps.routing.options(deps.database, whose))


@router.get("/decisions", dependencies=[Depends(_LOOKING), Depends(known_filters)])
async def decisions(
    deps: Deps,
    scope: Scope,
    provider: Annotated[int | None, Query(ge=1, le=MOST_ID)] = None,
    since: Annotated[Moment | None, Query(description="those made then or later")] = None,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> DecisionPage:
    """The decisions that were kept, the newest first; a provider sees its own."""
    before = read_place(cursor) if cursor else None
    found, following = await page_of(
        lambda most: store.find(deps.database, provider_id=scope or provider, since=since, before=before, limit=most),
        limit=limit,
        cursor=lambda kept: write_cursor(kept.at, kept.decision_id),
    )
    steps = await store.steps_of(deps.database, [each.decision_id for each in found])
    data = [DecisionOut.of(each, steps.get(each.decision_id, ())) for each in found]
    return DecisionPage(data=data, next_cursor=following)


async def _question(reader: Reader, deps: RoutingDeps, asked: RouteIn | DryRunIn, scope: int | None) -> RoutingQuestion:
    """Raises what is wrong with it; what is another provider's is unknown to a provider."""
    appointment = None if asked.appointment_id is None else await _appointment(reader, asked.appointment_id, scope)
    whose = await _provider_of(reader, deps, asked.order, scope)
    currency = asked.currency or (appointment.currency if appointment else deps.currency)
    amount = exact_minor_units(asked.amount, currency)
    if amount is None or amount <= 0:
        raise no_amount(currency)
    named = appointment.provider_id if appointment else whose or asked.provider
    if scope is not None and named not in (None, scope):
        raise UnknownProvider
    return RoutingQuestion(
        provider_id=named or scope, appointment=appointment, order_id=asked.order, amount=amount, currency=currency
    )


async def _appointment(reader: Reader, appointment_id: int, scope: int | None) -> Appointment:
    found = await appointments_store.get(reader, appointment_id)
    if found is None or scope not in (None, found.provider_id):
        raise UnknownAppointment
    return found


async def _provider_of(reader: Reader, deps: RoutingDeps, order_id: UUID | None, scope: int | None) -> int | None:
    """Whose an order is, as far as that provider is known; what is not a provider's own is unknown to it."""
    if order_id is None:
        return None
    order = await orders_store.get(reader, order_id)
    whose = deps.memory.current.terms.providers.get(order.line.item_id) if order else None
    if order is None or scope not in (None, whose):
        raise UnknownOrder
    return whose if whose is not None and deps.routing.knows(whose) else None
