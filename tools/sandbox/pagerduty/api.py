"""The way in to the stand-in for PagerDuty: `/pagerduty/v2/enqueue`."""

from __future__ import annotations

from sandbox.core.http import Request, Response, json_response
from sandbox.core.routing import Router
from sandbox.pagerduty.errors import EventRefusedError, PagerdutyFaultAnswers
from sandbox.pagerduty.events import LARGEST, parse
from sandbox.pagerduty.incidents import Incidents
from sandbox.pagerduty.webhooks import OPERATIONS
from sandbox.world import World

_FAULT_ANSWERS = PagerdutyFaultAnswers()


class PagerdutyApi:
    """Answers everything below `/pagerduty`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.incidents = Incidents(world)
        self._router = Router()
        self._router.add("POST", "/pagerduty/v2/enqueue", self._enqueue, operation="enqueue")

    def operations(self) -> list[str]:
        return [*self._router.operations(), *OPERATIONS]

    async def handle(self, request: Request) -> Response:
        route = self._router.find(request)
        if route is None:
            status = 405 if self._router.allowed(request.path) else 404
            return Response(status=status, content_type="text/plain; charset=utf-8")
        return await self._world.gate.call("pagerduty", route.operation, lambda: route.handler(request), _FAULT_ANSWERS)

    async def _enqueue(self, request: Request) -> Response:
        if len(request.body) > LARGEST:
            return Response(status=413, content_type="text/plain; charset=utf-8")
        try:
            event = parse(request.body, keys=self._world.settings.pagerduty_keys)
        except EventRefusedError as refusal:
            return refusal.response()
        dedup_key = self.incidents.take(event)
        return json_response({"status": "success", "message": "Event processed", "dedup_key": dedup_key}, status=202)
