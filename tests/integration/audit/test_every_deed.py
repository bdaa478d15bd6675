"""Each deed of each service writes its row, and each refused one does (C-12): a route that writes none fails here."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from chassis import audit
from chassis.audit import Actor
from chassis.audit.domain import RefusedDeed
from chassis.audit.refused import RefusedDeeds
from chassis.database import Database, DatabaseError
from chassis.tokens import Role
from events.base import Part, PersonalText
from tests.fixtures.postgres import fresh_databases
from tests.integration.audit.house import (
    ADDRESS,
    Door,
    House,
    email_of,
    open_house,
    path_of,
)
from tests.integration.audit.internal_calls import NEEDED, operations
from tests.integration.audit.prepared import PREPARED

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-12")]

WRONG = {"to": "nobody", "nonsense": True}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(postgres: str) -> AsyncIterator[House]:
    with fresh_databases(postgres) as make_database:
        async with open_house(make_database) as opened:
            yield opened


async def newest(house: House, door: Door, **filters: Any) -> dict[str, Any]:
    await house.refused(door.service).look()
    rows = await house.log(door.service, action=door.deed.action, limit=1, **filters)
    assert rows, f"{door} wrote no row"
    return rows[0]


async def test_what_is_done_is_written_with_who_and_what(house: House) -> None:
    doors = list(house.doors())
    assert len(doors) > 40
    for door in doors:
        wish = await PREPARED[door.deed.action](house, door.service)
        path = path_of(door.path, wish.parts)
        if door.on_a_page:
            answer = await house.send(door.service, path, wish.form or {}, role=Role.ADMIN)
        else:
            answer = await house.ask(door.service, door.method, path, role=Role.ADMIN, body=wish.body)
        assert answer.status < 400, (str(door), answer.body)
        row = await newest(house, door, outcome="done")
        assert (row["actor"], row["role"], row["address"]) == (email_of(Role.ADMIN), "admin", ADDRESS), str(door)
        assert row["before"] or row["after"], str(door)
        if wish.parts:
            assert row["target"] == door.deed.target.format_map(wish.parts) or "{" not in door.deed.target, str(door)


async def test_what_is_refused_is_written_with_the_refusals_code(house: House) -> None:
    for door in house.doors():
        path = path_of(door.path)
        nobody = await house.ask(door.service, door.method, path, body=WRONG)
        row = await newest(house, door, outcome="refused")
        assert (nobody.status, row["code"], row["actor"]) == (401, "token_missing", "anonymous"), str(door)
        assert row["address"] == "203.0.113.0", "of somebody unknown only the network is kept"

        viewer = await house.ask(door.service, door.method, path, role=Role.VIEWER, body=WRONG)
        row = await newest(house, door, outcome="refused")
        assert (viewer.status, row["code"], row["role"]) == (403, "role_missing", "viewer"), str(door)
        assert (row["actor"], row["address"]) == (email_of(Role.VIEWER), ADDRESS), str(door)

        admin = await house.ask(door.service, door.method, path, role=Role.ADMIN, body=WRONG, query="cursor=nonsense")
        row = await newest(house, door, outcome="refused")
        assert 400 <= admin.status < 500, (str(door), admin.body)
        assert (row["code"], row["role"], row["reason"]) == (admin.json["code"], "admin", admin.json["detail"]), str(
            door
        )


async def test_what_can_not_be_done_now_is_a_refusal_of_its_own(house: House) -> None:
    wish = await PREPARED["alert_resolved"](house, "monitor")
    alert_id = (wish.parts or {})["alert_id"]
    assert (await house.ask("monitor", "POST", f"/api/alerts/{alert_id}/resolve", role=Role.OPERATOR)).status == 200
    late = await house.ask("monitor", "POST", f"/api/alerts/{alert_id}/ack", role=Role.OPERATOR)
    assert late.status == 409
    told = [
        (row["action"], row["outcome"], row["code"]) for row in await house.log("monitor", target=f"alert:{alert_id}")
    ]
    assert told == [
        ("alert_acknowledged", "refused", "alert_resolved"),
        ("alert_resolved", "done", None),
        ("alert_raised", "done", None),
    ]


async def test_to_look_where_something_can_be_done_is_no_deed(house: House) -> None:
    before = await house.log("inventory", limit=1)
    answer = await house.ask("inventory", "GET", "/api/admin/inventory/dlq/7/drop", role=Role.VIEWER)
    assert 400 <= answer.status < 500
    await house.refused("inventory").look()
    assert await house.log("inventory", limit=1) == before


async def test_a_flood_of_refusals_is_a_few_rows_that_count_all(house: House) -> None:
    async def rows() -> list[int]:
        found = await house.log("inventory", action="group_started", actor=email_of(Role.VIEWER), target="group:flood")
        return [row["times"] for row in found]

    for _ in range(40):
        await house.ask("inventory", "POST", "/api/admin/inventory/subscriptions/flood/start", role=Role.VIEWER)
    await house.refused("inventory").look()
    found = await rows()
    assert (found[-1], sum(found)) == (1, 40)
    assert len(found) < 10, "a slow machine needs several of the ten seconds that each stands for"
    await house.refused("inventory").look()
    assert await rows() == found


async def test_what_is_refused_while_the_database_is_away_is_kept_afterwards(house: House) -> None:
    deed = RefusedDeed(actor=Actor(name="sam@example.com"), action="flood_stopped", target="", code="late", reason="")
    url = house.database_url("checkout")
    hasty = await Database.connect(url, application="test", pool_size=1, lock_timeout_ms=50)
    refused = RefusedDeeds(hasty)
    async with house.database("checkout").transaction() as tx:
        await tx.execute("LOCK TABLE audit")
        for _ in range(3):
            await refused.note(deed)
        await refused.look()
    await refused.look()
    await hasty.close()
    assert [row["times"] for row in await house.log("checkout", action="flood_stopped")] == [3]


async def test_the_database_lets_nobody_change_what_was_written(house: House) -> None:
    database = house.database("checkout")
    await house.ask("checkout", "POST", "/api/admin/checkout/refused/drop", role=Role.ADMIN, body={"because": "a test"})
    before = await database.fetchval("SELECT count(*) FROM audit")
    for sql in ("UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "TRUNCATE audit"):
        with pytest.raises(DatabaseError, match="append-only"):
            await database.execute(sql)
    assert await database.fetchval("SELECT count(*) FROM audit") == before > 0


async def test_what_a_model_marks_as_personal_is_masked(house: House) -> None:
    class Guest(Part):
        seat: int
        nickname: PersonalText

    database, actor = house.database("checkout"), Actor(name="sam@example.com")
    async with database.transaction() as tx:
        await audit.record(
            tx,
            "guest_moved",
            actor=actor,
            before=Guest(seat=3, nickname="Lefty"),
            after={"seat": 4, "email": "lefty@example.com", "note": "call +1 352 555 0137"},
        )
    (row,) = await house.log("checkout", action="guest_moved")
    assert row["before"] == {"seat": 3, "nickname": "[REDACTED]"}
    assert row["after"] == {"seat": 4, "email": "l***@example.com", "note": "call ***0137"}
    assert (row["actor"], row["role"], row["address"]) == ("sam@example.com", "", None)


@pytest.mark.proves("X-3")
async def test_the_log_is_read_a_page_at_a_time_by_admins_only(house: House) -> None:
    path = "/api/admin/notifier/audit-log"
    for number in range(5):
        body = {"because": f"try {number}"}
        await house.ask("notifier", "POST", "/api/admin/notifier/refused/send", role=Role.OPERATOR, body=body)
    chosen = f"action=refused_sent_again&actor={email_of(Role.OPERATOR)}&outcome=done&limit=2"
    seen, cursor = [], ""
    while True:
        query = f"{chosen}&cursor={cursor}" if cursor else chosen
        page = (await house.ask("notifier", "GET", path, role=Role.ADMIN, query=query)).json
        seen += [row["reason"] for row in page["data"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert seen == [f"try {number}" for number in reversed(range(5))]
    moment = (await house.log("notifier", limit=1))[0]["at"]
    assert await house.log("notifier", until="2020-01-01T00:00:00Z") == []
    assert [row["at"] for row in await house.log("notifier", since=moment)] == [moment]
    for query, status in (("actors=x", 422), ("outcome=maybe", 422), ("cursor=nonsense", 422), ("limit=501", 422)):
        assert (await house.ask("notifier", "GET", path, role=Role.ADMIN, query=query)).status == status, query
    assert (await house.ask("notifier", "GET", path, role=Role.OPERATOR)).status == 403
    assert (await house.ask("notifier", "GET", path)).status == 401


@pytest.mark.proves("L-10")
async def test_services_of_two_releases_understand_each_other(house: House) -> None:
    """What a newer caller says beside is ignored, and an older one says all that is needed."""
    asked = dict(operations(house))
    assert asked.keys() >= NEEDED.keys()
    assert [name for name, schemas in asked.items() if '"additionalProperties": false' in json.dumps(schemas)] == []
    for name, schemas in asked.items():
        needed = {field for schema in schemas for field in schema.get("required", ())}
        assert needed <= NEEDED.get(name, set()), name
