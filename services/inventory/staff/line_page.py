"""`/staff/inventory/…/waitlist`: who waits for a city's seats, the first in line first (I-10)."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from chassis.app import PlainText
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.tokens import Principal, Role
from inventory.staff.line_views import PAGE, line_address, line_rows, states
from inventory.staff.stock_pages import Cursor, StockPageDeps, city_of
from inventory.staff.stock_views import HOME, named
from inventory.waitlist import service
from inventory.waitlist.domain import EntryState
from inventory.waitlist.store import WaitlistFilters
from ui.staff import StaffRoute

router = APIRouter(include_in_schema=False, route_class=StaffRoute)

ROWS: Final = 50

Deps = Annotated[StockPageDeps, provided(StockPageDeps)]


@router.get(f"{HOME}/{{city_id}}/{PAGE}")
async def waiting_list(
    city_id: PlainText,
    operator: Annotated[Principal, Depends(require(Role.OPERATOR))],
    deps: Deps,
    state: EntryState = EntryState.WAITING,
    cursor: Cursor = None,
) -> Response:
    """With whole addresses, and so for operators, as over the API."""
    city = await city_of(deps.database, city_id)
    found, following = await service.listed(
        deps.database,
        WaitlistFilters(city_id=city_id, state=state),
        after=int(cursor) if cursor else None,
        limit=ROWS,
    )
    standings = await service.standings(deps.database, found)
    return deps.page(
        "line.html",
        person=operator.email,
        title=f"Waiting list: {named(city)}",
        city_id=city_id,
        states=states(city_id, chosen=state),
        state=state.value,
        rows=line_rows(standings, city.shown.time_zone, now=deps.clock.now()),
        narrowed=state is not EntryState.WAITING or cursor is not None,
        more=line_address(city_id, state=state, cursor=following) if following else None,
    )
