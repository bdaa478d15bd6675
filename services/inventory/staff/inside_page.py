"""`/staff/inside`: who is in at each city, and whom two doors have both let in (I-11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from chassis import formats
from chassis.app import PlainText
from chassis.clock import Clock
from chassis.database import Database
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.paging import page_of
from chassis.tokens import Principal, Role
from inventory.doors import log_store, store
from inventory.doors.domain import DoorFilters, Happening
from inventory.doors.schemas import inside_cursor, read_inside_cursor
from inventory.staff.inside_views import HOME, address, choices, conflict_rows, full, inside_rows, nearest
from ui.staff import StaffRoute, StaffSite

router = APIRouter(include_in_schema=False, route_class=StaffRoute)

ROWS: Final = 50
CONFLICTS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class InsidePageDeps:
    """What the page works with.

    site: templates and the business's clock
    database: inventory's own; all of it is read without locks
    clock: the time
    """

    site: StaffSite
    database: Database
    clock: Clock


Deps = Annotated[InsidePageDeps, provided(InsidePageDeps)]


@router.get(HOME)
async def inside(
    viewer: Annotated[Principal, Depends(require(Role.VIEWER))],
    deps: Deps,
    city: PlainText | None = None,
    cursor: PlainText | None = None,
) -> Response:
    """The chosen city, at first the one that begins next or began last."""
    now, zone = deps.clock.now(), deps.site.zone
    cities = await store.cities(deps.database)
    chosen = next((each for each in cities if each.city_id == city), None) or nearest(cities, now)
    if chosen is None:
        return deps.site.page("inside.html", person=viewer.email, at=formats.zoned_time(now, zone.key), city=None)
    before = read_inside_cursor(cursor) if cursor else None
    filters = DoorFilters(city_id=chosen.city_id)
    rows, following = await page_of(
        lambda most: store.inside(deps.database, filters, before=before, limit=most),
        limit=ROWS,
        cursor=inside_cursor,
    )
    twice = DoorFilters(city_id=chosen.city_id, what=Happening.CONFLICT)
    conflicts = await log_store.log(deps.database, twice, before=None, limit=CONFLICTS)
    return deps.site.page(
        "inside.html",
        person=viewer.email,
        at=formats.zoned_time(now, zone.key),
        city=chosen,
        cities=choices(cities, chosen=chosen.city_id),
        full=full(await store.counts(deps.database, chosen.city_id)),
        conflicts=conflict_rows(conflicts, chosen, now=now),
        rows=inside_rows(rows, chosen, now=now),
        older=address(chosen.city_id, cursor=following) if following else None,
    )
