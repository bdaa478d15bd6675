"""What all staff pages of a service share: templates, static files, the business's clock, and the door (W-2).

Each service with staff pages makes one `StaffSite`; its static files have an address of their own, so that every file
comes from the service whose page asks for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from chassis.errors import Condition
from chassis.http.guards import require
from chassis.tokens import Principal, Role
from ui.assets import Assets
from ui.brand import Brand, brand_files
from ui.environment import environment

STAFF: Final = "/staff/"
_NO_STORE: Final = {"Cache-Control": "no-store"}
_NOT_SIGNED_IN: Final = 401
_VIEWER: Final = require(Role.VIEWER)


class StaffSite:
    """Makes the pages in `folder`, which has `templates/` and, where there are files of its own, `static/`.

    zone: the business's
    prefix: the address of the static files
    """

    def __init__(self, brand: Brand, *, zone: ZoneInfo, folder: Path, prefix: str) -> None:
        self.zone = zone
        self.assets = Assets(folder / "static", made=brand_files(brand), prefix=prefix)
        self._templates = environment(folder / "templates")
        self._templates.globals.update(asset=self.assets.url, brand=brand)

    def page(self, template: str, *, status: int = 200, **context: object) -> HTMLResponse:
        """A page that no cache keeps: what it shows is for the person who has signed in."""
        html = self._templates.get_template(template).render(context)
        return HTMLResponse(html, status_code=status, headers=_NO_STORE)

    async def error_page(self, _request: Request, condition: Condition) -> Response:
        """The face of a refused page."""
        shown = self.page("ui/refused.html", status=condition.status, title=condition.title, text=condition.detail)
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
