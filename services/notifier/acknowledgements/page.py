"""Shows the page behind a message's link: GET shows the alert, POST acts. Mail scanners only ever GET (N-13)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

import ui
from chassis.database import Database
from chassis.http.deps import provided
from notifier.acknowledgements.linked import AlertView, LinkedAlerts
from notifier.acknowledgements.service import Acknowledgements
from notifier.alerts.links import LINK_PATH

_HERE: Final = Path(__file__).parent
ASSETS: Final = f"{LINK_PATH}/static"
_GONE, _SEE_OTHER = 410, 303


class AcknowledgePage:
    """Template and files of the page."""

    def __init__(self, brand: ui.Brand) -> None:
        self.assets = ui.Assets(_HERE / "static", made=ui.brand_files(brand), prefix=ASSETS)
        self._templates = ui.environment(_HERE / "templates")
        self._templates.globals.update(asset=self.assets.url, brand=brand)

    def render(self, view: AlertView | None) -> HTMLResponse:
        """None: the link leads nowhere any more."""
        html = self._templates.get_template("acknowledge.html").render(view=view)
        headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
        return HTMLResponse(html, status_code=200 if view else _GONE, headers=headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgePageDeps:
    """What the page works with.

    page: template and files
    linked: what links lead to
    acknowledgements: the use cases
    database: the notifier's own
    """

    page: AcknowledgePage
    linked: LinkedAlerts
    acknowledgements: Acknowledgements
    database: Database


Deps = Annotated[AcknowledgePageDeps, provided(AcknowledgePageDeps)]

router = APIRouter(prefix=LINK_PATH, include_in_schema=False)


@router.get("/{token}")
async def show(token: str, deps: Deps) -> Response:
    delivery = await deps.linked.delivery(token)
    return deps.page.render(await deps.linked.view(delivery) if delivery else None)


@router.post("/{token}")
async def act(token: str, deps: Deps) -> Response:
    """The token is all that is needed: whoever has the message may acknowledge."""
    delivery = await deps.linked.delivery(token)
    if delivery is None:
        return deps.page.render(None)
    async with deps.database.transaction() as tx:
        await deps.acknowledgements.by_link(tx, delivery.id)
    return RedirectResponse(f"{LINK_PATH}/{token}", status_code=_SEE_OTHER)
