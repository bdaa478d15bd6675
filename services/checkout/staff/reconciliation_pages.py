"""`/staff/reconciliation`: what waits for a person, with the deed beside it, and what was found last (R-2)."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from chassis.http.guards import require
from chassis.tokens import Principal, Role
from checkout.reconciliation import difference_store, store
from checkout.reconciliation.domain import Run
from checkout.staff.order_desk import Desk, OrderDesk
from checkout.staff.reconciliation_views import HOME, RunRow, difference_rows, run_row
from ui.staff import StaffRoute

router = APIRouter(include_in_schema=False, route_class=StaffRoute)

WAITING: Final = 100
RUNS: Final = 20


@router.get(HOME)
async def reconciliation(viewer: Annotated[Principal, Depends(require(Role.VIEWER))], desk: Desk) -> Response:
    """What waits the longest first; of comparisons those that tell something, the newest first."""
    now, zone = desk.clock.now(), desk.site.zone
    newest = await store.find(desk.database, before=None, limit=1)
    telling = await store.telling(desk.database, limit=RUNS)
    return desk.page(
        "reconciliation.html",
        person=viewer.email,
        waiting=difference_rows(await difference_store.waiting(desk.database, limit=WAITING), now=now, zone=zone),
        newest=[await _row(desk, run) for run in newest],
        runs=[await _row(desk, run) for run in telling],
    )


async def _row(desk: OrderDesk, run: Run) -> RunRow:
    parts = await store.parts(desk.database, run.run_id)
    counts = await difference_store.counts(desk.database, run.run_id)
    return run_row(run, parts, counts, now=desk.clock.now(), zone=desk.site.zone)
