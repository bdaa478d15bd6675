"""`/staff/inventory` by HTTP, on a real database: what the pages show, to whom, and what they change."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import pytest_asyncio

from chassis.http.guards import SESSION_COOKIE
from chassis.process import ProcessRole
from chassis.tokens import Role
from inventory.limits.domain import LimitAction
from tests.fixtures.postgres import fresh_databases
from tests.integration.inventory.bench import Bench, open_bench, paid_event
from tests.integration.inventory.service import Client, environ, person, running
from tests.unit.chassis.asgi import Answer, call

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("I-1", "W-2")]

HOME = "/staff/inventory"
NUMBERS = count()
ASKED = {"tier": "ga", "spots": "10", "reason": "More chairs came", "public": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A city of its own for each test, and people who look at its pages."""

    bench: Bench
    client: Client
    city: str

    async def look(self, path: str = "", *, role: Role | None = Role.VIEWER, query: str = "") -> Answer:
        headers = {"Accept": "text/html", **(cookie(role) if role else {})}
        return await call(self.client.app, "GET", f"{HOME}{path}", headers=headers, query=query)

    async def send(
        self,
        way: str,
        form: Mapping[str, str],
        *,
        role: Role = Role.ADMIN,
        query: str = "",
        origin: str = "http://testserver",
    ) -> Answer:
        headers = {
            "Accept": "text/html",
            "Origin": origin,
            "Content-Type": "application/x-www-form-urlencoded",
            **cookie(role),
        }
        path = f"{HOME}/{self.city}/{way}"
        return await call(self.client.app, "POST", path, headers=headers, query=query, body=urlencode(form).encode())

    async def pool(self) -> Mapping[str, Any]:
        await self.client.deps.mirror.renew()
        found: Mapping[str, Any] = (await self.client.get(f"/api/inventory/{self.city}", **person(Role.ADMIN))).json
        return found

    async def audit(self, action: str, *, outcome: str = "done") -> list[Mapping[str, Any]]:
        path = f"/api/admin/inventory/audit-log?action={action}&outcome={outcome}"
        rows: list[Mapping[str, Any]] = (await self.client.get(path, **person(Role.ADMIN))).json["data"]
        return rows

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


@pytest.mark.proves("I-3")
async def test_whose_seats_are_oversold_is_told_until_more_are_opened(desk: Desk) -> None:
    order = uuid4()
    await desk.bench.deliver(paid_event(order, 9, city_id=desk.city, tier="vip", number="7K3M2QXD"))
    page = await desk.shown(role=Role.ADMIN)
    assert f'href="/staff/orders/{order}">7K3M-2QXD<' in page
    assert "fullhouse tickets move 7K3M-2QXD CITY TIER" in page
    assert "fullhouse orders refund 7K3M-2QXD --seats 9 " in page
    buyer = paid_event(order, 1).customer
    whose = f"<strong>{buyer.first_name} {buyer.last_name}</strong><br>{buyer.email}"
    assert whose in page
    below = await desk.shown(role=Role.OPERATOR)
    assert "7K3M-2QXD" in below
    assert "***@example.com" in below
    assert whose not in below

    asked = {**ASKED, "tier": "vip", "spots": "1"}
    preview = await desk.shown(f"/{desk.city}/expand", role=Role.ADMIN, query=urlencode(asked))
    assert "1 paid seat has no room yet: new ones go to them first." in preview
    assert (await desk.send("expand", hidden(preview))).status == 303
    assert "7K3M-2QXD" not in await desk.shown(role=Role.ADMIN)


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


@pytest.mark.proves("I-10")
async def test_operators_see_who_waits_at_which_place_a_page_at_a_time(desk: Desk) -> None:
    await desk.bench.deliver(paid_event(uuid4(), 5, city_id=desk.city, tier="vip"))
    await desk.bench.deliver(paid_event(uuid4(), 30, city_id=desk.city))
    await desk.bench.join("gina", city=desk.city)
    for place in range(51):
        await desk.bench.join(f"guest{place}", tier="vip", city=desk.city)
    path = f"/{desk.city}/waitlist"
    first = await desk.shown(path, role=Role.OPERATOR)
    assert first.count("@example.com</td>") == 50
    assert place_of(first, "gina") == place_of(first, "guest0") == "1"
    (cursor,) = re.findall(r"cursor=(\d+)", first)
    last = await desk.shown(path, role=Role.OPERATOR, query=f"state=waiting&cursor={cursor}")
    assert [place_of(last, f"guest{place}") for place in (49, 50)] == ["50", "51"]
    assert "None of these." in await desk.shown(path, role=Role.OPERATOR, query="state=offered")
    assert (await desk.look(path)).status == 403
    assert "waitlist" not in await desk.shown()
    assert f'href="{HOME}{path}"' in await desk.shown(role=Role.OPERATOR)


@pytest.mark.proves("E-4")
async def test_while_the_stock_is_restored_the_pages_say_so(desk: Desk) -> None:
    restore = desk.client.deps.restore
    await desk.bench.database.execute("INSERT INTO restores (restored_at) VALUES (app_now())")
    restore.pending = True
    try:
        assert "The stock was restored from a backup" in await desk.shown()
        assert "The stock was restored from a backup" in await desk.shown("")
    finally:
        await desk.bench.database.execute("UPDATE restores SET done_at = app_now()")
        restore.pending = False


