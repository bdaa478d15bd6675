"""O-5 on the whole stack: the jobs of all services in one list, and one that a person lets run."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from stack.layout import SERVICES
from tests.integration.thread.shop import Shop, eventually

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("O-5", "O-1")]


async def jobs(shop: Shop, *arguments: str) -> Any:
    return json.loads(await asyncio.to_thread(shop.stack.fullhouse, "jobs", *arguments, "--json"))


async def test_a_person_lets_a_job_run_and_sees_what_became_of_it(shop: Shop) -> None:
    status, found = await shop.ask("GET", "/api/admin/jobs")
    assert (status, found["silent"]) == (200, [])
    names = {(job["service"], job["name"]) for job in found["data"]}
    assert ("monitor", "forget-sessions") in names
    assert {service for service, name in names if name == "database-maintenance"} == set(SERVICES)
    listed = await jobs(shop, "list")
    assert {(job["service"], job["name"]) for job in listed["data"]} == names
    assert (await jobs(shop, "run", "forget-sessions"))["services"] == ["monitor"]

    async def done() -> bool:
        runs = (await jobs(shop, "history", "forget-sessions"))["monitor"]
        return ("person", "done") in {(run["startedBy"], run["outcome"]) for run in runs}

    await eventually(done)
