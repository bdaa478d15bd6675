"""A consumer that is stuck ends its process; one that is idle, stopped, or without a Kafka doesn't."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from aiokafka import TopicPartition

from chassis.clock import SystemClock
from chassis.database import Transaction
from chassis.errors import Dead
from eventbus import Bus, Received
from eventbus.incoming.consumer import EffectConsumer
from eventbus.incoming.processing import EffectProcessor
from eventbus.operation.watchdog import Watchdog
from events import PaymentWebhookFailed
from tests.integration.eventbus import ledger
from tests.integration.eventbus.harness import Bench, eventually

QUICK = timedelta(seconds=0.6)
LONG = 4.0  # seconds: several times what it takes to give up


async def true(bench: Bench, sql: str) -> bool:
    return bool(await bench.database.fetchval(sql))


@pytest.mark.proves("E-5", "L-9")
@pytest.mark.asyncio
async def test_a_handler_that_never_ends_ends_its_process(bench: Bench) -> None:
    gave_up = asyncio.Event()
    released = asyncio.Event()

    async def hang(tx: Transaction, batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
        await released.wait()

    async with bench.bus(ledger.count_effect(hang), stuck_after=QUICK, give_up=gave_up.set) as bus:
        await ledger.publish(bench.database, bus.outbox, ["a", "b"])
        async with asyncio.timeout(30):
            await gave_up.wait()
        released.set()


@pytest.mark.proves("E-5", "L-9")
@pytest.mark.asyncio
async def test_a_partition_that_stays_paused_ends_its_process_though_others_go_on(bench: Bench) -> None:
    gave_up = asyncio.Event()
    async with bench.bus(ledger.count_effect(), stuck_after=QUICK, give_up=gave_up.set) as bus:
        await ledger.publish(bench.database, bus.outbox, ["first"])
        await eventually(lambda: true(bench, "SELECT count(*) = 1 FROM effects"))
        (consumer,) = bus._consumers.values()
        assert consumer._consumer is not None
        consumer._consumer.pause(*[place for place in consumer.assigned if place.partition == 0])
        async with asyncio.timeout(30):
            while not gave_up.is_set():
                for number in range(10):
                    await ledger.publish(bench.database, bus.outbox, ["a"], key=f"k{number}")
                await asyncio.sleep(0.05)


@pytest.mark.proves("E-5")
@pytest.mark.asyncio
async def test_idle_stopped_and_cut_off_consumers_are_left_alone(bench: Bench) -> None:
    gave_up = asyncio.Event()

    async def refuse(tx: Transaction, batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
        raise Dead("never")

    async with bench.bus(ledger.count_effect(refuse), stuck_after=QUICK, give_up=gave_up.set) as bus:
        await eventually(lambda: reading(bus))
        await asyncio.sleep(LONG)
        assert not gave_up.is_set(), "idle"
        await ledger.publish(bench.database, bus.outbox, [f"n{number}" for number in range(30)])
        await eventually(lambda: true(bench, "SELECT count(*) = 1 FROM subscription_stops"))
        await ledger.publish(bench.database, bus.outbox, ["waits"])
        await asyncio.sleep(LONG)
        assert not gave_up.is_set(), "stopped"


class Silent(EffectConsumer):
    """A consumer from which nothing has been heard for an hour."""

    def __init__(self, bench: Bench, bus: Bus, *, joined: bool) -> None:
        effect = ledger.count_effect()
        processor = EffectProcessor(
            effect, database=bench.database, outbox=bus.outbox, clock=SystemClock(), rng=random.Random(1)
        )
        super().__init__(
            processor, connection=bench.connection, database=bench.database, cluster_id="any", rng=random.Random(1)
        )
        if joined:
            self._pulse.assigned()
            self._expected = {TopicPartition(bench.connection.prefixed("payments"), number): 0 for number in (0, 1)}

    def quiet(self) -> float:
        return 3600.0


@pytest.mark.proves("E-5")
@pytest.mark.asyncio
@pytest.mark.parametrize("joined", [True, False])
async def test_an_outage_of_kafka_is_not_a_stuck_consumer(bench: Bench, joined: bool) -> None:
    await ledger_holds_some(bench)
    nowhere = replace(bench.connection, bootstrap_servers="127.0.0.1:9")
    async with bench.bus() as bus:
        silent = Silent(bench, bus, joined=joined)
        for connection, given_up in ((nowhere, 0), (bench.connection, 1)):
            calls: list[str] = []
            watchdog = Watchdog(
                lambda: [silent],
                connection=connection,
                give_up=lambda calls=calls: calls.append("gave up"),  # type: ignore[misc]
                patience=timedelta(0),
            )
            await watchdog.look()
            assert len(calls) == given_up


async def ledger_holds_some(bench: Bench) -> None:
    async with bench.bus() as bus:
        await ledger.publish(bench.database, bus.outbox, [f"n{number}" for number in range(10)])
        await eventually(lambda: true(bench, "SELECT count(*) = 0 FROM outbox"))


async def reading(bus: object) -> bool:
    return all(group.reading and group.partitions for group in bus.groups())  # type: ignore[attr-defined]


GIVES_UP = """
import signal, sys, time
from datetime import timedelta
from chassis.process import give_up
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0) if sys.argv[1] == "heeds" else None)
give_up(within=timedelta(seconds=0.2))
while True:
    time.sleep(0.05)
"""


@pytest.mark.parametrize(("manner", "code"), [("heeds", 0), ("ignores", -9)])
def test_a_process_that_gives_up_ends_in_good_order_or_by_force(manner: str, code: int) -> None:
    done = subprocess.run([sys.executable, "-c", GIVES_UP, manner], check=False, timeout=60)
    assert done.returncode == code
