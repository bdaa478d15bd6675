"""The whole service on Kafka: crossings and answers come in, alerts go out, and rules change while it runs."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.tokens import Role
from eventbus import Tail
from events import AlertAcknowledged, AlertEvent, AlertStatus, Channel, NotificationAnswered, Topic
from tests.fixtures.kafka import kafka_at
from tests.fixtures.postgres import MakeDatabase
from tests.integration.monitor.alert_bench import crossing
from tests.integration.monitor.service import environ, eventually, person, running, write
from tests.unit.monitor.samples import heartbeat

pytestmark = pytest.mark.asyncio
ALERTS = (Topic.ALERTS_CRITICAL, Topic.ALERTS_HIGH, Topic.ALERTS_MEDIUM, Topic.ALERTS_LOW)


@pytest.mark.proves("M-6", "E-4")
async def test_over_kafka_a_crossing_is_raised_and_an_answer_takes_it(
    kafka: str, topic_prefix: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    folder = shutil.copytree("deploy/config", tmp_path / "config")
    values = {**environ(make_database("monitor"), kafka=kafka, prefix=topic_prefix), "CONFIG_DIR": str(folder)}
    connection = kafka_at(kafka, prefix=topic_prefix)
    seen: list[AlertEvent] = []

    async def listen(tail: Tail) -> None:
        async for item in tail:
            assert isinstance(item.event, AlertEvent)
            seen.append(item.event)

    async with running(values) as monitor, Tail(connection, ALERTS) as tail:
        listening = asyncio.create_task(listen(tail))

        async def ready() -> bool:
            return (await monitor.get("/readyz")).status == 200

        await eventually(ready)
        await write(connection, crossing(4, 9))
        await eventually(lambda: _holds(len(seen) == 1))
        raised = seen[0]
        answer = NotificationAnswered(
            notification_id=uuid4(),
            delivery_id=uuid4(),
            version=3,
            channel=Channel.SMS,
            kind="alert",
            recipient="+1•••0100",
            alert_fingerprint=raised.fingerprint,
            occurred_at=datetime.now(UTC),
            alert_id=raised.alert_id,
            fingerprint=raised.fingerprint,
            by="alex",
            way="sms_reply",
        )
        await write(connection, answer, answer.model_copy(update={"by": "sam"}))
        await eventually(lambda: _holds(len(seen) == 2))
        taken = seen[1]
        assert isinstance(taken, AlertAcknowledged)
        assert (taken.by, taken.way, taken.status) == ("alex", "sms_reply", AlertStatus.ACKNOWLEDGED)
        listening.cancel()


@pytest.mark.proves("M-5")
async def test_a_changed_rule_counts_without_a_restart_and_a_wrong_one_changes_nothing(
    kafka: str, topic_prefix: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree("deploy/config", tmp_path / "config"))
    rules = folder / "alert-rules.yaml"
    shipped = rules.read_text(encoding="utf-8")
    strict = shipped.replace("atLeast: 1", "atLeast: 100", 1)
    assert strict != shipped
    rules.write_text(strict, encoding="utf-8")
    values = {**environ(make_database("monitor"), kafka=kafka, prefix=topic_prefix), "CONFIG_DIR": str(folder)}
    connection = kafka_at(kafka, prefix=topic_prefix)
    async with running(values) as monitor:

        async def letters() -> list[str]:
            told = heartbeat("notifier", at=datetime.now(UTC), dead_letters={"notifier-sms": 3})
            await write(connection, told)
            found = await monitor.get("/api/alerts?rule=dead_letters", headers=person(Role.VIEWER))
            return [alert["summary"] for alert in found.json["data"]]

        async def heard() -> bool:
            await letters()
            rows = (await monitor.get("/api/operations", headers=person(Role.VIEWER))).json["services"]
            return any(row["service"] == "notifier" and row["instances"] for row in rows)

        await eventually(heard)
        rules.write_text(shipped.replace("atLeast: 1", "atLeast: soon", 1), encoding="utf-8")
        await asyncio.sleep(4)
        assert await letters() == []
        rules.write_text(shipped, encoding="utf-8")

        async def raised() -> bool:
            return await letters() == ["Dead letters of notifier-sms wait for a person: 3"]

        await eventually(raised)


async def _holds(fact: bool) -> bool:
    return fact
