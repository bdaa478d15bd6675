"""`/staff/webhooks`: what processors sent, what became of it, and why not (C-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from chassis import formats
from chassis.app import read_cursor, write_cursor
from chassis.clock import Clock
from chassis.database import Database
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.paging import page_of
from chassis.tokens import Principal, Role
from checkout.staff.webhook_views import HOME, address, filters, refusal_rows, webhook_rows
from checkout.webhooks import refusal_store, store
from checkout.webhooks.domain import WebhookState
from ui.staff import StaffRoute, StaffSite

router = APIRouter(include_in_schema=False, route_class=StaffRoute)

ROWS: Final = 50
REFUSALS: Final = 20
REFUSALS_OF: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookPageDeps:
    """What the page works with.

    site: templates and the business's clock
    database: checkout's own; all of it is read without locks
    clock: the time
    """

    site: StaffSite
    database: Database
    clock: Clock


Deps = Annotated[WebhookPageDeps, provided(WebhookPageDeps)]


@router.get(HOME)
async def webhooks(
    viewer: Annotated[Principal, Depends(require(Role.VIEWER))],
    deps: Deps,
    state: WebhookState | None = None,
    cursor: str | None = None,
) -> Response:
    """The stored webhooks, newest first, and the requests that were refused at the door."""
    before = read_cursor(cursor) if cursor else None
    rows, following = await page_of(
        lambda most: store.find(
            deps.database, kind=None, since=None, state=state, order_id=None, before=before, limit=most
        ),
        limit=ROWS,
        cursor=lambda row: write_cursor(row.received_at, row.event_id),
    )
    now, zone = deps.clock.now(), deps.site.zone
    refused = await refusal_store.newest(deps.database, since=now - REFUSALS_OF, limit=REFUSALS)
    return deps.site.page(
        "webhooks.html",
        person=viewer.email,
        at=formats.zoned_time(now, zone.key),
        filters=filters(await store.unfinished(deps.database), chosen=state),
        rows=webhook_rows(rows, now=now, zone=zone),
        older=address(state=state, cursor=following) if following else None,
        narrowed=state is not None or before is not None,
        refusals=refusal_rows(refused, now=now, zone=zone),
    )
