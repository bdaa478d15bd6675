"""Maintenance at checkout: new purchases pause with a reason, what was begun goes on, every process hears of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from chassis.process import ProcessRole
from chassis.tokens import Role
from checkout.app import create
from events import MaintenanceEnded, MaintenanceStarted
from tests.fixtures.ports import free_port
from tests.integration.checkout.serving import serving
from tests.integration.checkout.world import Answer, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/api/admin/maintenance"
REASON = "We move to a larger hall <register>."


async def change(world: World, role: Role = Role.OPERATOR, **asked: Any) -> Answer:
    return await world.ask("POST", PATH, json=asked, headers=world.token(role))


async def told(world: World) -> list[MaintenanceStarted | MaintenanceEnded]:
    """Since the test began."""
    found = await world.events("checkout")
    told = [event for event in found if isinstance(event, MaintenanceStarted | MaintenanceEnded)]
    return [event for event in told if event.occurred_at > world.began]


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def nothing_paused(world: World) -> AsyncIterator[None]:
    """Tests of the module share the checkout."""
    yield
    await change(world, enabled=False)


@pytest.mark.proves("C-8", "C-13")
async def test_new_purchases_pause_with_a_reason_and_what_was_begun_goes_on(world: World) -> None:
    begun = (await world.buy(key=world.key)).body
    until = (datetime.now(UTC) + timedelta(minutes=40)).replace(microsecond=0)
    paused = await change(world, enabled=True, reason=REASON, until=until.isoformat())
    assert (paused.status, paused.body["by"]) == (200, "ann@example.com")

    refused = await world.buy()
    assert (refused.status, refused.body["code"]) == (503, "maintenance")
    assert (refused.body["reason"], datetime.fromisoformat(refused.body["until"])) == (REASON, until)
    assert 2000 < int(refused.headers["Retry-After"]) <= 2400
    assert await world.stock() == (2, 0)
    known = (await world.ask("GET", "/api/config/public")).body["maintenance"]
    assert (known["enabled"], known["reason"]) == (True, REASON)
    for page in ("/", f"/register?city={world.city}"):
        text = (await world.ask("GET", page)).body
        assert "We move to a larger hall &lt;register&gt;." in text
        assert "We expect to sell again by" in text

    assert (await world.buy(key=world.key)).body == begun
    await world.pay(begun["sessionId"])
    await world.until_state(begun["orderId"], "paid")

    assert (await change(world, enabled=False)).body["enabled"] is False
    assert (await world.buy()).status == 200
    started, ended = await told(world)
    assert (started.reason, started.until, ended.since) == (REASON, until, started.since)
    assert (type(started), type(ended)) == (MaintenanceStarted, MaintenanceEnded)


@pytest.mark.proves("C-8", "C-12")
async def test_a_change_is_told_once_and_kept_with_who_made_it(world: World) -> None:
    for reason in (REASON, REASON, "It takes longer."):
        assert (await change(world, enabled=True, reason=reason)).status == 200
    for _ in range(2):
        await change(world, enabled=False)
    assert [(type(event), event.reason) for event in await told(world)] == [
        (MaintenanceStarted, REASON),
        (MaintenanceStarted, "It takes longer."),
        (MaintenanceEnded, "It takes longer."),
    ]
    rows = await world.database.fetch(
        """
        SELECT actor, before ->> 'reason', after ->> 'reason' FROM audit
        WHERE action = 'maintenance_changed' AND outcome = 'done' AND at > $1 ORDER BY id
        """,
        world.began,
    )
    assert [tuple(row.values()) for row in rows] == [
        ("ann@example.com", None, REASON),
        ("ann@example.com", REASON, "It takes longer."),
        ("ann@example.com", "It takes longer.", None),
    ]


@pytest.mark.proves("C-8", "C-12")
async def test_what_cannot_be_is_refused(world: World) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert (await change(world, enabled=True)).body["fields"].keys() == {"reason"}
    assert (await change(world, enabled=True, reason=REASON, until=yesterday)).body["fields"].keys() == {"until"}
    assert (await change(world, enabled=True, reason="x" * 301)).status == 422
    assert (await change(world, Role.VIEWER, enabled=True, reason=REASON)).status == 403
    assert (await world.ask("GET", PATH)).status == 401
    assert (await world.ask("GET", PATH, headers=world.token(Role.VIEWER))).body["enabled"] is False


@pytest.mark.proves("C-8", "L-10")
async def test_every_process_hears_of_it_and_one_that_starts_knows_it(world: World) -> None:
    port = free_port()
    other = f"http://127.0.0.1:{port}/api/config/public"

    async def enabled() -> bool:
        answer = await world.ask("GET", other)
        return bool(answer.body["maintenance"]["enabled"])

    another = create({**world.checkout.environ, "FULLHOUSE_SLOT": "1"}, role=ProcessRole.API)
    async with serving(another, port):
        await change(world, enabled=True, reason=REASON)
        await world.until(enabled, "the other process pauses")
    another = create({**world.checkout.environ, "FULLHOUSE_SLOT": "1"}, role=ProcessRole.API)
    async with serving(another, port):
        assert await enabled()
