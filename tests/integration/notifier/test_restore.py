"""The notifier's database comes from a backup: it asks the providers what they have before it sends again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.database import Database
from cli.restoring import make_fit
from tests.fixtures.backups import Backup
from tests.integration.notifier.alarms import Alarm
from tests.integration.notifier.facts import city, new_city, paid
from tests.integration.notifier.harness import World, until

pytestmark = pytest.mark.asyncio

HANDED_OVER = {"sent", "delivered"}
CHANNELS = ("sms", "email", "slack")


async def _use(world: World, url: str) -> None:
    await world.database.close()
    world.values["DATABASE_URL"] = url
    world.database = await Database.connect(url, application="test")


async def _handed_over(world: World, count: int) -> bool:
    rows = await world.deliveries()
    return len(rows) == count and {row["state"] for row in rows} <= HANDED_OVER


async def _texts(world: World) -> dict[str, list[str]]:
    return {name: sorted(each["text"] for each in await world.messages(name)) for name in CHANNELS}


@pytest.mark.proves("E-4", "E-6", "N-3")
async def test_what_was_sent_after_the_backup_is_not_sent_again(world: World, backup: Backup) -> None:
    here, url = new_city(), world.values["DATABASE_URL"]
    before = paid(here)
    alarm = Alarm(channels=("sms", "email", "slack", "pagerduty"))
    async with world.notifier():
        await world.publish(city(here), before)
        await until(lambda: _handed_over(world, 3), what="the first order")
    await world.database.close()
    copy = backup(url)
    await _use(world, url)
    async with world.notifier():
        await world.publish(paid(here), alarm.raised())
        await until(lambda: _handed_over(world, 12), what="the second order and the alert")
    sent = await _texts(world)
    versions = {row["id"]: row["version"] for row in await world.deliveries()}

    await make_fit({"DATABASE_URL": copy}, "notifier")
    await _use(world, copy)
    async with world.notifier():
        unread = paid(here)
        await world.publish(unread)
        await until(lambda: _known(world, len(versions) + 3), what="read again")
        await world.later(timedelta(seconds=6))
        await until(lambda: _handed_over(world, len(versions) + 3), what="asked about")
    again = await _texts(world)
    assert {name: len(again[name]) - len(sent[name]) for name in CHANNELS} == {"sms": 2, "email": 1, "slack": 0}
    assert all(set(sent[name]) <= set(again[name]) for name in CHANNELS)
    now = {row["id"]: row["version"] for row in await world.deliveries()}
    assert versions.keys() <= now.keys(), "each is the same delivery again"
    assert all(now[each] > versions[each] for each in versions if now[each] != versions[each])
    assert {row["possible_duplicates"] for row in await world.deliveries()} == {0}
    assert [incident["status"] for incident in await _incidents(world)] == ["triggered"]


async def _known(world: World, count: int) -> bool:
    return len(await world.deliveries()) == count


async def _incidents(world: World) -> list[dict[str, str]]:
    found: list[dict[str, str]] = (await world.control("GET", "pagerduty/incidents"))["data"]
    return found
