"""What all staff pages of a service share: templates, static files, the business's clock, and the door (W-2).

Each service with staff pages makes one `StaffSite`; its static files have an address of their own, so that every file
comes from the service whose page asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute

from chassis.errors import Condition
from chassis.http.guards import SAFE_METHODS
from ui.assets import Assets
from ui.brand import Brand, brand_files
from ui.environment import environment

STAFF: Final = "/staff/"
_NO_STORE: Final = {"Cache-Control": "no-store"}
_NOT_SIGNED_IN: Final = 401


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

    async def error_page(self, request: Request, condition: Condition) -> Response:
        """The face of a refused page; whoever sent a form can go back to it."""
        back = "" if request.method in SAFE_METHODS else _address(request)
        shown = self.page(
            "ui/refused.html", status=condition.status, title=condition.title, text=condition.detail, back=back
        )
        shown.headers.update(condition.headers)
        return shown


class StaffRoute(APIRoute):
    """A route of staff's pages: its guards judge who comes, and whoever isn't signed in goes there first (C-12)."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own; from the page of sign-in people come back to the same address."""
        handle = super().get_route_handler()

        async def after_sign_in(request: Request) -> Response:
            try:
                return await handle(request)
            except Condition as refused:
                if refused.status != _NOT_SIGNED_IN or request.method not in SAFE_METHODS:
                    raise
            return RedirectResponse(
                f"/login?next={quote(_address(request), safe='/')}", status_code=303, headers=_NO_STORE
            )

        return after_sign_in


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
