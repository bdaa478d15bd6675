from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from chassis.app import Moment, PlainText, as_json, json_answer, known_filters, no_cursor, read_cursor, write_cursor
from chassis.clock import Clock
from chassis.database import Database
from chassis.paging import page_of
from chassis.process import leaving
from chassis.tokens import Principal, Role, require
from checkout.catalogue.memory import CatalogueMemory
from checkout.orders import fulfilment_store, store
from checkout.orders.access import OrderAccess
from checkout.orders.answers import order_answer, order_row
from checkout.orders.calendar import calendar_file
from checkout.orders.domain import Order
from checkout.orders.errors import UnknownOrder
from checkout.orders.watch import OrderWatch
from events import OrderState

HEARTBEAT_SECONDS: Final = 15.0
LOOK_SECONDS: Final = 1.0
LONGEST_STREAM_SECONDS: Final = 900.0
_NO_STORE: Final = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDesk:
    """What the routes read from, without locks."""

    database: Database
    watch: OrderWatch
    memory: CatalogueMemory

    async def order(self, order_id: UUID) -> Order:
        order = await store.get(self.database, order_id)
        if order is None:
            raise UnknownOrder
        return order

    async def answer(self, order_id: UUID, principal: Principal | None) -> dict[str, Any]:
        """Whole for the buyer and for an admin, masked for other staff."""
        full = principal is None or principal.role.allows(Role.ADMIN)
        order = await self.order(order_id)
        history = await store.history(self.database, order_id)
        fulfilment = await fulfilment_store.fulfilment(self.database, order_id)
        return order_answer(order, history, fulfilment, codes=full, personal=full)


def order_router(desk: Callable[[], OrderDesk], access: OrderAccess, *, clock: Clock) -> APIRouter:
    """`desk` gives what the routes read from, once the service has started."""
    router = APIRouter(tags=["orders"])

    @router.get("/api/orders", response_model=None, dependencies=[Depends(known_filters)])
    async def list_orders(
        principal: Annotated[Principal, Depends(require(Role.VIEWER))],
        email: PlainText | None = None,
        status: OrderState | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        city_id: Annotated[PlainText | None, Query(alias="cityId")] = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> Response:
        """Orders, newest first (C-6, X-3); personal data only for admins."""
        before = _read_cursor(cursor) if cursor else None
        rows, following = await page_of(
            lambda most: store.find(
                desk().database,
                email=email,
                status=status.value if status else None,
                since=since,
                until=until,
                city_id=city_id,
                before=before,
                limit=most,
            ),
            limit=limit,
            cursor=_cursor,
        )
        full = principal.role.allows(Role.ADMIN)
        document = {
            "data": [order_row(order, codes=False, personal=full) for order in rows],
            "nextCursor": following,
        }
        return _json(document)

    @router.get("/api/orders/{order_id}", response_model=None)
    async def get_order(order_id: str, request: Request, token: str = "") -> Response:
        """One order, for its buyer or for staff (C-6)."""
        found, principal = await access.any(request, order_id, token)
        return _json(await desk().answer(found, principal))

    @router.get("/api/orders/{order_id}/events", response_model=None)
    async def follow_order(order_id: str, request: Request, token: str = "") -> Response:
        """Server-sent events: `order`, with the same document, at once and whenever something moves (C-6)."""
        found = access.own(request, order_id, token)
        await desk().order(found)
        headers = {**_NO_STORE, "X-Accel-Buffering": "no"}
        return StreamingResponse(_stream(found), media_type="text/event-stream", headers=headers)

    async def _stream(order_id: UUID) -> AsyncIterator[bytes]:
        """Ends after a while, so that nothing lives for ever, or with its process; the browser comes back by itself."""
        yield b"retry: 2000\n\n"
        spoken = clock.monotonic()
        ends = spoken + LONGEST_STREAM_SECONDS
        async with desk().watch.watch(order_id) as moves:
            while clock.monotonic() < ends and not leaving():
                try:
                    async with asyncio.timeout(LOOK_SECONDS):
                        version, revision = await moves.get()
                except TimeoutError:
                    if clock.monotonic() - spoken < HEARTBEAT_SECONDS:
                        continue
                    text = ": still here\n\n"
                else:
                    document = json.dumps(as_json(await desk().answer(order_id, None)))
                    text = f"id: {version}.{revision}\nevent: order\ndata: {document}\n\n"
                yield text.encode()
                spoken = clock.monotonic()

    @router.get("/api/orders/{order_id}/calendar.ics", response_model=None)
    async def calendar(order_id: str, request: Request, token: str = "") -> Response:
        """The workshop as a calendar file."""
        found, _ = await access.any(request, order_id, token)
        order = await desk().order(found)
        city = desk().memory.current.cities[order.line.item_id]
        headers = {**_NO_STORE, "Content-Disposition": f'attachment; filename="{city.city_id}.ics"'}
        return Response(calendar_file(order, city, now=clock.now()), media_type="text/calendar", headers=headers)

    return router


def _json(document: dict[str, Any]) -> Response:
    return json_answer(document, headers=_NO_STORE)


def _cursor(order: Order) -> str:
    return write_cursor(order.placed_at, order.order_id)


def _read_cursor(text: str) -> tuple[datetime, UUID]:
    moment, order_id = read_cursor(text)
    try:
        return moment, UUID(order_id)
    except ValueError:
        raise no_cursor() from None
