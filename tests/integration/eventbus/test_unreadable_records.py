"""E-5: a record that the client library itself can't read stops its partition, until a person skips it (real Kafka)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from chassis.clock import SystemClock
from eventbus import Bus, Heartbeats, Received, Tail, View
from events import PaymentWebhookFailed, Topic
from tests.integration.eventbus import ledger
from tests.integration.eventbus.desk import Desk
from tests.integration.eventbus.foreign import Foreign, ours, send
from tests.integration.eventbus.harness import Bench, eventually

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("E-5")]


async def holds(bench: Bench, sql: str) -> bool:
    return bool(await bench.database.fetchval(sql))


async def done(bench: Bench, *names: str) -> None:
    async def have_come() -> bool:
        return set(names) <= set(await ledger.effects(bench.database))

    await eventually(have_come)


async def stands(bus: Bus) -> bool:
    return bus.groups()[0].stopped is not None


@pytest.mark.parametrize("codec", ["lz4", "zstd"])
async def test_a_batch_that_can_not_be_read_stops_its_partition_alone_until_it_is_skipped(
    bench: Bench, codec: str
) -> None:
    await send(bench, *(ours(name) for name in ("a", "b")), partition=0)
    await produce(bench, compressed(batch_of(ours("bad")), codec))
    await send(bench, ours("after"), partition=0)
    await send(bench, ours("c"), partition=1)
    async with bench.bus(ledger.count_effect()) as bus:
        await done(bench, "a", "b", "c")
        await eventually(lambda: stands(bus))
        await send(bench, ours("d"), partition=1)
        await done(bench, "d")
        assert bus.groups()[0].stopped == (
            "payments/0: 2 can't be read: UnsupportedCodecError: "
            f"UnsupportedCodecError: Libraries for {codec} compression codec not found"
        )
    # It is a matter of the record, not of this process.
    async with bench.bus(ledger.count_effect()) as bus:
        await eventually(lambda: stands(bus))
        beat = await Heartbeats(bus, service="test", clock=SystemClock(), checks={}).heartbeat()
        assert beat.stopped_groups == (ledger.GROUP,)  # a critical alert, by the shipped rules
        desk = Desk(bus)
        (group,) = (await desk.asked("GET", "/subscriptions"))["data"]
        (stop,) = group["stoppedPartitions"]
        assert (stop["topic"], stop["partition"], stop["firstOffset"], stop["lastOffset"]) == ("payments", 0, 2, 2)
        assert "after" not in await ledger.effects(bench.database)
        place: dict[str, Any] = {"topic": "payments", "partition": 0, "because": "read with another tool"}
        wrong = await desk.answer("POST", f"/subscriptions/{ledger.GROUP}/skip", offset=3, **place)
        assert (wrong.status, wrong.json["code"]) == (409, "not_stopped")
        await desk.asked("POST", f"/subscriptions/{ledger.GROUP}/skip", offset=2, **place)
        await done(bench, "after")
        (group,) = (await desk.asked("GET", "/subscriptions"))["data"]
        assert group["stoppedPartitions"] == []
        assert bus.groups()[0].stopped is None
    assert sorted(await ledger.effects(bench.database)) == ["a", "after", "b", "c", "d"]
    [deed] = await bench.database.fetch("SELECT actor, role, action, target, before, after, reason FROM audit")
    place = {"topic": "payments", "partition": 0}
    assert dict(deed) == {
        "actor": "operator@example.com",
        "role": "operator",
        "action": "group_skipped",
        "target": f"group:{ledger.GROUP}",
        "before": {**place, "nextOffset": 2, "unreadable": [2, 2]},
        "after": {**place, "nextOffset": 3},
        "reason": "read with another tool",
    }


async def test_a_whole_batch_is_skipped_at_once(bench: Bench) -> None:
    await send(bench, ours("a"), partition=0)
    await produce_raw(bench, b"broken", records=3)
    await send(bench, ours("after"), partition=0)
    async with bench.bus(ledger.count_effect()) as bus:
        await done(bench, "a")
        await eventually(lambda: stands(bus))
        (group,) = (await Desk(bus).asked("GET", "/subscriptions"))["data"]
        (stop,) = group["stoppedPartitions"]
        assert (stop["firstOffset"], stop["lastOffset"]) == (1, 3)
        await Desk(bus).asked(
            "POST",
            f"/subscriptions/{ledger.GROUP}/skip",
            topic="payments",
            partition=0,
            offset=2,
            because="a mirror wrote it",
        )
        await done(bench, "after")
    assert await ledger.effects(bench.database) == ["a", "after"]


# Of a record batch, as Kafka's protocol lays it out.
LENGTH_AT, CHECKSUM_AT, ATTRIBUTES_AT, RECORDS_AT = 8, 17, 21, 61


def lz4(records: bytes) -> bytes:
    """A frame of one block that is stored as it is; the last byte of its head is the head's checksum."""
    return b"\x04\x22\x4d\x18\x60\x40\x82" + struct.pack("<I", len(records) | 1 << 31) + records + bytes(4)


