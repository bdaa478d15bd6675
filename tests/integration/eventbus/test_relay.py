"""The relay on real Kafka and PostgreSQL: one at a time, a stand-by behind it, a refused row set aside (E-4)."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import defaultdict

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from chassis.tokens import Role
from eventbus import create_topics, delete_topics
from eventbus.incoming.records import receive
from eventbus.outgoing.lease import Lease
from eventbus.outgoing.losses import Losses
from eventbus.outgoing.producer import RecordProducer
from eventbus.outgoing.relay import Relay
from eventbus.outgoing.wakeup import WakeUp
from events import PaymentWebhookFailed
from tests.integration.eventbus import ledger
from tests.integration.eventbus.desk import Desk
from tests.integration.eventbus.harness import Bench, eventually
from tests.integration.eventbus.worker import RELAYS_ONLY

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


KEYS = ("a", "b", "c")


async def keep_publishing(bench: Bench, *, count: int, pause: float) -> None:
    """Each event is named by its number within its key."""
    async with bench.bus() as bus:
        await bus.stop()  # only its outbox is used
        for number in range(count):
            for key in KEYS:
                await ledger.publish(bench.database, bus.outbox, [str(number)], key=key)
            await asyncio.sleep(pause)


async def arrivals(bench: Bench) -> dict[str, list[str]]:
    """The names on the topic by key, each at its first arrival, as an inbox takes them."""
    names: dict[str, list[str]] = defaultdict(list)
    seen = set()
    for record in await bench.log("payments"):
        received = receive(record)
        assert isinstance(received.event, PaymentWebhookFailed)
        if received.event_id not in seen:
            names[received.event.webhook_id].append(received.event.webhook_type)
        seen.add(received.event_id)
    return names


@pytest.mark.proves("E-4", "L-9")
async def test_a_hung_relay_is_replaced_and_turns_nothing_round_when_it_wakes(bench: Bench) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    rng = random.Random(seed)
    async with bench.worker(slot=RELAYS_ONLY) as first, bench.worker(slot=RELAYS_ONLY) as second:
        publishing = asyncio.create_task(keep_publishing(bench, count=300, pause=0.03))
        while not publishing.done():
            hung = rng.choice([first, second])
            hung.send_signal(signal.SIGSTOP)
            if rng.random() < 0.7:
                await asyncio.sleep(0.5 + 2 * rng.random())
            hung.send_signal(signal.SIGCONT)
            await asyncio.sleep(rng.random())
        await publishing
        second.send_signal(signal.SIGSTOP)
        await drained(bench)
        second.send_signal(signal.SIGCONT)
    assert await arrivals(bench) == {key: [str(number) for number in range(300)] for key in KEYS}, f"seed {seed}"


class Unruly(Relay):
    """Sends without the lock, as two do for a moment when one wakes from a hang."""

    async def _await_lock(self, lease: Lease) -> None:
        await lease.keep()


@pytest.mark.proves("E-4")
async def test_two_relays_at_once_lose_nothing_and_turn_nothing_round(bench: Bench) -> None:
    async with bench.bus() as bus:
        await bus.stop()
    relays = [
        Unruly(
            database_url=bench.database_url,
            producer=RecordProducer(bench.connection, client_id=f"relay{number}"),
            losses=Losses(database=bench.database, outbox=bus.outbox, connection=bench.connection),
            wake=WakeUp(),
        )
        for number in range(2)
    ]
    running = [asyncio.create_task(relay.run()) for relay in relays]
    await keep_publishing(bench, count=200, pause=0.005)
    await drained(bench)
    for relay in relays:
        relay.finish()
    await asyncio.gather(*running)
    assert all(relay.state.sent for relay in relays)
    assert await arrivals(bench) == {key: [str(number) for number in range(200)] for key in KEYS}
    assert await value(bench, "SELECT count(*) FROM outbox_sent") == 200 * len(KEYS)


async def sent(bench: Bench) -> int:
    return int(await bench.database.fetchval("SELECT count(*) FROM outbox_sent"))


@pytest.mark.proves("E-4")
async def test_relays_that_end_in_good_order_send_everything_once(bench: Bench) -> None:
    publishing = asyncio.create_task(keep_publishing(bench, count=150, pause=0.02))
    while not publishing.done():
        async with bench.worker(slot=RELAYS_ONLY) as relay:
            before = await sent(bench)
            while await sent(bench) == before and not publishing.done():
                await asyncio.sleep(0.01)
            relay.terminate()
            assert await relay.wait() == 0
    await publishing
    async with bench.worker(slot=RELAYS_ONLY):
        await drained(bench)
    assert len(await bench.log("payments")) == 150 * len(KEYS)


@pytest.mark.proves("E-4")
async def test_what_kafka_acknowledged_and_lost_is_sent_again(bench: Bench) -> None:
    """A log that is shorter than it was: here a topic that was emptied, as after a power cut of a lone broker."""
    names = [f"n{number}" for number in range(20)]
    async with bench.bus() as bus:
        await ledger.publish(bench.database, bus.outbox, names)
        await drained(bench)
    assert await value(bench, "SELECT sum(next_offset) FROM relay_marks") == len(names)
    await delete_topics(bench.connection)
    await create_topics(bench.connection, partitions=2, plans=ledger.PLANS)
    for _ in range(2):  # the second start finds nothing missing
        async with bench.bus(ledger.count_effect()) as bus:
            await wait_for_effects(bench, len(names))
            await ledger.publish(bench.database, bus.outbox, ["later"])
            await drained(bench)
    assert len(await bench.log("payments")) == len(names) + 2
    assert sorted(await ledger.effects(bench.database)) == sorted([*names, "later", "later"])
    assert await value(bench, "SELECT count(*) FROM audit WHERE actor = 'relay'") == 1
    assert await value(bench, "SELECT count(*) FROM outbox_sent") == len(names) + 2


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


@pytest.mark.proves("E-4", "E-5")
async def test_what_was_refused_is_sent_again_once_the_cause_is_mended(bench: Bench) -> None:
    await recreate_with_small_records(bench)
    large = "x" * SMALL * 2
    async with bench.bus(ledger.count_effect()) as bus:
        await ledger.publish(bench.database, bus.outbox, ["a", large, "c"])
        await drained(bench)
        desk = Desk(bus)
        (told,) = (await desk.asked("GET", "/refused", role=Role.VIEWER))["data"]
        assert (told["topic"], told["rows"]) == ("payments", 2)
        assert told["error"].startswith("MessageSizeTooLargeError")
        refused = await desk.answer("POST", "/refused/send", role=Role.VIEWER, because="trying")
        assert refused.status == 403
        await enlarge(bench)
        settled = await desk.asked("POST", "/refused/send", because="the topic takes large records now")
        assert settled == {"rows": 2}
        await wait_for_effects(bench, 3)
        await ledger.publish(bench.database, bus.outbox, ["d"])
        await wait_for_effects(bench, 4)
        assert await desk.asked("POST", "/refused/drop", topic=["payments"], because="nothing is left") == {"rows": 0}
    assert await ledger.effects(bench.database) == ["a", large, "c", "d"]
    deeds = await bench.database.fetch("SELECT action FROM audit ORDER BY id")
    assert [row["action"] for row in deeds] == ["refused_sent_again", "refused_dropped"]


async def enlarge(bench: Bench) -> None:
    admin = AIOKafkaAdminClient(**bench.connection.client_options())
    await admin.start()
    name = bench.connection.prefixed("payments")
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, {"max.message.bytes": "1048576"})])
    await admin.close()


async def wait_for_effects(bench: Bench, count: int) -> None:
    async def there() -> bool:
        return len(await ledger.effects(bench.database)) >= count

    await eventually(there)


async def recreate_with_small_records(bench: Bench) -> None:
    """A broker whose limit is below the producer's, as after a change of the topic by hand."""
    admin = AIOKafkaAdminClient(**bench.connection.client_options())
    await admin.start()
    name = bench.connection.prefixed("payments")
    await admin.delete_topics([name])

    async def gone() -> bool:
        return name not in await admin.list_topics()

    await eventually(gone)
    await admin.create_topics([NewTopic(name, 1, 1, topic_configs={"max.message.bytes": str(SMALL)})])
    await admin.close()
