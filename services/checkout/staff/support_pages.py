"""`/staff/support`: customers who call for help, and how content buyers are (C-10)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from chassis.app import read_place, write_cursor
from chassis.http.guards import require
from chassis.paging import page_of
from chassis.tokens import Principal, Role
from checkout.feedback import store as feedback_store
from checkout.staff.order_desk import Desk
from checkout.staff.support_views import HOME, address, feedback_rows, satisfaction_sentence, support_rows
from checkout.support import store
from ui.staff import StaffRoute

router = APIRouter(include_in_schema=False, route_class=StaffRoute)

ROWS: Final = 50
FEEDBACK: Final = 20
FEEDBACK_OF: Final = timedelta(days=30)


@router.get(HOME)
async def support(
    viewer: Annotated[Principal, Depends(require(Role.VIEWER))],
    desk: Desk,
    everything: Annotated[str, Query(alias="all")] = "",
    cursor: str | None = None,
) -> Response:
    """Those that nobody has dealt with, or all, newest first; and what buyers said last."""
    whole, before = bool(everything), read_place(cursor) if cursor else None
    found, following = await page_of(
        lambda most: store.find(desk.database, only_open=not whole, before=before, limit=most),
        limit=ROWS,
        cursor=lambda each: write_cursor(each.made_at, each.request_id),
    )
    now, zone = desk.clock.now(), desk.site.zone
    feedback = await feedback_store.newest(desk.database, limit=FEEDBACK)
    return desk.page(
        "support.html",
        person=viewer.email,
        rows=support_rows(found, role=viewer.role, now=now, zone=zone),
        whole=whole,
        older=address(everything=whole, cursor=following) if following else None,
        satisfaction=satisfaction_sentence(await feedback_store.satisfaction(desk.database, since=now - FEEDBACK_OF)),
        feedback=feedback_rows(feedback, role=viewer.role, now=now, zone=zone),
    )
