"""The monitor's `/api/metrics` over real processes that answer, refuse, and hang."""

from __future__ import annotations

import asyncio
import socket
from collections import defaultdict
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from events import OrderSource
from tests.fixtures.kafka import kafka_at
from tests.fixtures.postgres import MakeDatabase
from tests.integration.monitor.service import environ, eventually, running, write
from tests.unit.monitor.samples import heartbeat, order_paid, stock_sold

pytestmark = pytest.mark.asyncio
SCRAPE = {"Authorization": f"Bearer {'m' * 20}"}


@pytest.mark.proves("M-4")
async def test_the_monitor_merges_whoever_speaks_and_waits_for_nobody(
    kafka: str, topic_prefix: str, make_database: MakeDatabase
) -> None:
    connection = kafka_at(kafka, prefix=topic_prefix)
    hanging = socket.create_server(("127.0.0.1", 0))  # takes connections, and never says a word
    stuck = f"127.0.0.1:{hanging.getsockname()[1]}"
    async with AsyncExitStack() as both:
        other = await both.enter_async_context(running(environ(make_database("monitor"))))
        answering = other.base.removeprefix("http://")
        values = environ(make_database("monitor"), kafka=kafka, prefix=topic_prefix)
        monitor = await both.enter_async_context(running({**values, "METRICS_ADDRESSES": f"{answering},{stuck}"}))

        async def merged() -> bool:
            now = datetime.now(UTC)
            await write(
                connection,
                heartbeat("checkout", at=now, address=answering),
                heartbeat("inventory", at=now, address=stuck),
                heartbeat("notifier", at=now),  # it doesn't say where it is
            )
            answer = await monitor.get("/api/metrics", headers=SCRAPE)
            families = {family.name: family for family in text_string_to_metric_families(answer.text)}
            up = {sample.labels["service"]: sample.value for sample in families["fullhouse_instance_up"].samples}
            uptimes = {sample.labels["service"] for sample in families["process_uptime_seconds"].samples}
            return up == {"monitor": 1, "checkout": 1, "inventory": 0} and uptimes == {"monitor", "checkout"}

        await eventually(merged, seconds=40)
        assert (await monitor.get("/api/metrics")).status == 403
        own = await monitor.get("/api/metrics?scope=own", headers=SCRAPE)
        assert "instance=" not in own.text
        assert "stripe_payment_success_rate" not in own.text
    hanging.close()


@pytest.mark.proves("M-4")
async def test_the_figures_of_the_business_are_there_once_however_many_processes_there_are(
    kafka: str, topic_prefix: str, make_database: MakeDatabase
) -> None:
    url = make_database("monitor")
    connection = kafka_at(kafka, prefix=topic_prefix)
    values = environ(url, kafka=kafka, prefix=topic_prefix)
    async with AsyncExitStack() as both:
        other = await both.enter_async_context(running(environ(url)))
        answering = other.base.removeprefix("http://")
        monitor = await both.enter_async_context(running({**values, "METRICS_ADDRESSES": answering}))
        await write(connection, order_paid(), order_paid(source=OrderSource.DEMO), stock_sold(1, 18))

        found: dict[str, list[float]] = defaultdict(list)

        async def merged() -> bool:
            await write(connection, heartbeat("monitor", at=datetime.now(UTC), address=answering))
            found.clear()
            found.update(samples((await monitor.get("/api/metrics", headers=SCRAPE)).text))
            return len(found["api_error_rate_5xx"]) > 1 and sum(found["workshop_tickets_sold_total"]) == 2

        await eventually(merged, seconds=40)
    assert found["workshop_tickets_sold_total"] == [2]
    assert found["workshop_revenue_total"] == [958.40]
    assert found["inventory_tickets_available"] == [18]
    assert found["stripe_payment_success_rate"] == [1]
    assert found["inventory_negative_count"] == [0]
    assert len(found["api_error_rate_5xx"]) == 2
    assert len(found["database_pool_connections"]) == 4
    assert sum(found["database_query_duration_seconds_count"]) > 0


def samples(text: str) -> dict[str, list[float]]:
    """Values by the name of the sample."""
    found: dict[str, list[float]] = defaultdict(list)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name].append(sample.value)
    return found


@pytest.mark.proves("M-4")
async def test_a_forged_heartbeat_is_not_told_the_token(
    kafka: str, topic_prefix: str, make_database: MakeDatabase
) -> None:
    """It names a listener of its writer's; the monitor asks there like anybody."""
    connection, heard = kafka_at(kafka, prefix=topic_prefix), list[str]()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.close()

    async with AsyncExitStack() as both:
        listener = await both.enter_async_context(await asyncio.start_server(listen, "127.0.0.1", 0))
        values = environ(make_database("monitor"), kafka=kafka, prefix=topic_prefix)
        monitor = await both.enter_async_context(running(values))
        address = f"127.0.0.1:{listener.sockets[0].getsockname()[1]}"

        async def asked() -> bool:
            await write(connection, heartbeat("checkout", at=datetime.now(UTC), address=address))
            await monitor.get("/api/metrics", headers=SCRAPE)
            return bool(heard)

        await eventually(asked, seconds=40)
    assert all("authorization" not in request.lower() for request in heard)
