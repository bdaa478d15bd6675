"""The monitor's database comes from a backup: its alerts are what others have heard of them."""

from __future__ import annotations

import pytest

from chassis.database import Database
from chassis.ids import uuid7
from cli.restoring import told
from events import ALERT_TOPICS, AlertEvent
from monitor.alerts.restore import restore_alerts
from tests.fixtures.backups import Backup
from tests.fixtures.kafka import kafka_at
from tests.fixtures.postgres import MakeDatabase
from tests.integration.monitor.alert_bench import bench, crossing
from tests.integration.monitor.service import write

pytestmark = pytest.mark.asyncio

ROWS = "SELECT * FROM alerts ORDER BY id"
STEPS = "SELECT alert_id, version, status, at FROM alert_history ORDER BY alert_id, version"


async def _rows(database: Database, sql: str) -> list[dict[str, object]]:
    return [dict(row) for row in await database.fetch(sql)]


@pytest.mark.proves("E-4", "E-6")
async def test_alerts_are_restored_and_nobody_is_told_again(
    make_database: MakeDatabase, backup: Backup, kafka: str, topic_prefix: str
) -> None:
    url = make_database("monitor")
    crossings = [crossing(3, 10), crossing(4, 9), crossing(9, 5), crossing(10, 10, tier="vip")]
    ids = [uuid7() for _ in crossings]
    async with bench(url) as b:
        await b.tell(*crossings[:2], ids=ids[:2])
    copy = backup(url)
    async with bench(url) as b:
        await b.tell(*crossings[2:], ids=ids[2:])
        async with b.database.transaction() as tx:
            firing = await tx.fetchval("SELECT id FROM alerts WHERE status = 'firing'")
            await b.alerts.acknowledge(tx, firing, by="ann@example.com", way="api")
        events = await b.told()
        rows, steps = await _rows(b.database, ROWS), await _rows(b.database, STEPS)
    connection = kafka_at(kafka, prefix=topic_prefix)
    assert await told(connection, AlertEvent, ALERT_TOPICS.values()) == []
    await write(connection, *events)

    async with bench(copy) as b:
        heard = await told(connection, AlertEvent, ALERT_TOPICS.values())
        assert _known(heard) == _known(events)
        async with b.database.transaction() as tx:
            assert await restore_alerts(tx, heard) == len(steps) - len(await _rows(b.database, STEPS))
        assert (await _rows(b.database, ROWS), await _rows(b.database, STEPS)) == (rows, steps)
        said = len(await b.told())
        await b.tell(*crossings, ids=ids)
        assert len(await b.told()) == said
        async with b.database.transaction() as tx:
            assert await restore_alerts(tx, heard) == 0


def _known(events: list[AlertEvent]) -> set[tuple[object, int]]:
    return {(event.alert_id, event.version) for event in events}
