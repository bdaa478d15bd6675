"""The page behind a message's link: GET shows what it is about, POST acts. Mail scanners only ever GET (N-13)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

import ui
from chassis.clock import Clock
from chassis.database import Database
from config import Config
from notifier.acknowledgements import store
from notifier.acknowledgements.service import Acknowledgements
from notifier.alerts import store as alerts
from notifier.alerts.composer import parsed
from notifier.alerts.links import LINK_PATH, Links
from notifier.alerts.wording import alert_words
from notifier.channels.spec import AlertWords
from notifier.deliveries import store as deliveries_store
from notifier.deliveries.domain import Delivery

_HERE: Final = Path(__file__).parent
ASSETS: Final = f"{LINK_PATH}/static"
_GONE, _SEE_OTHER = 410, 303


@dataclass(frozen=True, slots=True)
class AlertView:
    """`taken_by`: who has acknowledged it; `asks`: whether the button is there."""

    words: AlertWords
    taken_by: str | None
    asks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorstep:
    """What the page needs."""

    database: Database
    acknowledgements: Acknowledgements
    links: Links
    config: Callable[[], Config]
    zone: ZoneInfo
    clock: Clock

    async def delivery(self, token: str) -> Delivery | None:
        """The message that the link was in; None for a link that is not ours or has ended."""
        delivery_id = self.links.delivery(token, now=self.clock.now())
        if delivery_id is None:
            return None
        return await deliveries_store.read(self.database, delivery_id)

    async def view(self, delivery: Delivery) -> AlertView | None:
        if delivery.alert_id is None:
            return None
        standing = (await alerts.standings(self.database, [delivery.alert_id])).get(delivery.alert_id)
        event = await alerts.newest_event(self.database, delivery.alert_id)
        if standing is None or event is None:
            return None
        alert = parsed(event)
        contacts, severities = self.config().contacts, self.config().routing.severities
        words = alert_words(alert, severities[alert.severity], zone=self.zone, contacts=contacts)
        by = await store.acknowledged_by(self.database, standing)
        shown = contacts.name_of(by) if by is not None else None
        return AlertView(words=words, taken_by=shown, asks=standing.open and by is None)


class AcknowledgePage:
    """Template and files of the page."""

    def __init__(self, brand: ui.Brand) -> None:
        self.assets = ui.Assets(_HERE / "static", made={"brand.css": ui.brand_css(brand)}, prefix=ASSETS)
        self._templates = ui.environment(_HERE / "templates")
        self._templates.globals.update(asset=self.assets.url, brand=brand)

    def render(self, view: AlertView | None) -> HTMLResponse:
        """None: the link leads nowhere any more."""
        html = self._templates.get_template("acknowledge.html").render(view=view)
        headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
        return HTMLResponse(html, status_code=200 if view else _GONE, headers=headers)


def acknowledge_router(page: AcknowledgePage) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get(f"{LINK_PATH}/{{token}}")
    async def show(request: Request, token: str) -> Response:
        step = _doorstep(request)
        delivery = await step.delivery(token)
        return page.render(await step.view(delivery) if delivery else None)

    @router.post(f"{LINK_PATH}/{{token}}")
    async def act(request: Request, token: str) -> Response:
        """The token is all that is needed: whoever has the message may acknowledge."""
        step = _doorstep(request)
        delivery = await step.delivery(token)
        if delivery is None:
            return page.render(None)
        async with step.database.transaction() as tx:
            await step.acknowledgements.by_link(tx, delivery.id)
        return RedirectResponse(f"{LINK_PATH}/{token}", status_code=_SEE_OTHER)

    return router


def _doorstep(request: Request) -> Doorstep:
    step: Doorstep = request.app.state.doorstep
    return step
