"""Three brokers under load, of which one dies again and again: nothing lost, nothing doubled, nothing turned round."""

from __future__ import annotations

import asyncio
import random
import secrets
import signal
from collections.abc import Iterator

import pytest

from chassis.database import Database
from chassis.settings import KafkaSettings
from eventbus import KafkaConnection, check_topics, create_topics
from events import TopicPlan
from stack import cluster, environment
from stack.control import Installation
from stack.layout import Layout
from stack.processes import free_ports
from tests.fixtures import testbed
from tests.fixtures.postgres import MakeDatabase
from tests.integration.eventbus import ledger
from tests.integration.eventbus.harness import Bench, eventually

KILLS = 3
KEYS = tuple(f"k{number}" for number in range(8))
PLANS = [TopicPlan(name=plan.name, partitions=6) for plan in ledger.PLANS]


@pytest.fixture
def brokers() -> Iterator[Installation]:
    """As `make up BROKERS=3` starts them, without the rest."""
    layout = Layout(state=testbed.folder() / secrets.token_hex(4), ports=free_ports())
    installation = Installation(layout, {"BROKERS": "3"}, only=["kafka"])
    try:
        installation.up(parent_death=signal.SIGTERM)
        yield installation
    finally:
        installation.clean()


@pytest.mark.asyncio
@pytest.mark.proves("L-9", "E-9", "E-4")
async def test_a_broker_killed_under_load_loses_and_doubles_nothing(
    brokers: Installation, make_database: MakeDatabase
) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    url = make_database("eventbus")
    connection = KafkaConnection.from_settings(KafkaSettings.from_environ(environment.values(brokers.layout)))
    await create_topics(connection, plans=PLANS)
    assert await check_topics(connection, plans=PLANS) == []
    database = await Database.connect(url, application="test")
    await ledger.prepare(database)
    bench = Bench(database=database, database_url=url, connection=connection)
    async with bench.worker(slot="0"), bench.worker(slot="1"):
        names = await sell_while_brokers_die(bench, brokers, random.Random(seed))
        await eventually(lambda: done(bench, len(names)), seconds=60)
    effects = await ledger.effects(database)
    for key in KEYS:
        wanted = [name for name in names if name.startswith(f"{key}-")]
        assert [name for name in effects if name.startswith(f"{key}-")] == wanted, f"seed {seed}"
    assert len(effects) == len(names), f"seed {seed}"
    assert await database.fetchval("SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM dead_letters)") == 0
    await database.close()


async def sell_while_brokers_die(bench: Bench, brokers: Installation, rng: random.Random) -> list[str]:
    names: list[str] = []
    async with bench.bus() as bus:
        await bus.stop()  # only its outbox is used
        killing = asyncio.create_task(kill_some(brokers, rng))
        while not killing.done():
            for key in KEYS:
                names.append(f"{key}-{len(names)}")
                await ledger.publish(bench.database, bus.outbox, [names[-1]], key=key)
            await asyncio.sleep(0.02)
        await killing
    return names


async def kill_some(brokers: Installation, rng: random.Random) -> None:
    """One at a time, each back at work before the next dies: that is what two of three copies promise."""
    for _ in range(KILLS):
        await asyncio.sleep(1 + rng.random())
        victim = rng.choice(cluster.BROKERS)
        before = brokers.supervisor.program(victim).pid
        brokers.supervisor.kill(victim)
        while brokers.supervisor.program(victim).pid in {0, before}:
            await asyncio.sleep(0.02)
        await asyncio.to_thread(brokers.wait_ready, victim)
        await asyncio.sleep(3)  # its copies catch up


async def done(bench: Bench, count: int) -> bool:
    return bool(await bench.database.fetchval("SELECT count(*) >= $1 FROM effects", count))
