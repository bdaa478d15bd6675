"""The relay on real Kafka and PostgreSQL: one at a time, a stand-by behind it, a refused row set aside (E-4)."""

from __future__ import annotations

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.integration.eventbus import ledger
from tests.integration.eventbus.harness import Bench, eventually

pytestmark = pytest.mark.asyncio

SMALL = 5_000


async def value(bench: Bench, sql: str) -> object:
    return await bench.database.fetchval(sql)


async def drained(bench: Bench) -> None:
    async def empty() -> bool:
        return await value(bench, "SELECT count(*) FROM outbox") == 0

    await eventually(empty)


@pytest.mark.proves("E-4")
async def test_a_stand_by_takes_over_from_a_killed_relay(bench: Bench) -> None:
    names = [f"n{number}" for number in range(200)]
    async with bench.worker() as active, bench.bus() as stand_by:
        await ledger.publish(bench.database, stand_by.outbox, names[:100])
        await drained(bench)
        active.kill()
        await ledger.publish(bench.database, stand_by.outbox, names[100:])
        await drained(bench)
    async with bench.worker():
        await wait_for_effects(bench, len(names))
    assert await ledger.effects(bench.database) == names


@pytest.mark.proves("E-4")
async def test_a_row_that_kafka_refuses_is_set_aside_with_the_later_ones_of_its_key(bench: Bench) -> None:
    await recreate_with_small_records(bench)
    large = "x" * SMALL * 2
    async with bench.bus(ledger.count_effect()) as bus:
        async with bench.database.transaction() as tx:
            await bus.outbox.publish(
                tx,
                ledger.fact("a", key="other"),
                ledger.fact("b", key="bad"),
                ledger.fact(large, key="bad"),
                ledger.fact("d", key="bad"),
                ledger.fact("e", key="other"),
            )
        await drained(bench)
        await ledger.publish(bench.database, bus.outbox, ["f"], key="third")
        await wait_for_effects(bench, 4)
    assert sorted(await ledger.effects(bench.database)) == ["a", "b", "e", "f"]
    assert await value(bench, "SELECT count(*) FROM outbox_refused") == 2


async def wait_for_effects(bench: Bench, count: int) -> None:
    async def there() -> bool:
        return len(await ledger.effects(bench.database)) >= count

    await eventually(there)


async def recreate_with_small_records(bench: Bench) -> None:
    """A broker whose limit is below the producer's, as after a change of the topic by hand."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bench.connection.bootstrap_servers)
    await admin.start()
    name = bench.connection.prefixed("payments")
    await admin.delete_topics([name])

    async def gone() -> bool:
        return name not in await admin.list_topics()

    await eventually(gone)
    await admin.create_topics([NewTopic(name, 1, 1, topic_configs={"max.message.bytes": str(SMALL)})])
    await admin.close()
