"""`POST /api/admin/{service}/debug/{kind}`: looks into a service that goes on with its work."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio

from chassis.database import Database
from chassis.tokens import Role
from tests.fixtures.postgres import fresh_databases
from tests.integration.audit.house import SIGN_IN, House, open_house
from tests.unit.chassis.asgi import Answer

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("O-6")]

SERVICE = "inventory"
KINDS = ("stacks", "tasks", "profile", "heap", "queries")
EMAIL = "pat.buyer@example.com"
PASSWORD = "correct-horse-battery"
PATIENT = {"lock_timeout_ms": 100_000, "statement_timeout_ms": 100_000, "silence_ms": 110_000}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(postgres: str) -> AsyncIterator[House]:
    with fresh_databases(postgres) as make_database:
        async with open_house(make_database, services=(SERVICE,)) as opened:
            yield opened


async def look(house: House, kind: str, *, seconds: int = 1, role: Role = Role.ADMIN) -> Answer:
    path = f"/api/admin/{SERVICE}/debug/{kind}"
    return await house.ask(SERVICE, "POST", path, role=role, body={"seconds": seconds})


async def found(house: House, kind: str) -> dict[str, Any]:
    answer = await look(house, kind)
    assert answer.status == 200, answer.body
    inside: dict[str, Any] = answer.json["found"]
    return inside


@asynccontextmanager
async def looking(house: House) -> AsyncIterator[asyncio.Task[Answer]]:
    """A look that lasts as long as the block; it has begun when its row is in the audit."""
    before = len(await house.log(SERVICE, action="process_inspected", outcome="done", limit=500))
    task = asyncio.create_task(look(house, "profile", seconds=60))
    while len(await house.log(SERVICE, action="process_inspected", outcome="done", limit=500)) == before:
        assert not task.done()
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_each_look_says_which_process_it_saw_and_is_written_down(house: House) -> None:
    for kind in KINDS:
        answer = await look(house, kind)
        assert answer.status == 200, answer.body
        assert (answer.json["service"], answer.json["process"]) == (SERVICE, "api-0")
        assert answer.json["found"]["kind"] == kind
        (row, *_) = await house.log(SERVICE, target=f"process:{kind}")
        assert (row["action"], row["outcome"]) == ("process_inspected", "done")
        assert row["after"] == {"process": "api-0", "seconds": 1}


async def test_a_service_goes_on_answering_while_it_is_profiled(house: House) -> None:
    async with looking(house) as task:
        answers = [await house.ask(SERVICE, "GET", "/api/inventory") for _ in range(20)]
        assert {answer.status for answer in answers} == {200}
        assert not task.done()


async def test_a_second_look_is_refused_while_the_first_lasts(house: House) -> None:
    async with looking(house):
        second = await look(house, "stacks")
        assert (second.status, second.json["code"]) == (409, "inspection_under_way")
    (row, *_) = await house.log(SERVICE, target="process:stacks")
    assert (row["outcome"], row["code"]) == ("refused", "inspection_under_way")
    assert (await look(house, "stacks")).status == 200, "a look that was cut off is over"


@pytest.mark.parametrize(
    ("kind", "seconds", "role", "status", "code"),
    [
        ("profile", 61, Role.ADMIN, 422, "invalid_request"),
        ("heap", 0, Role.ADMIN, 422, "invalid_request"),
        ("memory", 1, Role.ADMIN, 422, "invalid_request"),
        ("stacks", 1, Role.OPERATOR, 403, "role_missing"),
    ],
)
async def test_what_is_too_much_or_not_ones_own_is_refused_and_written_down(
    house: House, kind: str, seconds: int, role: Role, status: int, code: str
) -> None:
    answer = await look(house, kind, seconds=seconds, role=role)
    assert (answer.status, answer.json["code"]) == (status, code)
    await house.refused(SERVICE).look()
    (row, *_) = await house.log(SERVICE, target=f"process:{kind}")
    assert (row["outcome"], row["code"], row["role"]) == ("refused", code, role)


async def test_no_look_shows_a_secret_or_somebodys_address(house: House) -> None:
    over = asyncio.Event()

    async def greet(email: str, password: str) -> None:
        while not over.is_set():
            assert email != password
            await asyncio.sleep(0.01)

    task = asyncio.create_task(greet(EMAIL, PASSWORD), name=f"greet {EMAIL}")
    seen = [await found(house, kind) for kind in KINDS]
    over.set()
    await task
    said = json.dumps(seen)
    assert "greet" in said
    secrets = (EMAIL, PASSWORD, "k" * 32, SIGN_IN.export(), house.database_url(SERVICE))
    assert [secret for secret in secrets if secret in said] == []


async def test_who_waits_for_whose_lock_is_shown_and_no_value(house: House) -> None:
    database = await Database.connect(house.database_url(SERVICE), application="a-person", pool_size=2, **PATIENT)
    await database.execute("CREATE TABLE guests (email text)")
    wanted = f"SELECT count(*) FROM guests WHERE email = '{EMAIL}'"
    async with database.transaction() as holder:
        await holder.execute("LOCK TABLE guests IN ACCESS EXCLUSIVE MODE")
        holds = await holder.fetchval("SELECT pg_backend_pid()")
        waiter = asyncio.create_task(database.fetch(wanted))
        while not (blocked := await _blocked(house)):
            assert not waiter.done()
    await waiter
    await database.close()
    (session,) = blocked
    assert session["blockedBy"] == [holds]
    assert session["lock"] == "AccessShareLock on guests"
    assert session["statement"] == "SELECT count(*) FROM guests WHERE email = ?"


async def _blocked(house: House) -> list[dict[str, Any]]:
    sessions = (await found(house, "queries"))["sessions"]
    return [each for each in sessions if each["application"] == "a-person" and each["blockedBy"]]


async def test_statements_are_counted_where_postgresql_counts_them(house: House) -> None:
    assert (await found(house, "queries"))["costliest"] is None
