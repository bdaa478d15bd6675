"""What all staff pages of checkout share: templates, static files, the business's clock, and the door."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

import ui
from chassis.errors import Condition
from chassis.http.guards import require
from chassis.tokens import Principal, Role

_HERE: Final = Path(__file__).parent
STAFF: Final = "/staff/"
ASSETS: Final = "/staff/static"
_NO_STORE: Final = {"Cache-Control": "no-store"}
_NOT_SIGNED_IN: Final = 401
_VIEWER: Final = require(Role.VIEWER)


class StaffSite:
    """Makes the pages; `zone` is the business's."""

    def __init__(self, brand: ui.Brand, *, zone: ZoneInfo) -> None:
        self.zone = zone
        self.assets = ui.Assets(made=ui.brand_files(brand), prefix=ASSETS)
        self._templates = ui.environment(_HERE / "templates")
        self._templates.globals.update(asset=self.assets.url, brand=brand)

    def page(self, template: str, *, status: int = 200, **context: object) -> HTMLResponse:
        """A page that no cache keeps: what it shows is for the person who has signed in."""
        html = self._templates.get_template(template).render(context)
        return HTMLResponse(html, status_code=status, headers=_NO_STORE)

    async def error_page(self, _request: Request, condition: Condition) -> Response:
        """The face of a refused page."""
        shown = self.page("refused.html", status=condition.status, title=condition.title, text=condition.detail)
        shown.headers.update(condition.headers)
        return shown


async def viewer_or_sign_in(request: Request) -> Principal | Response:
    """Who looks at the page; whoever isn't signed in goes there first, and comes back to the same address."""
    try:
        return await _VIEWER(request)
    except Condition as refused:
        if refused.status != _NOT_SIGNED_IN:
            raise
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/login?next={quote(here, safe='/')}", status_code=303, headers=_NO_STORE)
