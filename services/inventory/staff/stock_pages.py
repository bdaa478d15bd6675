"""`/staff/inventory`: how many seats each city has, what needs a person, and how that came about (I-1, I-6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from chassis import formats
from chassis.app import PlainText
from chassis.clock import Clock
from chassis.database import Database
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.http.once import first_of
from chassis.tokens import Principal, Role
from config import PoolStatus, StockLevels
from inventory.ledger import service as ledger
from inventory.ledger.domain import LedgerFilters, Operation
from inventory.oversold import service as oversold
from inventory.pools import store
from inventory.pools.domain import City, Pool
from inventory.pools.errors import UnknownCity
from inventory.pools.levels import status_of
from inventory.pools.restore import Restore
from inventory.staff.ledger_views import ledger_address, ledger_lines, operations
from inventory.staff.limit_views import done_view, ways
from inventory.staff.owed_views import owed_rows
from inventory.staff.stock_views import HOME, Status, city_rows, coming, needs, over
from inventory.waitlist import store as line
from ui.staff import StaffRoute, StaffSite

router = APIRouter(include_in_schema=False, route_class=StaffRoute)

ROWS: Final = 50
Cursor = Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockPageDeps:
    """What the pages work with.

    site: templates and the business's clock
    database: inventory's own; all of it is read without locks
    levels: those of the configuration, as it is now
    restore: whether the stock is still behind after a backup was put back
    clock: the time
    """

    site: StaffSite
    database: Database
    levels: Callable[[], StockLevels]
    restore: Restore
    clock: Clock

    def page(self, template: str, *, person: str, status: int = 200, **context: object) -> Response:
        """A page with what all of them say: whose it is, of when it is, and whether the stock is behind."""
        at = formats.zoned_time(self.clock.now(), self.site.zone.key)
        restoring = self.restore.pending
        return self.site.page(template, status=status, person=person, at=at, restoring=restoring, **context)

    def status(self) -> Status:
        """What pools are called now."""
        levels, now = self.levels(), self.clock.now()

        def called(city: City, pool: Pool) -> PoolStatus:
            return status_of(city, pool, levels, now)

        return called


Deps = Annotated[StockPageDeps, provided(StockPageDeps)]


@router.get(HOME)
async def overview(viewer: Annotated[Principal, Depends(require(Role.VIEWER))], deps: Deps) -> Response:
    """All pools of all cities, and what needs a person before them."""
    cities, in_line = await store.cities(deps.database), await line.in_line(deps.database)
    now, status = deps.clock.now(), deps.status()
    return deps.page(
        "stock.html",
        person=viewer.email,
        needs=needs(cities, status, in_line, now),
        coming=[city_rows(city, status, in_line) for city in coming(cities, now)],
        over=[city_rows(city, status, in_line) for city in over(cities, now)],
    )


@router.get(f"{HOME}/{{city_id}}")
async def city(
    city_id: PlainText,
    viewer: Annotated[Principal, Depends(require(Role.VIEWER))],
    deps: Deps,
    operation: Operation | None = None,
    cursor: Cursor = None,
    done: PlainText | None = None,
) -> Response:
    """A city's pools, and the newest rows of its ledger; `done` is the key of what somebody has just changed here."""
    found = await city_of(deps.database, city_id)
    rows, following = await ledger.transactions(
        deps.database,
        LedgerFilters(city_id=city_id, operation=operation),
        before=int(cursor) if cursor else None,
        limit=ROWS,
    )
    owed, _ = await oversold.listed(deps.database, city_id=city_id, tier=None, after=None, limit=ROWS)
    now, zone = deps.clock.now(), found.shown.time_zone
    return deps.page(
        "city.html",
        person=viewer.email,
        city=city_rows(found, deps.status(), await line.in_line(deps.database)),
        city_id=city_id,
        ways=ways(city_id, chosen=None) if viewer.role.allows(Role.ADMIN) else [],
        sees_line=viewer.role.allows(Role.OPERATOR),
        done=done_view(city_id, await first_of(deps.database, done)) if done else None,
        owed=owed_rows(owed, zone, now=now, whole=viewer.role.allows(Role.ADMIN)),
        operations=operations(city_id, chosen=operation),
        ledger=ledger_lines(rows, zone, now=now),
        narrowed=operation is not None or cursor is not None,
        older=ledger_address(city_id, operation=operation, cursor=following) if following else None,
    )


async def city_of(database: Database, city_id: str) -> City:
    """Raises UnknownCity."""
    found = next((city for city in await store.cities(database) if city.city_id == city_id), None)
    if found is None:
        raise UnknownCity
    return found
