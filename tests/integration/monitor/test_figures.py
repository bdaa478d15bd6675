"""Figures and health on a real database and Kafka."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from chassis.clock import SystemClock
from chassis.counted import count_error
from chassis.database import Database
from chassis.ids import uuid7
from chassis.metrics import Metric
from chassis.tokens import Role
from eventbus import Received
from eventbus.incoming.records import RawRecord
from events import Envelope, Event, OrderSource
from monitor.figures import service, store
from monitor.figures.domain import Figure, SaleKind
from monitor.figures.workers import FigureMetrics
from tests.fixtures.kafka import kafka_at
from tests.fixtures.postgres import MakeDatabase
from tests.integration.monitor.service import environ, eventually, person, running, write
from tests.unit.monitor.samples import NOW, attempt_failed, heartbeat, order_paid, stock_sold

pytestmark = pytest.mark.asyncio


def received(event: Event, *, event_id: UUID | None = None) -> Received[Event]:
    envelope = Envelope(id=event_id or uuid7(), source="test", type=event.type, time=NOW, subject=event.key)
    record = RawRecord(topic=event.topic, partition=0, offset=0, key=None, value=None, headers=())
    return Received(event=event, envelope=envelope, record=record)


async def count(database: Database, *events: Event) -> None:
    async with database.transaction() as tx:
        await service.count(tx, [received(event) for event in events])


async def tickets(database: Database) -> dict[SaleKind, int]:
    found: dict[SaleKind, int] = {}
    for cell, sums in await store.totals(database, [Figure.TICKETS_SOLD]):
        found[cell.kind] = found.get(cell.kind, 0) + sums.count
    return found


@pytest.mark.proves("M-1")
async def test_batches_add_up_in_minutes_and_totals(make_database: MakeDatabase) -> None:
    database = await Database.connect(make_database("monitor"), application="test", pool_size=2)
    await count(database, order_paid(), order_paid(), attempt_failed(buyers_fault=True))
    later = NOW + timedelta(minutes=5)
    await count(database, order_paid(occurred_at=later), attempt_failed(buyers_fault=False))
    await count(database, order_paid(source=OrderSource.DEMO))
    all_of_it = await service.payments(database, since=NOW - timedelta(hours=1))
    recent = await service.payments(database, since=NOW + timedelta(minutes=1))
    sold = await tickets(database)
    await database.close()
    assert (all_of_it.paid, all_of_it.failed, all_of_it.declined) == (3, 1, 1)
    assert (recent.paid, recent.failed) == (1, 0)
    assert sold == {SaleKind.BUSINESS: 6, SaleKind.DEMO: 2}


@pytest.mark.proves("M-1", "E-6")
async def test_an_older_stock_version_never_turns_a_pool_back(make_database: MakeDatabase) -> None:
    database = await Database.connect(make_database("monitor"), application="test", pool_size=2)
    await count(database, stock_sold(9, 18))
    await count(database, stock_sold(7, 20), stock_sold(8, 19))
    (pool,) = await store.pools(database)
    await database.close()
    assert (pool.stock_version, pool.available) == (9, 18)


@pytest.mark.proves("M-4")
async def test_metrics_go_on_after_a_restart(make_database: MakeDatabase) -> None:
    database = await Database.connect(make_database("monitor"), application="test", pool_size=2)
    elsewhere = tuple(line.model_copy(update={"item_id": "demo"}) for line in order_paid().lines)
    await count(database, order_paid(), order_paid(source=OrderSource.DEMO, lines=elsewhere), stock_sold(1, 18))
    shown = FigureMetrics(database, clock=SystemClock())
    for _ in range(2):  # whoever asks, and however often
        figures = await shown.read()
        assert figures.value(Metric.TICKETS_SOLD, city="dallas-jan-2027", type="ga") == 2
        assert figures.value(Metric.REVENUE, currency="USD") == 958.40
        assert figures.value(Metric.TICKETS_AVAILABLE, city="dallas-jan-2027", type="ga") == 18
        assert figures.value(Metric.PAYMENT_SUCCESS_RATE) == 1.0
    assert 'city="demo"' not in await shown.text()
    await database.close()


@pytest.mark.proves("M-1", "M-3")
async def test_what_comes_over_kafka_is_counted_once_and_health_is_heard(
    kafka: str, topic_prefix: str, make_database: MakeDatabase
) -> None:
    url = make_database("monitor")
    values = environ(url, kafka=kafka, prefix=topic_prefix)
    connection = kafka_at(kafka, prefix=topic_prefix)
    database = await Database.connect(url, application="test", pool_size=1)
    await write(connection, order_paid(), stock_sold(3, 30))

    async def say() -> None:
        now = datetime.now(UTC)
        await write(connection, *(heartbeat(name, at=now) for name in ("checkout", "inventory", "notifier")))

    async with running(values) as monitor:

        async def counted() -> bool:
            return await tickets(database) == {SaleKind.BUSINESS: 2}

        async def healthy() -> bool:
            await say()
            health = (await monitor.get("/api/health", headers=person(Role.VIEWER))).json
            heard = all(entry["latency"] is not None for entry in health["services"].values() if "reason" not in entry)
            return health["status"] == "healthy" and heard and "just" not in str(health)

        await eventually(counted)
        await eventually(healthy)
        head = await monitor.head("/health")
        masked = (await monitor.get("/health")).json
        refused = await monitor.get("/api/health", headers={"Authorization": "Bearer nonsense"})
        assert (head.status, head.text) == (200, "")
        assert set(masked) == {"status", "timestamp", "version", "services"}
        assert refused.status == 401

    async with running(values) as monitor:  # a restart: nothing is counted again, nobody is silent
        await write(connection, order_paid())

        async def both() -> bool:
            return await tickets(database) == {SaleKind.BUSINESS: 4}

        await eventually(both)
        assert await database.fetchval("SELECT count(*) FROM dead_letters") == 0
    await database.close()


@pytest.mark.proves("M-3")
async def test_a_monitor_that_hears_nobody_says_so_with_503(
    make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.health.domain.SILENCE", timedelta(milliseconds=50))
    async with running(environ(make_database("monitor"))) as monitor:
        await asyncio.sleep(0.1)
        answer = await monitor.get("/api/health", headers=person(Role.VIEWER))
        assert (answer.status, answer.json["status"]) == (503, "unhealthy")
        assert answer.json["services"]["kafka"]["reason"]
        assert (await monitor.get("/livez")).status == 200


# A run that no other try follows from.
GIVEN_UP = """
INSERT INTO job_runs (job, due_at, attempt, started_by, begins_at, began_at, ended_at, outcome, error, given_up)
VALUES ('forget-sessions', now(), 3, 'schedule', now(), now(), now(), 'failed', 'LookupError', true)
"""


@pytest.mark.proves("M-1", "A-11", "E-11", "C-12", "O-5")
async def test_errors_refused_actions_and_jobs_are_told_and_counted(
    kafka: str, topic_prefix: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    config = Path(shutil.copytree("deploy/config", tmp_path / "config"))
    times = config / "schedules.yaml"
    times.write_text(times.read_text().replace('forget-sessions: "37 * * * *"', 'forget-sessions: "0 0 29 2 *"'))
    url = make_database("monitor")
    database = await Database.connect(url, application="test", pool_size=1)
    try:
        await database.execute(GIVEN_UP)
        values = {**environ(url, kafka=kafka, prefix=topic_prefix), "CONFIG_DIR": str(config)}
        async with running(values) as monitor:
            for _ in range(3):
                refused = await monitor.post("/api/alerts", json={}, headers=person(Role.VIEWER))
                assert refused.status == 403
            count_error("email_bounce")

            async def told() -> bool:
                rows = await store.totals(database, [Figure.SECURITY, Figure.ERRORS])
                found = {cell.label: sums.count for cell, sums in rows}
                return found.get("communication_errors/email_bounce") == 1 and (
                    found.get("security.action_refused role_missing", 0) >= 1
                )

            await eventually(told, seconds=40)
            review = "/api/admin/monitor/jobs/error-review/run"
            assert (await monitor.post(review, headers=person(Role.OPERATOR))).status == 200

            async def errors_told() -> bool:
                found = (await monitor.get("/api/alerts?rule=error_review", headers=person(Role.VIEWER))).json["data"]
                return any("communication_errors/email_bounce 1" in alert["summary"] for alert in found)

            await eventually(errors_told)

            async def job_failed() -> bool:
                found = (await monitor.get("/api/alerts?rule=job_failed", headers=person(Role.VIEWER))).json["data"]
                return [(alert["labels"], alert["runbook"]) for alert in found] == [
                    ({"service": "monitor", "job": "forget-sessions"}, "/docs/playbooks/job-failed")
                ]

            await eventually(job_failed, seconds=60)
            path = "/api/admin/monitor/jobs/forget-sessions/run"
            assert (await monitor.post(path, headers=person(Role.OPERATOR))).status == 200

            async def job_counted() -> bool:
                rows = await store.totals(database, [Figure.JOBS])
                counted = {cell.label for cell, _ in rows}
                return {"monitor/error-review done", "monitor/forget-sessions done"} <= counted

            await eventually(job_counted, seconds=40)
    finally:
        await database.close()
