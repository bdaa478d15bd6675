"""Somebody's access ends or changes: sessions at once, tokens and streams as soon as the event is heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from argon2 import PasswordHasher

from chassis import audit
from chassis.audit import Actor
from chassis.clock import SystemClock
from chassis.database import Database, Transaction
from chassis.tokens import Role
from eventbus import Outbox
from monitor.accounts.access import Access
from monitor.accounts.domain import LastAdminError, audited
from tests.fixtures.postgres import MakeDatabase
from tests.integration.monitor.service import Client, environ, eventually, running

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("C-12")]

PASSWORD = "correct horse battery"
HASH = PasswordHasher().hash(PASSWORD)
PAT = "pat@example.com"
ANN = "ann@example.com"
ACTOR = Actor(name="sam@example.com")


@dataclass(frozen=True, slots=True)
class House:
    """A monitor, and the machine on which people are let in."""

    monitor: Client
    database: Database

    async def change(self, change: Callable[[Access, Transaction], Awaitable[Any]]) -> Any:
        clock = SystemClock()
        access = Access(Outbox(source="monitor", clock=clock, wake=lambda: None), clock=clock, actor=ACTOR)
        async with self.database.transaction() as tx:
            return await change(access, tx)

    async def add(self, email: str, role: Role) -> None:
        await self.change(lambda access, tx: access.add(tx, email, password_hash=HASH, role=role))

    async def sign_in(self, email: str) -> dict[str, Any]:
        answer = await self.monitor.post("/api/auth/login", json={"email": email, "password": PASSWORD})
        assert answer.status == 200, answer.text
        return dict(answer.json)

    async def asked(self, tokens: dict[str, Any], path: str = "/api/alerts") -> tuple[int, str | None]:
        answer = await self.monitor.get(path, headers=bearer(tokens))
        return answer.status, answer.json.get("code")

    async def refreshed(self, tokens: dict[str, Any]) -> int:
        return (await self.monitor.post("/api/auth/refresh", json={"refreshToken": tokens["refreshToken"]})).status

    async def audit(self, email: str) -> list[tuple[str, Actor, Any, Any]]:
        entries = await audit.of_target(self.database, audited(email))
        return [(entry.action, Actor(name=entry.actor), entry.before, entry.after) for entry in entries]


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['token']}"}


@pytest_asyncio.fixture
async def house(kafka: str, topic_prefix: str, make_database: MakeDatabase) -> AsyncIterator[House]:
    url = make_database("monitor")
    database = await Database.connect(url, application="test", pool_size=2)
    async with running(environ(url, kafka=kafka, prefix=topic_prefix)) as monitor:
        house = House(monitor, database)
        await house.add(PAT, Role.OPERATOR)
        await house.add(ANN, Role.ADMIN)
        yield house
    await database.close()


async def test_who_is_disabled_is_out_until_enabled(house: House) -> None:
    mine, others = await house.sign_in(PAT), await house.sign_in(ANN)
    assert await house.asked(mine) == (200, None)
    assert await house.change(lambda access, tx: access.disable(tx, " Pat@Example.com"))
    assert await house.refreshed(mine) == 401
    login = await house.monitor.post("/api/auth/login", json={"email": PAT, "password": PASSWORD})
    assert (login.status, login.json["code"]) == (401, "sign_in_refused")

    async def over() -> bool:
        return await house.asked(mine) == (401, "token_expired")

    await eventually(over)
    assert await house.asked(others) == (200, None)
    assert not await house.change(lambda access, tx: access.disable(tx, PAT))
    assert await house.change(lambda access, tx: access.enable(tx, PAT))
    assert not await house.change(lambda access, tx: access.enable(tx, PAT))
    assert await house.asked(await house.sign_in(PAT)) == (200, None)
    assert await house.asked(mine) == (401, "token_expired")
    rights = {"role": "operator", "provider": None, "disabled": False}
    assert await house.audit(PAT) == [
        ("user_added", ACTOR, None, rights),
        ("user_disabled", ACTOR, rights, rights | {"disabled": True}),
        ("user_enabled", ACTOR, rights | {"disabled": True}, rights),
    ]


async def test_another_role_counts_from_now_on(house: House) -> None:
    mine = await house.sign_in(PAT)
    assert await house.change(lambda access, tx: access.give_role(tx, PAT, Role.VIEWER))
    assert not await house.change(lambda access, tx: access.give_role(tx, PAT, Role.VIEWER))
    assert await house.refreshed(mine) == 401

    async def over() -> bool:
        return await house.asked(mine) == (401, "token_expired")

    await eventually(over)
    again = await house.sign_in(PAT)
    assert again["role"] == "viewer"
    assert await house.asked(again) == (200, None)


async def test_an_open_stream_ends_with_the_access(house: House) -> None:
    mine = await house.sign_in(PAT)
    url = f"{house.monitor.base}/api/stream?topic=orders"
    async with asyncio.timeout(30), house.monitor.session.get(url, headers=bearer(mine)) as stream:
        assert stream.status == 200
        await stream.content.readline()
        await house.change(lambda access, tx: access.disable(tx, PAT))
        assert b"event: ended" in await stream.content.read()


async def test_an_admin_is_left_whatever_is_changed(house: House) -> None:
    for change in (
        lambda access, tx: access.disable(tx, ANN),
        lambda access, tx: access.give_role(tx, ANN, Role.VIEWER),
        lambda access, tx: access.add(tx, ANN, password_hash=HASH, role=Role.OPERATOR, replaces=True),
    ):
        with pytest.raises(LastAdminError, match="only admin"):
            await house.change(change)
    await house.change(lambda access, tx: access.give_role(tx, PAT, Role.ADMIN))
    at_once = (
        house.change(lambda access, tx: access.disable(tx, ANN)),
        house.change(lambda access, tx: access.disable(tx, PAT)),
    )
    done = await asyncio.gather(*at_once, return_exceptions=True)
    assert [type(each) for each in done if each is not True] == [LastAdminError]


async def test_a_change_waits_for_nobody_to_slip_in_while_signing_in(house: House) -> None:
    tries = [house.monitor.post("/api/auth/login", json={"email": PAT, "password": PASSWORD}) for _ in range(5)]
    *answers, _ = await asyncio.gather(*tries, house.change(lambda access, tx: access.disable(tx, PAT)))
    tokens = [answer.json for answer in answers if answer.status == 200]

    async def over() -> bool:
        return all([await house.asked(each) == (401, "token_expired") for each in tokens])

    await eventually(over)
    assert [await house.refreshed(each) for each in tokens] == [401] * len(tokens)
