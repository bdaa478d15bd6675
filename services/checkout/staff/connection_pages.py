"""`/staff/connections`: providers' accounts at processors, for staff and each provider; and the way back from OAuth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from chassis import formats
from chassis.addresses import client_address
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.http.scopes import Scope
from chassis.paging import page_of
from chassis.tokens import Principal, Role
from checkout.connections import store
from checkout.connections.permitting import RETURN, Permissions
from checkout.staff.connection_views import HOME, connection_rows
from checkout.staff.own_pages import own_pages
from ui.staff import StaffRoute, StaffSite

router = APIRouter(include_in_schema=False, route_class=StaffRoute)

ROWS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionPageDeps:
    """What the pages work with.

    site: templates and the business's clock
    database: checkout's own; what is shown is read without locks
    permissions: takes what account owners come back with
    clock: the time
    """

    site: StaffSite
    database: Database
    permissions: Permissions
    clock: Clock


Deps = Annotated[ConnectionPageDeps, provided(ConnectionPageDeps)]


@router.get(HOME)
async def connections(
    viewer: Annotated[Principal, Depends(require(Role.VIEWER, Role.PROVIDER))],
    scope: Scope,
    deps: Deps,
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
) -> Response:
    """The connections that a person may see, and whether they can take payments."""
    found, following = await page_of(
        lambda most: store.find(deps.database, scope=scope, after=after, limit=most),
        limit=ROWS,
        cursor=lambda each: str(each.connection_id),
    )
    now, zone = deps.clock.now(), deps.site.zone
    return deps.site.page(
        "connections.html",
        person=viewer.email,
        at=formats.zoned_time(now, zone.key),
        rows=connection_rows(found, now=now, zone=zone),
        own_pages=own_pages(scope),
        more=f"{HOME}?after={following}" if following else None,
    )


@router.get(RETURN)
async def come_back(
    request: Request,
    person: Annotated[Principal, Depends(require(Role.ADMIN, Role.PROVIDER))],
    _scope: Scope,
    deps: Deps,
    state: str = "",
    code: str = "",
    error: str = "",
) -> Response:
    """Takes the answer of a processor's page, from the person who was sent there."""
    actor = Actor(name=person.email, role=person.role, address=client_address(request.scope))
    await deps.permissions.take(state, "" if error else code, actor=actor)
    return RedirectResponse(HOME, status_code=303, headers={"Cache-Control": "no-store"})
