"""A payment provider's token reaches nothing of another's: every route of every service, with all ids (C-12, P-2).

A route that is new is met by itself. One that lets providers in fails here until `provider_doors.REACHED` says how
another's things are asked for there, and what is answered.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import pytest
import pytest_asyncio
from fastapi.routing import APIRoute, iter_route_contexts

from chassis.database import Database
from chassis.tokens import Role
from tests.fixtures.postgres import fresh_databases
from tests.integration.audit.house import House, open_house, path_of
from tests.integration.audit.provider_doors import REACHED, Ask, Belongings, belongings
from tests.unit.chassis.asgi import Answer

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-12", "P-2")]

# In nothing but what is theirs.
ANNE, BEN = 730_451_902, 861_207_359
COURIER: Final = "a-courier"
# What pages can read in their paths, and what they can't.
READ: Final = {"provider": "7", "appointment_id": "7"}
WAYS: Final = {"checkout": "refund", "inventory": "shrink"}
UNREAD: Final = {
    "way": "\x01",
    "provider": "x",
    "appointment_id": "x",
    "order_id": "x",
    "pass_id": "x",
    "city_id": "\x01",
}
# Nothing is open to everybody there, but what processors sign.
CLOSED: Final = ("/staff/", "/internal/", "/api/admin/", "/api/v1/")
SIGNED: Final = "/api/v1/webhooks/"
PAGES: Final = "/staff/"
SIGN_IN: Final = "/login?next="
REFUSED: Final = {(403, "role_missing"), (401, "service_token_invalid")}


@dataclass(frozen=True, slots=True)
class Way:
    """An operation or a page of a service."""

    service: str
    method: str
    path: str

    @property
    def closed(self) -> bool:
        open_script = self.path == "/staff/door-worker.js"
        return self.path.startswith(CLOSED) and not self.path.startswith(SIGNED) and not open_script

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(postgres: str) -> AsyncIterator[House]:
    with fresh_databases(postgres) as make_database:
        async with open_house(make_database) as opened:
            yield opened


def ways(house: House) -> Iterator[Way]:
    for service, app in house.apps.items():
        found = [
            Way(service, method, context.path or "")
            for context in iter_route_contexts(app.routes)
            if isinstance(context.original_route, APIRoute)
            for method in sorted(context.methods or ())
        ]
        documented = {f"{method.upper()} {path}" for path, each in app.openapi()["paths"].items() for method in each}
        assert documented <= {str(way) for way in found}, "what the document names is walked"
        yield from found


async def asked_badly(house: House, way: Way, *, provider: str | None = None, read: bool = False) -> tuple[int, str]:
    """What becomes of a request that nobody could read. `read`: but for the address, where it is a page's."""
    role, parts, query = Role.PROVIDER if provider is not None else None, UNREAD, "provider=x&cursor=x&nonsense=1"
    if read:
        parts, query = {**READ, "way": WAYS.get(way.service, "")}, ""
    path = path_of(way.path, {name: quote(part) for name, part in parts.items()})
    answer = await house.ask(way.service, way.method, path, role=role, provider=provider, query=query, text="{nonsense")
    if answer.headers.get("location", "").startswith(SIGN_IN):
        return 401, "sign_in"
    return answer.status, code_of(answer)


async def asked_for(house: House, way: Way, ask: Ask, other: Belongings, *, by: int) -> Answer:
    path, role, provider = path_of(way.path, other.parts()), Role.PROVIDER, str(by)
    if ask.form is not None:
        return await house.send(way.service, path, ask.form, role=role, provider=provider)
    query, body = ask.query.format_map(other.parts()), ask.body(other) if ask.body else None
    return await house.ask(way.service, way.method, path, role=role, provider=provider, query=query, body=body)


def code_of(answer: Answer) -> str:
    is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    return str(answer.json["code"]) if is_problem else ""


def shown(answer: Answer) -> str:
    """What it says, and where it leads."""
    return answer.body.decode() + answer.headers.get("location", "")


async def rows_of(database: Database, provider: int) -> list[str]:
    """All that the database has of it, also in an event's bytes, but for who was refused what."""
    number = str(provider)
    signs = [f"%{number}%", f"%{number.encode().hex()}%"]
    tables = await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    found = [
        await database.fetch(f'SELECT t::text AS row FROM "{name}" AS t WHERE t::text LIKE ANY ($1)', signs)
        for name in (each["tablename"] for each in tables)
        if name != "audit"
    ]
    return sorted(row["row"] for rows in found for row in rows)


async def test_who_may_not_hears_it_before_anything_else(house: House) -> None:
    seen = list(ways(house))
    assert REACHED.keys() <= {str(way) for way in seen}
    for way, read in [*((way, False) for way in seen), *((way, True) for way in seen if way.path.startswith(PAGES))]:
        nobody = await asked_badly(house, way, read=read)
        assert nobody[0] == 401 or not way.closed, f"{way} lets in whoever comes: {nobody}"
        who = COURIER if str(way) in REACHED else str(ANNE)
        provider = await asked_badly(house, way, provider=who, read=read)
        assert provider in REFUSED or (nobody[0] != 401 and provider == nobody), (
            f"{way} lets a provider in: say in provider_doors.REACHED what it answers for another's things ({provider})"
        )


async def test_nothing_of_anothers_is_seen_or_changed(house: House) -> None:
    anne, ben = await belongings(house, ANNE), await belongings(house, BEN)
    database, ways_in = house.database("checkout"), {str(way): way for way in ways(house)}
    reached = [(ways_in[name], ask) for name, asks in REACHED.items() for ask in asks]
    before = await rows_of(database, BEN)
    assert len(before) >= 6
    for way, ask in reached:
        answer = await asked_for(house, way, ask, ben, by=ANNE)
        assert code_of(answer) == ask.refusal, (str(way), answer.body)
        if not ask.refusal:
            assert answer.status < 400, (str(way), answer.body)
            assert str(BEN) not in shown(answer), str(way)
            own = await asked_for(house, way, ask, anne, by=ANNE)
            assert str(ANNE) in shown(own), (str(way), "its own it sees")
    assert await rows_of(database, BEN) == before
    for way, ask in reached:
        answer = await asked_for(house, way, ask, ben, by=BEN)
        assert code_of(answer) == ask.owner, (str(way), answer.body)
        assert answer.status < 400 or ask.owner, (str(way), answer.status)
