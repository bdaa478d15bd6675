"""The pager: incidents, and what the person on call does with them (S-3)."""

from __future__ import annotations

from sandbox.control.on_call import SOMEBODY, OnCall
from sandbox.core.http import Request, Response, redirect
from sandbox.pagerduty.events import Action
from sandbox.pagerduty.incidents import Incidents, Status
from sandbox.pages.live import version
from sandbox.pages.render import Pages
from sandbox.world import World

_MOST = 100
_MARKS = {Status.TRIGGERED: "crit", Status.ACKNOWLEDGED: "high", Status.RESOLVED: "ok"}


class PagerPages:
    """Raises ProblemError for incidents that don't exist, and for what was done already."""

    def __init__(self, pages: Pages, world: World, incidents: Incidents, on_call: OnCall) -> None:
        self._pages = pages
        self._world = world
        self._incidents = incidents
        self._on_call = on_call

    async def show(self, _: Request) -> Response:
        shown = [each for each in self._incidents.newest() if self._world.messages.get(each.id)]
        values = {
            "title": "Pager", "incidents": shown[:_MOST], "total": len(shown), "marks": _MARKS,
            "user": SOMEBODY, "version": version(self._world),
        }  # fmt: skip
        return self._pages.page("pager.html", values)

    async def acknowledge(self, request: Request) -> Response:
        return self._act(request, Action.ACKNOWLEDGE)

    async def resolve(self, request: Request) -> Response:
        return self._act(request, Action.RESOLVE)

    def _act(self, request: Request, action: Action) -> Response:
        self._on_call.act(request.path_params["id"], action, user=request.form_dict().get("user") or SOMEBODY)
        return redirect("/pager")
