"""The admin API over a bus of the tests, asked as a person with a role."""

from __future__ import annotations

import json
from asyncio import Event
from typing import Any
from urllib.parse import urlencode

from chassis.app import create_app
from chassis.clock import SystemClock
from chassis.tokens import Role, ServiceTokens, TokenSigner
from eventbus import Bus
from eventbus.admin import admin_router, internal_router
from tests.unit.chassis.asgi import Answer, call
from tests.unit.chassis.samples import AUTH_KEY, sample_settings

PERSON = "operator@example.com"
ROOT = "/api/admin/checkout"


class Desk:
    """`asked` gives the document of an answer that must be fine; `answer` whatever comes.

    `woken`: is set once whoever runs jobs was told that one is asked for.
    """

    def __init__(self, bus: Bus) -> None:
        self._app = create_app(
            service="checkout",
            settings=sample_settings(),
            routers=(admin_router("checkout"), internal_router("checkout")),
            clock=SystemClock(),
        )
        self._app.state.bus, self.woken = bus, Event()
        self._app.state.wake_jobs = self.woken.set
        self._signer = TokenSigner(AUTH_KEY, clock=SystemClock())
        self._services = ServiceTokens(sample_settings().service_token_key, clock=SystemClock())

    async def asked(self, method: str, path: str, *, role: Role = Role.OPERATOR, **body: Any) -> Any:
        answer = await self.answer(method, path, role=role, **body)
        assert answer.status == 200, answer.body
        return answer.json

    async def answer(self, method: str, path: str, *, role: Role = Role.OPERATOR, **body: Any) -> Answer:
        """A GET's arguments are its query, a POST's its body."""
        token = self._signer.issue("u1", email=PERSON, role=role)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        query = urlencode(body, doseq=True) if method == "GET" else ""
        content = json.dumps(body).encode() if method != "GET" else b""
        return await call(self._app, method, ROOT + path, headers=headers, body=content, query=query)

    async def inside(self, path: str, *, service: str = "checkout") -> Answer:
        """What the monitor is answered, at an address that the gateway doesn't serve."""
        token = self._services.issue("monitor", service)
        return await call(self._app, "GET", path, headers={"Authorization": f"Bearer {token}"})
