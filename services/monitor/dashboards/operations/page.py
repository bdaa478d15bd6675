"""`/operations`: the page for whoever is on call, with what an operator may do about an alert."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

import ui
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import Condition
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.tokens import Principal, Role
from config import Brand, Config
from monitor.alerts.deeds import AlertDeeds
from monitor.alerts.domain import BY_HAND, AlertAction
from monitor.alerts.errors import AlertAlreadyResolved
from monitor.alerts.service import open_alert
from monitor.dashboards.operations.panels.alerts import AlertRow
from monitor.dashboards.operations.service import OperationsBoard
from monitor.dashboards.operations.views import OperationsView

router = APIRouter(include_in_schema=False)

_HERE: Final = Path(__file__).parent
_SHARED: Final = _HERE.parent
HOME: Final = "/operations"
ASSETS: Final = f"{HOME}/static"
SIGN_IN: Final = f"/login?next={HOME}"
# As over the API: people who read an alert's history need no other word for a button.
WAY: Final = "api"
_NO_STORE: Final = {"Cache-Control": "no-store"}
_viewer = require(Role.VIEWER)
Operator = Annotated[Principal, Depends(require(Role.OPERATOR))]
Taker = Annotated[Actor, deed(AlertAction.ACKNOWLEDGED, Role.OPERATOR, target="alert:{alert_id}")]
Resolver = Annotated[Actor, deed(AlertAction.RESOLVED, Role.OPERATOR, target="alert:{alert_id}")]


class OperationsPage:
    """Templates and files of the page."""

    def __init__(self, brand: Brand) -> None:
        self.assets = ui.Assets(_HERE / "static", made=ui.brand_files(brand), prefix=ASSETS)
        self._templates = ui.environment(_HERE / "templates", _SHARED / "templates")
        self._templates.globals.update(asset=self.assets.url, brand=brand)

    def render(self, view: OperationsView, principal: Principal) -> HTMLResponse:
        return self._page("operations.html", principal, operator=principal.role.allows(Role.OPERATOR), board=view)

    def ask(self, row: AlertRow, principal: Principal) -> HTMLResponse:
        """The page that asks before an alert is resolved."""
        return self._page("resolve.html", principal, alert=row)

    def _page(self, template: str, principal: Principal, **context: object) -> HTMLResponse:
        html = self._templates.get_template(template).render(person=principal.email, **context)
        return HTMLResponse(html, headers=_NO_STORE)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsPageDeps:
    """What the routes work with.

    page: the page's templates and files
    board: gathers the figures
    database: the monitor's
    deeds: what people do about alerts
    config: what is in force now; it may be reloaded
    clock: the time, by which an alert's age is told
    zone: the business's, in which times are written
    """

    page: OperationsPage
    board: OperationsBoard
    database: Database
    deeds: AlertDeeds
    config: Callable[[], Config]
    clock: Clock
    zone: str


Deps = Annotated[OperationsPageDeps, provided(OperationsPageDeps)]


@router.get(HOME)
async def show(request: Request, deps: Deps) -> Response:
    """Whoever isn't signed in goes there first; a session that lives is renewed on the way."""
    try:
        principal = await _viewer(request)
    except Condition as refused:
        if refused.status == 401:
            return RedirectResponse(SIGN_IN, status_code=303, headers=_NO_STORE)
        raise
    view = OperationsView.of(await deps.board.look(), config=deps.config(), zone=deps.zone)
    return deps.page.render(view, principal)


@router.post(f"{HOME}/alerts/{{alert_id}}/ack")
async def acknowledge(alert_id: UUID, actor: Taker, deps: Deps) -> Response:
    """The button. An alert that was over meanwhile is simply no longer on the page."""
    with suppress(AlertAlreadyResolved):
        async with deps.database.transaction() as tx:
            await deps.deeds.acknowledge(tx, alert_id, actor=actor, way=WAY)
    return RedirectResponse(HOME, status_code=303)


@router.get(f"{HOME}/alerts/{{alert_id}}/resolve")
async def ask(alert_id: UUID, operator: Operator, deps: Deps) -> Response:
    """Asks whether the alert is over; of one that was resolved meanwhile there is nothing to ask."""
    alert = await open_alert(deps.database, alert_id)
    if alert is None:
        return RedirectResponse(HOME, status_code=303)
    contacts = deps.config().contacts
    return deps.page.ask(AlertRow.of(alert, now=deps.clock.now(), zone=deps.zone, contacts=contacts), operator)


@router.post(f"{HOME}/alerts/{{alert_id}}/resolve")
async def resolve(alert_id: UUID, actor: Resolver, deps: Deps) -> Response:
    """The answer to the question."""
    async with deps.database.transaction() as tx:
        await deps.deeds.resolve(tx, alert_id, actor=actor, way=WAY, reason=BY_HAND)
    return RedirectResponse(HOME, status_code=303)
