"""Orders over HTTP: lists for staff, and each order for its buyer, once or as a stream (C-6)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from chassis.app import Page, conditions, known_filters, read_place
from chassis.calendars import CalendarEntry, calendar_file
from chassis.clock import Clock
from chassis.database import Database
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.paging import page_of
from chassis.process import leaving
from chassis.tokens import Principal, Role
from checkout.catalogue.errors import CatalogueEmpty
from checkout.catalogue.memory import CatalogueMemory
from checkout.orders import fulfilment_store, list_store, store
from checkout.orders.access import OrderAccess
from checkout.orders.domain import Order
from checkout.orders.errors import UnknownOrder
from checkout.orders.filters import order_filters, write_place
from checkout.orders.list_store import OrderFilters
from checkout.orders.models import OrderDetailOut, OrderOut, order_detail_out, order_out
from checkout.orders.watch import OrderWatch

router = APIRouter(tags=["orders"])

HEARTBEAT_SECONDS: Final = 15.0
LOOK_SECONDS: Final = 1.0
LONGEST_STREAM_SECONDS: Final = 900.0
_NO_STORE: Final = {"Cache-Control": "no-store"}
_STREAM: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/event-stream": {}}}}
_CALENDAR: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/calendar": {}}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDeps:
    """What these routes work with; all of it is read without locks.

    database: checkout's own
    watch: tells open streams that their order has moved
    memory: the catalogue
    access: tells who may see an order
    business: its name
    clock: the time
    """

    database: Database
    watch: OrderWatch
    memory: CatalogueMemory
    access: OrderAccess
    business: str
    clock: Clock


Deps = Annotated[OrderDeps, provided(OrderDeps)]


def no_store(response: Response) -> None:
    """A dependency: no cache keeps what a person may see."""
    response.headers.update(_NO_STORE)


@router.get("/api/orders", dependencies=[Depends(known_filters), Depends(no_store)])
async def list_orders(
    principal: Annotated[Principal, Depends(require(Role.VIEWER))],
    filters: Annotated[OrderFilters, Depends(order_filters)],
    deps: Deps,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Page[OrderOut]:
    """Orders, newest first (C-6, X-3); personal data only for admins."""
    before = read_place(cursor) if cursor else None
    rows, following = await page_of(
        lambda most: list_store.find(deps.database, filters, before=before, limit=most),
        limit=limit,
        cursor=write_place,
    )
    full = principal.role.allows(Role.ADMIN)
    return Page(data=[order_out(order, codes=False, personal=full) for order in rows], next_cursor=following)


@router.get("/api/orders/{order_id}", dependencies=[Depends(no_store)], responses=conditions(UnknownOrder))
async def get_order(order_id: str, request: Request, deps: Deps, token: str = "") -> OrderDetailOut:
    """One order, for its buyer or for staff (C-6)."""
    found, principal = await deps.access.any(request, order_id, token)
    return await _detail(deps, found, full=principal is None or principal.role.allows(Role.ADMIN))


@router.get(
    "/api/orders/{order_id}/events", response_class=StreamingResponse, responses={**_STREAM, **conditions(UnknownOrder)}
)
async def follow_order(order_id: str, request: Request, deps: Deps, token: str = "") -> StreamingResponse:
    """Server-sent events: `order`, with the same document, at once and whenever something moves (C-6)."""
    found = await deps.access.own(request, order_id, token)
    link = (await _order(deps, found)).link_issue
    headers = {**_NO_STORE, "X-Accel-Buffering": "no"}
    return StreamingResponse(_stream(deps, found, link), media_type="text/event-stream", headers=headers)


@router.get(
    "/api/orders/{order_id}/calendar.ics",
    response_class=Response,
    responses={**_CALENDAR, **conditions(UnknownOrder, CatalogueEmpty)},
)
async def calendar(order_id: str, request: Request, deps: Deps, token: str = "") -> Response:
    """The workshop as a calendar file."""
    found, _ = await deps.access.any(request, order_id, token)
    order = await _order(deps, found)
    if not order.seats:
        raise UnknownOrder
    city = deps.memory.current.cities[order.line.item_id]
    entry = CalendarEntry(
        order_id=order.order_id,
        number=order.number,
        seats=len(order.seats),
        business=deps.business,
        written_at=deps.clock.now(),
    )
    headers = {**_NO_STORE, "Content-Disposition": f'attachment; filename="{city.city_id}.ics"'}
    return Response(calendar_file(entry, city), media_type="text/calendar", headers=headers)


async def _order(deps: OrderDeps, order_id: UUID) -> Order:
    order = await store.get(deps.database, order_id)
    if order is None:
        raise UnknownOrder
    return order


async def _detail(deps: OrderDeps, order_id: UUID, *, full: bool) -> OrderDetailOut:
    """Whole for the buyer and for an admin, masked for other staff."""
    order = await _order(deps, order_id)
    history = await store.history(deps.database, order_id)
    fulfilment = await fulfilment_store.fulfilment(deps.database, order_id)
    return order_detail_out(order, history, fulfilment, codes=full, personal=full)


async def _stream(deps: OrderDeps, order_id: UUID, link: int) -> AsyncIterator[bytes]:
    """Ends after a while, so that nothing lives for ever, or with its process; the browser comes back by itself.

    It ends with the issue of the order's `link`, too: the next one is somebody else's.
    """
    yield b"retry: 2000\n\n"
    spoken = deps.clock.monotonic()
    ends = spoken + LONGEST_STREAM_SECONDS
    async with deps.watch.watch(order_id) as moves:
        while deps.clock.monotonic() < ends and not leaving():
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    version, revision = await moves.get()
            except TimeoutError:
                if deps.clock.monotonic() - spoken < HEARTBEAT_SECONDS:
                    continue
                text = ": still here\n\n"
            else:
                document = (await _detail(deps, order_id, full=True)).model_dump_json(by_alias=True)
                # Asked afterwards: what was read before it is of this link's time.
                if await store.link_issue(deps.database, order_id) != link:
                    return
                text = f"id: {version}.{revision}\nevent: order\ndata: {document}\n\n"
            yield text.encode()
            spoken = deps.clock.monotonic()
