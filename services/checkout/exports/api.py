"""`GET /api/orders.csv`: orders with what was paid for them and given back (C-6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from chassis.app import known_filters
from chassis.database import Database
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.spreadsheets import csv_line
from chassis.tokens import Principal, Role
from checkout.exports.domain import COLUMNS, row_of
from checkout.orders import list_store
from checkout.orders.domain import Order
from checkout.orders.filters import order_filters
from checkout.orders.list_store import OrderFilters
from checkout.orders.models import order_out
from checkout.payments import charge_store

router = APIRouter(tags=["orders"])

ROWS: Final = 500
_CSV: Final = "text/csv"
_FILE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {_CSV: {}}}}
_HEADERS: Final = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="orders.csv"'}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportDeps:
    """What the route works with; all of it is read without locks."""

    database: Database


@router.get(
    "/api/orders.csv",
    summary="Orders as CSV, newest first",
    response_class=StreamingResponse,
    dependencies=[Depends(known_filters)],
    responses=_FILE,
)
async def orders_csv(
    principal: Annotated[Principal, Depends(require(Role.VIEWER))],
    filters: Annotated[OrderFilters, Depends(order_filters)],
    deps: Annotated[ExportDeps, provided(ExportDeps)],
) -> StreamingResponse:
    """All that fit the filters, an order a row; personal data only for admins.

    Amounts are in minor units of `currency`. `charged` less `refunded` is what was kept, second charges among it.
    """
    lines = _lines(deps.database, filters, personal=principal.role.allows(Role.ADMIN))
    first = await anext(lines)
    return StreamingResponse(_whole(first, lines), media_type=_CSV, headers=_HEADERS)


async def _whole(first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    """What could not be read at all has been a refusal before the answer began."""
    yield first
    async for each in rest:
        yield each


async def _lines(database: Database, filters: OrderFilters, *, personal: bool) -> AsyncIterator[str]:
    """The file in parts of `ROWS` orders, so that a long one is never in memory as a whole."""
    head, orders = csv_line(COLUMNS), await _page(database, filters, None)
    while True:
        sums = await charge_store.sums_of(database, [order.order_id for order in orders])
        shown = [order_out(order, codes=False, personal=personal) for order in orders]
        yield head + "".join(csv_line(row_of(order, *sums.get(order.order_id, (0, 0)))) for order in shown)
        if len(orders) < ROWS:
            return
        head, orders = "", await _page(database, filters, orders[-1])


async def _page(database: Database, filters: OrderFilters, last: Order | None) -> list[Order]:
    before = (last.placed_at, last.order_id) if last else None
    return await list_store.find(database, filters, before=before, limit=ROWS)
