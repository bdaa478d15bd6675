"""`/operations`: the page for whoever is on call, and the same figures as JSON."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

import ui
from chassis.errors import Condition
from chassis.tokens import Principal, Role, require
from config import Brand, Config
from monitor.alerts.desk import BY_HAND, AlertDesk
from monitor.alerts.errors import AlertAlreadyResolved
from monitor.dashboards import views
from monitor.dashboards.domain import Operations
from monitor.dashboards.service import HOUR, OperationsDesk, document
from ui import formats

_HERE: Final = Path(__file__).parent
ASSETS: Final = "/operations/static"
HOME: Final = "/operations"
SIGN_IN: Final = f"/login?next={HOME}"
_NO_STORE: Final = {"Cache-Control": "no-store"}
_viewer = require(Role.VIEWER)
_operator = require(Role.OPERATOR)


class OperationsPage:
    """Templates and files of the page; `zone` is the business's. `config` is asked each time: it may be reloaded."""

    def __init__(self, brand: Brand, *, config: Callable[[], Config], zone: str) -> None:
        self.assets = ui.Assets(_HERE / "static", made={"brand.css": ui.brand_css(brand)}, prefix=ASSETS)
        self._templates = ui.environment(_HERE / "templates")
        self._templates.globals.update(asset=self.assets.url, brand=brand)
        self._config = config
        self._zone = zone

    def render(self, now: Operations, principal: Principal) -> HTMLResponse:
        html = self._templates.get_template("operations.html").render(
            person=principal.email, operator=principal.role.allows(Role.OPERATOR), **self._context(now)
        )
        return HTMLResponse(html, headers=_NO_STORE)

    def _context(self, now: Operations) -> dict[str, Any]:
        config = self._config()
        bars, top = views.bars(now.webhooks, now=now.at)
        p99 = now.webhooks.p99_ms
        return {
            "at": f"{now.at.astimezone(ZoneInfo(self._zone)):%-I:%M:%S %p} {formats.zone_name(now.at, self._zone)}",
            "clock": formats.clock_time(now.at, self._zone),
            "hour_ago": formats.clock_time(now.at - HOUR, self._zone),
            "alerts": views.alert_rows(now.alerts, now=now.at, zone=self._zone, contacts=config.contacts),
            "tiles": views.tiles(now),
            "seats": views.seat_rows(now.pools, now.alerts, config.catalogue),
            "bars": bars,
            "webhooks_top": top,
            "webhooks_done": sum(now.webhooks.done.values()),
            "webhooks_failed": sum(now.webhooks.failed.values()),
            "webhooks_p99": f"≤ {p99} ms" if p99 is not None else views.NONE_YET,
            "last_sale": self._moment(now.last_sale, now.at),
            "endpoints": views.endpoint_rows(now.endpoints),
            "failing": views.endpoint_rows(views.most_errors(now.endpoints)),
            "texts": views.text_rows(now.texts),
            "database": views.database_rows(now.services),
            "services": views.service_rows(now.services),
        }

    def _moment(self, moment: datetime | None, now: datetime) -> str:
        if moment is None:
            return "none yet"
        return f"{formats.clock_time(moment, self._zone)}, {views.age(now - moment)} ago"


def operations_router(
    page: OperationsPage, desk: Callable[[], OperationsDesk], alerts: Callable[[], AlertDesk]
) -> APIRouter:
    router = APIRouter()

    @router.get(HOME, include_in_schema=False)
    async def show(request: Request) -> Response:
        """Whoever isn't signed in goes there first; a session that lives is renewed on the way."""
        try:
            principal = await _viewer(request)
        except Condition as refused:
            if refused.status == 401:
                return RedirectResponse(SIGN_IN, status_code=303, headers=_NO_STORE)
            raise
        return page.render(await desk().look(), principal)

    @router.get("/api/operations", tags=["operations"], response_model=None)
    async def figures(_viewer: Annotated[Principal, Depends(require(Role.VIEWER))]) -> Response:
        """The page's figures: open alerts, services, seats, payments, webhooks, texts, lag."""
        return JSONResponse(document(await desk().look()), headers=_NO_STORE)

    @router.post(f"{HOME}/alerts/{{alert_id}}/ack", include_in_schema=False)
    async def acknowledge(alert_id: UUID, operator: Annotated[Principal, Depends(_operator)]) -> Response:
        """The button. An alert that was over meanwhile is simply no longer on the page."""
        with suppress(AlertAlreadyResolved):
            await alerts().acknowledge(alert_id, by=operator.email)
        return RedirectResponse(HOME, status_code=303)

    @router.post(f"{HOME}/alerts/{{alert_id}}/resolve", include_in_schema=False)
    async def resolve(alert_id: UUID, operator: Annotated[Principal, Depends(_operator)]) -> Response:
        await alerts().resolve(alert_id, by=operator.email, reason=BY_HAND)
        return RedirectResponse(HOME, status_code=303)

    return router
