"""`/api/admin/cities/{cityId}/refund`: all orders of a city get their money back, shown before it is done (C-7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from pydantic import Field

from chassis.app import Body, Out, Words, conditions
from chassis.audit import Actor
from chassis.database import Database
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.ids import display_number
from chassis.tokens import Principal, Role
from checkout.cityrefunds import store
from checkout.cityrefunds.domain import CityOrder, CityPlan, CityRefundAction, Exclusion, Progress
from checkout.cityrefunds.errors import CityOrdersChanged, CityRefundRunning, UnknownCityRefund
from checkout.cityrefunds.service import CityRefunds
from checkout.payments.processors.port import Processor, ProcessorFailure

router = APIRouter(prefix="/api/admin", tags=["refunds"])

_DEADLINE: Final = timedelta(seconds=5)
CityId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]


class CityRefundIn(Body):
    """What a person wants, and has seen."""

    reason: Words = Field(description="why, for the record")
    return_seats: bool = Field(description="whether the seats go back on sale")
    expected_orders: int = Field(ge=1, description="`orders` of the preview: refused when it is another number by now")


class MoneyOut(Out):
    """What goes back in one currency."""

    currency: str
    amount: int = Field(description="In minor units")
    own_amount: int = Field(description="What of it goes back from our own account; the rest from those of providers")
    available: int | None = Field(description="What our own account has; null when its processor does not say")


class ExcludedOut(Out):
    """An order of the city that is left out."""

    order_id: UUID
    display_number: str
    why: Exclusion


class CityPreviewOut(Out):
    """What a refund of the city would do now."""

    city_id: str
    orders: int = Field(description="How many get their money back")
    money: list[MoneyOut]
    excluded: list[ExcludedOut]


class FailedOrderOut(Out):
    """An order of which no refund could be asked for."""

    order_id: UUID
    display_number: str
    problem: str = Field(description="Why, as a code")


class CityRefundOut(Out):
    """How far a city's refund is."""

    run_id: UUID
    city_id: str
    orders: int
    waiting: int = Field(description="Orders that are to be asked for yet")
    failed: list[FailedOrderOut]
    refunds: dict[str, int] = Field(description="Refunds that were asked for, by state")
    finished: bool = Field(description="Whether nothing is left to be done by us or a processor")


@dataclass(frozen=True, slots=True, kw_only=True)
class CityRefundDeps:
    """What these routes work with.

    database: checkout's own
    runs: the use cases
    processor: whose account is asked for its balance
    wake: tells the worker that something is due
    """

    database: Database
    runs: CityRefunds
    processor: Processor
    wake: Callable[[], None]


Deps = Annotated[CityRefundDeps, provided(CityRefundDeps)]
Viewer = Annotated[Principal, Depends(require(Role.VIEWER))]


@router.get("/cities/{city_id}/refund")
async def preview_city_refund(city_id: CityId, _viewer: Viewer, deps: Deps) -> CityPreviewOut:
    """How many orders would get how much back, which are left out and why, and what our own account has for it."""
    plan = CityPlan.of(await store.orders_of(deps.database, city_id))
    available = await _available(deps.processor)
    return CityPreviewOut(
        city_id=city_id,
        orders=len(plan.orders),
        money=[
            MoneyOut(
                currency=currency,
                amount=amount,
                own_amount=plan.own_amounts[currency],
                available=available.get(currency),
            )
            for currency, amount in sorted(plan.amounts.items())
        ],
        excluded=[_excluded(each) for each in plan.excluded],
    )


@router.post("/cities/{city_id}/refund", status_code=202, responses=conditions(CityRefundRunning, CityOrdersChanged))
async def refund_city(
    city_id: CityId,
    actor: Annotated[Actor, deed(CityRefundAction.STARTED, Role.ADMIN, target="city:{city_id}")],
    body: CityRefundIn,
    deps: Deps,
) -> CityRefundOut:
    """Each order gets back what is left of it, by a refund of its own; the list of failed ones says which did not."""
    async with deps.database.transaction() as tx:
        run = await deps.runs.start(
            tx,
            city_id,
            expected=body.expected_orders,
            return_seats=body.return_seats,
            reason=body.reason,
            actor=actor,
        )
        tx.after_commit(deps.wake)
    return await _progress(deps, run.run_id)


@router.get("/city-refunds/{run_id}", responses=conditions(UnknownCityRefund))
async def show_city_refund(run_id: UUID, _viewer: Viewer, deps: Deps) -> CityRefundOut:
    """How far it is."""
    return await _progress(deps, run_id)


async def _progress(deps: CityRefundDeps, run_id: UUID) -> CityRefundOut:
    found = await store.progress(deps.database, run_id)
    if found is None:
        raise UnknownCityRefund
    return _out(found)


def _out(found: Progress) -> CityRefundOut:
    failed = [
        FailedOrderOut(order_id=each.order_id, display_number=display_number(each.number), problem=each.problem)
        for each in found.failed
    ]
    return CityRefundOut(
        run_id=found.run.run_id,
        city_id=found.run.city_id,
        orders=found.orders,
        waiting=found.waiting,
        failed=failed,
        refunds=dict(found.refunds),
        finished=found.finished,
    )


def _excluded(order: CityOrder) -> ExcludedOut:
    return ExcludedOut(
        order_id=order.order_id,
        display_number=display_number(order.number),
        why=order.excluded or Exclusion.NOT_PAID,
    )


async def _available(processor: Processor) -> dict[str, int]:
    """A processor that does not answer stops nobody."""
    try:
        return dict(await processor.balance(deadline=_DEADLINE))
    except ProcessorFailure:
        return {}
