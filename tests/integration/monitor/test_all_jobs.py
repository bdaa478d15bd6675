"""The jobs of all services in one answer, which says who was silent."""

from __future__ import annotations

from typing import Any

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


async def test_people_are_reminded_by_a_notice_until_somebody_ticks_it_off(make_database: MakeDatabase) -> None:
    path = "/api/admin/monitor/jobs/training"
    async with running(environ(make_database("monitor"))) as client:

        async def known() -> bool:
            return (await client.post(f"{path}/run", headers=person(Role.OPERATOR))).status == 200

        async def reminded() -> bool:
            alerts = (await client.get("/api/alerts?rule=reminder", headers=person(Role.VIEWER))).json["data"]
            [job] = [each for each in await jobs() if each["name"] == "training"]
            return [alert["labels"] for alert in alerts] == [{"job": "training"}] and job["standing"] == "open"

        async def jobs() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = (await client.get("/api/admin/jobs", headers=person(Role.VIEWER))).json[
                "data"
            ]
            return found

        await eventually(known)
        await eventually(reminded)
        done = await client.post(f"{path}/done", json={"note": "All drilled."}, headers=person(Role.OPERATOR))
        assert (done.status, done.json["standing"], done.json["last"]["note"]) == (200, "waiting", "All drilled.")
