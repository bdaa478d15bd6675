"""Deeds that keep the system going: alerts, jobs, looks inside, messages of a test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from uuid import uuid4

from chassis.tokens import Role
from tests.integration.audit.house import House
from tests.integration.audit.prepared.wishes import Prepare, Wish, nothing, some_reason

_JOB = """
INSERT INTO jobs (name, purpose, reminder, schedule, at_most, due_at, declared_at)
VALUES ($1, 'A test.', $2, '0 9 * * * UTC', interval '1 minute', now() + interval '1 day', now())
ON CONFLICT (name) DO NOTHING
"""


async def pause(_house: House, _service: str) -> Wish:
    return Wish(body={"enabled": True, "reason": "We mend something"})


async def trouble(_house: House, _service: str) -> Wish:
    return Wish(body={"severity": "low", "category": "venue", "summary": f"The door {uuid4()} sticks"})


async def raised(house: House, service: str) -> Wish:
    wish = await trouble(house, service)
    answer = await house.ask(service, "POST", "/api/alerts", role=Role.OPERATOR, body=wish.body)
    return Wish(parts={"alert_id": answer.json["id"]})


async def a_job(house: House, service: str, *, reminder: bool = False) -> Wish:
    await house.database(service).execute(_JOB, name := f"job-{uuid4()}", reminder)
    return Wish(parts={"name": name})


async def a_job_or_backup(house: House, service: str) -> Wish:
    """The monitor's job `backup` begins at an address of its own, too."""
    await house.database(service).execute(_JOB, "backup", False)
    return await a_job(house, service)


async def a_reminder(house: House, service: str) -> Wish:
    return replace(await a_job(house, service, reminder=True), body={"note": "it was a test"})


async def a_look(_house: House, _service: str) -> Wish:
    return Wish(parts={"kind": "tasks"}, body={})


DEEDS: Final[Mapping[str, Prepare]] = {
    "database_dumped": some_reason,
    "job_run": a_job_or_backup,
    "job_done": a_reminder,
    "process_inspected": a_look,
    "maintenance_changed": pause,
    "alert_raised": trouble,
    "alert_acknowledged": raised,
    "alert_resolved": raised,
    "test_sms_sent": nothing,
    "test_email_sent": nothing,
}
