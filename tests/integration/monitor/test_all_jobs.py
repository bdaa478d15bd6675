"""The jobs of all services in one answer, which says who was silent."""

from __future__ import annotations

import pytest

from chassis.tokens import Role
from tests.fixtures.postgres import MakeDatabase
from tests.integration.monitor.service import environ, eventually, person, running

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("O-5")]


async def test_a_service_that_is_away_is_named_and_the_others_are_shown(make_database: MakeDatabase) -> None:
    away = {"CHECKOUT_URL": "http://127.0.0.1:9", "NOTIFIER_URL": "http://127.0.0.1:9"}
    async with running({**environ(make_database("monitor")), **away}) as client:

        async def known() -> bool:
            answer = await client.get("/api/admin/jobs", headers=person(Role.VIEWER))
            assert (answer.status, answer.json["silent"]) == (200, ["checkout", "notifier"])
            return {(job["service"], job["name"]) for job in answer.json["data"]} >= {("monitor", "forget-sessions")}

        await eventually(known)
        assert (await client.get("/api/admin/jobs")).status == 401
        assert (await client.get("/internal/jobs")).status == 404
