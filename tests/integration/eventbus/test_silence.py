"""A network that goes silent tells nobody anything: whoever waits for an answer must stop by himself (L-9, E-5).

The connections that it leaves behind look open and are dead; everything must go on over new ones.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from chassis.database import Database, Transaction
from chassis.errors import Unavailable
from eventbus import Bus, Received, create_topics
from events import PaymentWebhookFailed, TopicPlan
from stack.kafka import Broker
from stack.layout import LOOPBACK
from stack.processes import end
from tests.fixtures import testbed
from tests.fixtures.kafka import kafka_broker
from tests.fixtures.links import Cut, Link
from tests.integration.eventbus import ledger
from tests.integration.eventbus.harness import Bench, eventually

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("L-9", "E-5")]

SILENT = [Cut.SILENCE, Cut.UNHEARD, Cut.UNANSWERED]
POOL = 4
IMPATIENT = {"statement_timeout_ms": 600, "silence_ms": 800}


async def fill(database: Database) -> None:
    """Every connection of the pool has been used, and is kept."""
    await asyncio.gather(*(database.fetchval("SELECT pg_sleep(0.05)") for _ in range(POOL)))


@pytest.mark.parametrize("cut", SILENT)
async def test_one_answer_that_does_not_come_is_enough_to_leave_all_dead_connections(bench: Bench, cut: Cut) -> None:
    async with Link.to(bench.database_url) as link:
        database = await Database.connect(
            link.through(bench.database_url), application="test", pool_size=POOL, **IMPATIENT
        )
        await fill(database)
        await link.cut(cut)
        await link.mend(forget=True)
        with pytest.raises(Unavailable):
            await database.ping()
        await asyncio.gather(*(database.ping() for _ in range(2 * POOL)))
        await database.close()


async def test_a_transaction_ends_with_the_answer_that_it_waits_for_and_holds_nothing_up(bench: Bench) -> None:
    async with Link.to(bench.database_url) as link:
        database = await Database.connect(link.through(bench.database_url), application="test", **IMPATIENT)
        await bench.database.execute("CREATE TABLE seats (id int PRIMARY KEY)")
        await bench.database.execute("INSERT INTO seats VALUES (1)")
        with pytest.raises(Unavailable):
            await cut_in_a_transaction(database, link)
        # The server has not been told that anybody has gone.
        await eventually(lambda: can_lock(bench.database))
        await link.mend()
        await database.ping()
        await database.close()


async def cut_in_a_transaction(database: Database, link: Link) -> None:
    async with database.transaction() as tx:
        await tx.fetch("SELECT * FROM seats FOR UPDATE")
        await link.cut(Cut.SILENCE)
        await tx.execute("DELETE FROM seats")


async def can_lock(database: Database) -> bool:
    return bool(await database.fetch("SELECT * FROM seats FOR UPDATE SKIP LOCKED"))


async def test_who_is_called_off_does_not_wait_for_the_word_that_the_server_has_stopped(bench: Bench) -> None:
    async with Link.to(bench.database_url) as link:
        database = await Database.connect(
            link.through(bench.database_url), application="test", pool_size=1, **IMPATIENT
        )
        await link.cut(Cut.SILENCE)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await database.ping()
        await link.mend(forget=True)
        await eventually(lambda: answers(database))
        await database.close()


async def answers(database: Database) -> bool:
    try:
        await database.ping()
    except Unavailable:
        return False
    return True


async def test_a_relay_whose_database_does_not_answer_sends_from_a_new_session(bench: Bench) -> None:
    async with Link.to(bench.database_url) as link:
        own = replace(bench, database_url=link.through(bench.database_url))
        async with own.bus(ledger.count_effect()) as bus:
            await ledger.publish(own.database, bus.outbox, ["before"])
            await eventually(lambda: counted(own, 1))
            await link.cut(Cut.UNANSWERED)
            await asyncio.sleep(0.5)
            await link.mend(forget=True)
            await ledger.publish(own.database, bus.outbox, ["after"])
            await eventually(lambda: counted(own, 2), seconds=20)
    assert await ledger.effects(own.database) == ["before", "after"]


@asynccontextmanager
async def to_kafka(broker: Broker) -> AsyncIterator[Link]:
    """The broker says that it is where the link is."""
    ports = broker.ports
    async with Link((LOOPBACK, ports.kafka)) as link:
        broker.own.write_text(f"advertised.listeners=CLIENTS://{LOOPBACK}:{link.port}\n")
        child = await asyncio.to_thread(broker.start, broker.folder / "kafka.log")
        try:
            yield link
        finally:
            await asyncio.to_thread(end, child)


@pytest.fixture
def broker() -> Broker:
    return kafka_broker(testbed.folder() / secrets.token_hex(4))


@pytest.mark.parametrize("cut", [Cut.SILENCE, Cut.UNANSWERED])
async def test_events_go_on_over_new_connections_when_kafka_does_not_answer_on_the_old(
    bench: Bench, broker: Broker, cut: Cut
) -> None:
    async with to_kafka(broker) as link:
        servers = f"{LOOPBACK}:{link.port}"
        connection = replace(bench.connection, bootstrap_servers=servers, silence_ms=1_500)
        own = replace(bench, connection=connection)
        await create_topics(connection, plans=[TopicPlan(name=plan.name, partitions=2) for plan in ledger.PLANS])
        async with own.bus(ledger.count_effect(), slot="0") as bus:
            await ledger.publish(own.database, bus.outbox, ["before"])
            await eventually(lambda: counted(own, 1))
            await link.cut(cut)
            await ledger.publish(own.database, bus.outbox, ["meanwhile"])
            await asyncio.sleep(0.5)
            await link.mend(forget=True)
            await ledger.publish(own.database, bus.outbox, ["after"])
            await eventually(lambda: counted(own, 3))
    assert await ledger.effects(own.database) == ["before", "meanwhile", "after"]


async def test_a_group_forms_though_its_members_take_longer_than_an_answer_may(bench: Bench) -> None:
    own = replace(bench, connection=replace(bench.connection, silence_ms=1_000))
    working = asyncio.Event()

    async def slowly(tx: Transaction, batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
        """The rebalance waits for it."""
        working.set()
        await asyncio.sleep(4)
        await ledger.count(tx, batch)

    async with own.bus(ledger.count_effect(slowly), slot="0") as first:
        await ledger.publish(own.database, first.outbox, ["before"])
        await working.wait()
        async with own.bus(ledger.count_effect(), slot="1") as second:
            await eventually(lambda: reads(second))
            await ledger.publish(own.database, first.outbox, ["after"])
            await eventually(lambda: counted(own, 2))
    assert await ledger.effects(own.database) == ["before", "after"]


async def reads(bus: Bus) -> bool:
    return all(group.reading for group in bus.groups())


async def counted(bench: Bench, count: int) -> bool:
    return len(await ledger.effects(bench.database)) >= count