@pytest.mark.proves("I-8", "C-12")
async def test_seats_are_opened_in_two_steps_and_once_however_often_it_is_pressed(desk: Desk) -> None:
    form = await desk.shown(f"/{desk.city}/expand", role=Role.ADMIN, query="tier=vip")
    assert "What it will be" not in form
    preview = await desk.shown(f"/{desk.city}/expand", role=Role.ADMIN, query=urlencode(ASKED))
    assert numbers(preview) >= {("30", "40"), ("35", "45")}
    assert "Open 10 GA seats" in preview
    assert (await desk.pool())["publicLimits"]["ga"] == 30, "nothing is changed yet"

    sent = hidden(preview)
    answers = [await desk.send("expand", sent) for _ in range(3)]
    assert {(each.status, each.headers["location"]) for each in answers} == {
        (303, f"{HOME}/{desk.city}?done={sent['key']}")
    }
    pool = await desk.pool()
    assert (pool["publicLimits"]["ga"], pool["actualLimits"]["ga"]) == (40, 45)
    done = await desk.shown(query=f"done={sent['key']}")
    assert "by ann@example.com: More chairs came" in done
    assert numbers(done) >= {("30", "40"), ("35", "45")}
    (row,) = [row for row in await desk.audit(LimitAction.EXPANDED) if row["target"] == f"pool:{desk.city}/ga"]
    assert (row["actor"], row["outcome"], row["reason"]) == ("ann@example.com", "done", "More chairs came")
    assert (row["before"], row["after"]) == ({"public": 30, "actual": 35}, {"public": 40, "actual": 45})


@pytest.mark.proves("I-8")
async def test_seats_are_taken_away_and_limits_set_back(desk: Desk) -> None:
    for way, asked, after in (
        ("shrink", {**ASKED, "spots": "4"}, (26, 31)),
        ("reset", {"tier": "", "reason": "As it was"}, (30, 35)),
    ):
        preview = await desk.shown(f"/{desk.city}/{way}", role=Role.ADMIN, query=urlencode(asked))
        assert (await desk.send(way, hidden(preview))).status == 303
        pool = await desk.pool()
        assert (pool["publicLimits"]["ga"], pool["actualLimits"]["ga"]) == after
    nothing = await desk.shown(f"/{desk.city}/reset", role=Role.ADMIN, query="tier=&reason=Again")
    assert "The limits are those of the catalogue already." in nothing


@pytest.mark.proves("I-8", "C-12", "C-13")
async def test_what_can_not_be_done_is_told_before_and_refused_afterwards(desk: Desk) -> None:
    wrong = await desk.look(f"/{desk.city}/expand", role=Role.ADMIN, query=urlencode({**ASKED, "spots": "51"}))
    assert (wrong.status, b"Write a number from 1 to 50." in wrong.body) == (422, True)
    taken = await desk.look(f"/{desk.city}/shrink", role=Role.ADMIN, query=urlencode({**ASKED, "spots": "36"}))
    assert (taken.status, b"0 seats are sold or held" in taken.body) == (422, True)
    late = await desk.send("expand", {**ASKED, "spots": "51", "key": str(uuid4())}, query="tier=ga")
    assert (late.status, b"One request opens 1 to 50 seats." in late.body) == (422, True)
    assert f'href="{HOME}/{desk.city}/expand?tier=ga"'.encode() in late.body
    await desk.client.app.state.refused_deeds.look()
    row = (await desk.audit(LimitAction.EXPANDED, outcome="refused"))[0]
    assert (row["code"], row["actor"]) == ("invalid_expansion_amount", "ann@example.com")


@pytest.mark.proves("I-8", "C-12")
async def test_who_may_only_read_sees_no_form_and_another_site_sends_none(desk: Desk) -> None:
    assert "Open seats" not in await desk.shown(role=Role.OPERATOR)
    assert "Open seats" in await desk.shown(role=Role.ADMIN)
    assert (await desk.look(f"/{desk.city}/expand", role=Role.OPERATOR)).status == 403
    sent = {**ASKED, "key": str(uuid4())}
    assert (await desk.send("expand", sent, role=Role.OPERATOR)).status == 403
    assert (await desk.send("expand", sent, origin="https://elsewhere.example")).status == 403
    assert (await desk.pool())["actualLimits"]["ga"] == 35


@pytest.mark.proves("E-4", "I-8")
async def test_nothing_is_changed_while_the_stock_is_restored(desk: Desk) -> None:
    restore = desk.client.deps.restore
    restore.pending = True
    try:
        preview = await desk.shown(f"/{desk.city}/expand", role=Role.ADMIN, query=urlencode(ASKED))
        assert "disabled" in preview
        assert (await desk.send("expand", hidden(preview))).status == 503
    finally:
        restore.pending = False


def hidden(page: str) -> dict[str, str]:
    """What the page's button sends."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def numbers(page: str) -> set[tuple[str, str]]:
    """Each number before and after."""
    return set(re.findall(r'from-to">(\S+) <svg.*?<strong>(\S+)</strong>', page, re.DOTALL))


def place_of(page: str, name: str) -> str:
    """The place of somebody on the page of the waiting list."""
    (row,) = (row for row in page.split("<tr>") if f">{name}@example.com<" in row)
    return row.partition("<td>")[2].partition("<")[0]
