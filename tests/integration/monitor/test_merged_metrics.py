"""The monitor's `/api/metrics` over real processes that answer, refuse, and hang."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from eventbus import KafkaConnection
from tests.fixtures.postgres import MakeDatabase
from tests.integration.monitor.service import environ, eventually, running, write
from tests.unit.monitor.samples import heartbeat

pytestmark = pytest.mark.asyncio
SCRAPE = {"Authorization": f"Bearer {'m' * 20}"}


@pytest.mark.proves("M-4")
async def test_the_monitor_merges_whoever_speaks_and_waits_for_nobody(
    kafka: str, topic_prefix: str, make_database: MakeDatabase
) -> None:
    values = environ(make_database("monitor"), kafka=kafka, prefix=topic_prefix)
    connection = KafkaConnection(bootstrap_servers=kafka, prefix=topic_prefix)
    hanging = socket.create_server(("127.0.0.1", 0))  # takes connections, and never says a word
    async with running(environ(make_database("monitor"))) as other, running(values) as monitor:
        answering = other.base.removeprefix("http://")
        stuck = f"127.0.0.1:{hanging.getsockname()[1]}"

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
    hanging.close()
