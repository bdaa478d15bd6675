"""While Kafka is away its clients have hundreds of lines to say; the log says a few, and how many were left out."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from chassis.telemetry.library_logs import LibraryHandler
from eventbus import create_topics
from events import TopicPlan
from stack.kafka import Broker
from stack.processes import Child, end
from tests.fixtures import testbed
from tests.fixtures.kafka import kafka_broker
from tests.integration.eventbus import ledger
from tests.integration.eventbus.harness import Bench, eventually

SECONDS_AWAY = 12  # longer than the window of the limit, so that it is told what was left out


class Counting(logging.Handler):
    """What would have been logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += record.levelno >= self.level


@pytest.fixture
def mortal() -> Iterator[tuple[Broker, Child]]:
    """A broker of this test's own."""
    folder = testbed.folder() / secrets.token_hex(4)
    broker = kafka_broker(folder)
    child = broker.start(folder / "kafka.log")
    yield broker, child
    end(child)


@pytest.mark.asyncio
@pytest.mark.proves("E-5", "M-18")
async def test_an_outage_is_told_in_a_few_lines(bench: Bench, mortal: tuple[Broker, Child]) -> None:
    broker, child = mortal
    own = replace(bench, connection=replace(bench.connection, bootstrap_servers=broker.bootstrap))
    await create_topics(own.connection, plans=[TopicPlan(name=plan.name, partitions=2) for plan in ledger.PLANS])
    said: list[str] = []
    limited, counting = LibraryHandler(lambda *line: said.append(line[1])), Counting()
    with capture_logs() as ours:
        async with own.bus(ledger.count_effect()) as bus:
            await ledger.publish(own.database, bus.outbox, ["before"])
            await eventually(lambda: counted(own, 1))
            for handler in (limited, counting):
                logging.getLogger().addHandler(handler)
            try:
                await asyncio.to_thread(end, child, seconds=0)
                await ledger.publish(own.database, bus.outbox, ["while away"])
                await asyncio.sleep(SECONDS_AWAY)
            finally:
                for handler in (limited, counting):
                    logging.getLogger().removeHandler(handler)
    assert counting.lines > 100
    # Another test of this process may have set the service's own log up, which has the library's lines, too.
    spoken = [line["event"] for line in ours if not line["event"].startswith("library_")]
    assert len(said) + len(spoken) < 60, (said, spoken)
    assert "library_lines_suppressed" in said


async def counted(bench: Bench, count: int) -> bool:
    return bool(await bench.database.fetchval("SELECT count(*) = $1 FROM effects", count))
