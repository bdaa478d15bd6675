"""`/staff/orders`: the orders that people look for, and all that is known of one (C-5, C-6, W-2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from chassis.app import PlainText, read_place
from chassis.database import Database
from chassis.http.guards import require
from chassis.paging import page_of
from chassis.tokens import Principal, Role
from checkout.feedback import store as feedback_store
from checkout.orders import fulfilment_store, list_store
from checkout.orders import store as orders_store
from checkout.orders.domain import Order
from checkout.orders.errors import UnknownOrder
from checkout.orders.filters import write_place
from checkout.orders.fulfilment import NOT_FULFILLED
from checkout.orders.models import order_out
from checkout.payments import store as payments_store
from checkout.payments import trouble_store
from checkout.purchases import way_store
from checkout.refunds import store as refunds_store
from checkout.routing import store as routing_store
from checkout.routing.domain import RoutingStep
from checkout.staff.order_deed_views import DONE, deed_choices
from checkout.staff.order_desk import Desk, money_of
from checkout.staff.order_forms import OrderWay
from checkout.staff.order_list_views import HOME, OrderSearch, city_choices, order_rows, state_choices
from checkout.staff.order_views import Paid, order_view
from checkout.staff.support_views import feedback_rows, support_rows
from checkout.support import store as support_store
from events import OrderState
from ui.staff import StaffRoute

router = APIRouter(include_in_schema=False, route_class=StaffRoute)

ROWS: Final = 50


@router.get(HOME)
async def orders(
    viewer: Annotated[Principal, Depends(require(Role.VIEWER))],
    desk: Desk,
    text: PlainText = "",
    state: OrderState | None = None,
    city: PlainText = "",
    cursor: str | None = None,
) -> Response:
    """The orders that fit, newest first; personal data only for admins, as over the API."""
    search = OrderSearch(text=text.strip(), state=state, city_id=city)
    before = read_place(cursor) if cursor else None
    found, following = await page_of(
        lambda most: list_store.find(desk.database, search.filters(), before=before, limit=most),
        limit=ROWS,
        cursor=write_place,
    )
    shown = [order_out(order, codes=False, personal=_whole(viewer)) for order in found]
    cities = desk.memory.current.cities
    return desk.page(
        "orders.html",
        person=viewer.email,
        search=search,
        states=state_choices(search),
        cities=city_choices(search, cities),
        rows=order_rows(shown, cities, now=desk.clock.now(), zone=desk.site.zone),
        narrowed=search.narrowed or before is not None,
        older=search.address(cursor=following) if following else None,
    )


@router.get(f"{HOME}/{{order_id}}")
async def one_order(
    order_id: UUID,
    viewer: Annotated[Principal, Depends(require(Role.VIEWER))],
    desk: Desk,
    done: OrderWay | None = None,
) -> Response:
    """Where an order stands, its tickets, its money, what its buyer was told, how it came about, and what can be done.

    done: what somebody has just done
    """
    order = await orders_store.get(desk.database, order_id)
    if order is None:
        raise UnknownOrder
    fulfilment = await fulfilment_store.fulfilment(desk.database, order_id)
    paid, given = await _paid(desk, order), await feedback_store.of_order(desk.database, order_id)
    view = order_view(
        order_out(order, codes=False, personal=_whole(viewer)),
        await orders_store.history(desk.database, order_id),
        fulfilment or NOT_FULFILLED,
        paid,
        desk.memory.current.cities,
        now=desk.clock.now(),
        zone=desk.site.zone,
    )
    return desk.page(
        "order.html",
        person=viewer.email,
        order=view,
        calls_for_help=support_rows(
            await support_store.find(desk.database, only_open=False, order_id=order_id, limit=ROWS),
            role=viewer.role,
            now=desk.clock.now(),
            zone=desk.site.zone,
        ),
        feedback=feedback_rows([given] if given else (), role=viewer.role, now=desk.clock.now(), zone=desk.site.zone),
        ways=deed_choices(order, paid.money, role=viewer.role),
        done=DONE[done] if done else "",
    )


async def _paid(desk: Desk, order: Order) -> Paid:
    database, order_id = desk.database, order.order_id
    money = await money_of(database, order_id)
    return Paid(
        money=money,
        refunds=await refunds_store.of_order(database, order_id),
        attempts=await payments_store.of_order(database, order_id),
        troubles=await trouble_store.of_order(database, order_id),
        left=money.left(order),
        steps=await _steps(database, order_id),
    )


async def _steps(database: Database, order_id: UUID) -> Sequence[RoutingStep]:
    """What was done about the decision of who takes its payment."""
    decided = await way_store.get(database, order_id)
    return (await routing_store.steps_of(database, [decided[0]])).get(decided[0], ()) if decided else ()


def _whole(viewer: Principal) -> bool:
    return viewer.role.allows(Role.ADMIN)