def zstd(records: bytes) -> bytes:
    """A frame of one block that is stored as it is, after a head with the size in two bytes."""
    size, block = struct.pack("<H", len(records) - 256), struct.pack("<I", len(records) << 3 | 1)[:3]
    return b"\x28\xb5\x2f\xfd\x60" + size + block + records


CODECS = {"lz4": (3, lz4), "zstd": (4, zstd)}


def compressed(batch: bytes, codec: str) -> bytes:
    """As a producer sends it that has the library, which this installation has not."""
    number, compress = CODECS[codec]
    changed = bytearray(batch[:RECORDS_AT] + compress(batch[RECORDS_AT:]))
    struct.pack_into(">h", changed, ATTRIBUTES_AT, number)
    return sealed(changed)


def sealed(batch: bytearray) -> bytes:
    struct.pack_into(">I", batch, LENGTH_AT, len(batch) - LENGTH_AT - 4)
    struct.pack_into(">I", batch, CHECKSUM_AT, calc_crc32c(bytes(batch[ATTRIBUTES_AT:])))
    return bytes(batch)


def batch_of(*records: Foreign) -> bytes:
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=16_384,
    )
    for offset, record in enumerate(records):
        builder.append(offset, timestamp=None, key=record.key, value=record.value, headers=list(record.headers))
    return bytes(builder.build())


async def produce_raw(bench: Bench, name: bytes, *, records: int) -> None:
    """A batch whose headers have a name that is no text: the broker takes it, the client raises."""
    record = Foreign(key=b"k", value=b"v", headers=((name.decode(), b"x"),))
    await produce(bench, sealed(bytearray(batch_of(*[record] * records).replace(name, b"\xff" * len(name)))))


async def produce(bench: Bench, batch: bytes) -> None:
    """To partition 0."""
    topic = bench.connection.prefixed("payments")
    client = AIOKafkaClient(**bench.connection.client_options())
    await client.bootstrap()
    await client.set_topics([topic])
    leader = client.cluster.leader_for_partition(TopicPartition(topic, 0))
    request = ProduceRequest(transactional_id=None, required_acks=-1, timeout=5_000, topics=[(topic, [(0, batch)])])
    response = await client.send(leader, request)
    await client.close()
    assert response.topics[0][1][0][1] == 0, response


async def test_a_view_passes_over_what_can_not_be_read_and_has_caught_up_all_the_same(bench: Bench) -> None:
    seen: list[str] = []

    async def remember(batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
        seen.extend(received.event.webhook_type for received in batch)

    await send(bench, ours("a"), partition=0)
    await produce_raw(bench, b"broken", records=3)
    await send(bench, ours("b"), partition=0)
    await produce_raw(bench, b"broken", records=2)
    view = View(name="view", topics=(Topic.PAYMENTS,), types=(PaymentWebhookFailed,), handler=remember)
    async with bench.bus(view) as bus:
        assert await bus.caught_up(30)
        await send(bench, ours("c"), partition=0)

        async def all_seen() -> bool:
            return seen == ["a", "b", "c"]

        await eventually(all_seen)


async def test_whoever_only_looks_passes_over_it(bench: Bench) -> None:
    async with Tail(bench.connection, [Topic.PAYMENTS]) as tail:
        await send(bench, ours("a"), partition=0)
        await produce_raw(bench, b"broken", records=3)
        await send(bench, ours("b"), partition=0)
        seen: list[str] = []
        async for received in tail:
            assert isinstance(received.event, PaymentWebhookFailed)
            seen.append(received.event.webhook_type)
            if len(seen) == 2:
                break
    assert (seen, tail.unreadable) == (["a", "b"], 3)
