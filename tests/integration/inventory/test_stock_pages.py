"""`/staff/inventory` by HTTP, on a real database: what the pages show, and to whom (I-1, I-6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from uuid import uuid4

import pytest
import pytest_asyncio

from chassis.http.guards import SESSION_COOKIE
from chassis.process import ProcessRole
from chassis.tokens import Role
from tests.fixtures.postgres import fresh_databases
from tests.integration.inventory.bench import Bench, open_bench, paid_event
from tests.integration.inventory.service import Client, environ, person, running
from tests.unit.chassis.asgi import Answer, call

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("I-1", "W-2")]

HOME = "/staff/inventory"
NUMBERS = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A city of its own for each test, and people who look at its pages."""

    bench: Bench
    client: Client
    city: str

    async def look(self, path: str = "", *, role: Role | None = Role.VIEWER, query: str = "") -> Answer:
        headers = {"Accept": "text/html", **(cookie(role) if role else {})}
        return await call(self.client.app, "GET", f"{HOME}{path}", headers=headers, query=query)

    async def shown(self, path: str | None = None, *, role: Role = Role.VIEWER, query: str = "") -> str:
        answer = await self.look(f"/{self.city}" if path is None else path, role=role, query=query)
        assert answer.status == 200, answer.body
        return answer.body.decode()


def cookie(role: Role) -> dict[str, str]:
    token = person(role)["Authorization"].removeprefix("Bearer ")
    return {"Cookie": f"{SESSION_COOKIE}={token}"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(postgres: str) -> AsyncIterator[tuple[Bench, Client]]:
    with fresh_databases(postgres) as make_database:
        url = make_database("inventory")
        values = {**environ(url, kafka="127.0.0.1:9", prefix=""), "AUTHORIZED_DOMAIN": "example.com"}
        async with open_bench(url) as bench, running(values, role=ProcessRole.API) as client:
            yield bench, client


@pytest_asyncio.fixture(loop_scope="module")
async def desk(house: tuple[Bench, Client]) -> Desk:
    bench, client = house
    opened = Desk(bench=bench, client=client, city=f"city-{next(NUMBERS)}")
    await bench.open({"ga": (30, 35), "vip": (5, 8)}, city=opened.city)
    return opened


async def test_a_stranger_signs_in_and_comes_back(desk: Desk) -> None:
    answer = await desk.look(f"/{desk.city}", role=None, query="operation=sell")
    assert (answer.status, answer.headers["location"]) == (
        303,
        f"/login?next={HOME}/{desk.city}%3Foperation%3Dsell",
    )


async def test_what_is_oversold_and_who_waits_is_seen_by_all_staff(desk: Desk) -> None:
    await desk.bench.deliver(paid_event(uuid4(), 9, city_id=desk.city, tier="vip"))
    await desk.bench.join("wanda", tier="vip", city=desk.city)
    page = await desk.shown("")
    assert "Dallas VIP: 1 paid seat has no room" in page
    assert f'href="{HOME}/{desk.city}"' in page
    assert "Oversold" in await desk.shown()


@pytest.mark.proves("I-6")
async def test_the_ledger_is_read_a_page_at_a_time_and_by_operation(desk: Desk) -> None:
    orders = [uuid4() for _ in range(26)]
    for order in orders:
        await desk.bench.hold(order, city=desk.city)
    for order in orders[1:]:
        await desk.bench.release(order)
    newest = await desk.shown()
    assert newest.count("checkout_started") == 50
    (cursor,) = {part.split("#")[0] for part in newest.split("cursor=")[1:]}
    older = await desk.shown(query=f"cursor={cursor}")
    assert (older.count("checkout_started"), older.count("opened")) == (1, 2)
    assert "Older" not in older
    opened = await desk.shown(query="operation=expand")
    assert (opened.count("checkout_started"), opened.count("opened")) == (0, 2)
    assert "None of these." in await desk.shown(query="operation=correct")


async def test_a_city_that_is_not_there_and_a_cursor_of_nothing_are_told(desk: Desk) -> None:
    nowhere = await desk.look("/atlantis")
    assert (nowhere.status, b"There is no such city" in nowhere.body) == (404, True)
    assert (await desk.look(f"/{desk.city}", query="cursor=nonsense")).status == 422


@pytest.mark.proves("E-4")
async def test_while_the_stock_is_restored_the_pages_say_so(desk: Desk) -> None:
    restore = desk.client.deps.restore
    restore.pending = True
    try:
        assert "The stock was restored from a backup" in await desk.shown()
        assert "The stock was restored from a backup" in await desk.shown("")
    finally:
        restore.pending = False
