"""E-5: a record that is none of our events dies at once, byte for byte, and hinders nobody (real Kafka)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from chassis.ids import uuid7
from eventbus.cluster.kafka import MAX_REQUEST_BYTES
from eventbus.incoming.inbox import raw_of
from events import event_json
from tests.integration.eventbus import ledger
from tests.integration.eventbus.foreign import Foreign, ours, send
from tests.integration.eventbus.harness import Bench, eventually

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("E-5")]

# What Kafka takes in one batch of one record, beside the record's own headers and key.
OVERHEAD = 500


def cases() -> Mapping[str, tuple[Foreign, str]]:
    """Each with a part of the reason that people read."""
    largest = MAX_REQUEST_BYTES - OVERHEAD
    return {
        "no headers": (Foreign(headers=()), "ce_specversion is None"),
        "null header": (ours().with_header("ce_id", None), "ce_id is missing"),
        "all headers null": (Foreign(headers=tuple((n, None) for n, _ in ours().headers)), "ce_specversion"),
        "no id": (ours().without_header("ce_id"), "ce_id is missing"),
        "another kind of id": (ours().with_header("ce_id", b"6f9619ff-8b86-4011-b42d-00c04fc964ff"), "version 4"),
        "no uuid": (ours().with_header("ce_id", b"17"), "ce_id is not a UUID"),
        "bad UTF-8 in a header": (ours().with_header("ce_source", b"\xff\xfe"), "not UTF-8"),
        "bad UTF-8 in the type": (ours().with_header("ce_type", b"\xff"), "not UTF-8"),
        "a foreign type": (ours().with_header("ce_type", b"com.example.thing"), "com.example.thing"),
        "no type": (ours().without_header("ce_type"), "ce_type is missing"),
        "an empty type": (ours().with_header("ce_type", b""), "ce_type is missing"),
        "zeros in the type": (ours().with_header("ce_type", b"a\0b"), "UnknownTypeError"),
        "another specification": (ours().with_header("ce_specversion", b"0.3"), "ce_specversion is '0.3'"),
        "another content type": (ours().with_header("content-type", b"application/avro"), "content-type"),
        "an id twice": (ours().with_more(("ce_id", str(uuid7()).encode())), "ce_id stands there twice"),
        "no time": (ours().with_header("ce_time", b"yesterday"), "ce_time is not ISO 8601"),
        "a time before the calendar": (ours().with_header("ce_time", b"0001-01-01T00:00:00+23:00"), "OverflowError"),
        "a zero in a header's name": (Foreign(headers=(("zero\0", b"\0"),)), "ce_specversion is None"),
        "tombstone": (replace(ours(), value=None), "without a value"),
        "empty value": (replace(ours(), value=b""), "json_invalid"),
        "no JSON": (replace(ours(), value=b"\x00\xff not json"), "json_invalid"),
        "JSON of another shape": (replace(ours(), value=b'{"webhookId": 7}'), "webhookId"),
        "JSON nested without end": (replace(ours(), value=b"[" * 100_000), "json_invalid"),
        "a zero in a text": (replace(ours(), value=event_json(ledger.fact("zero")).replace(b"zero", b"\\u0000")), ""),
        "no key": (replace(ours(), key=None), "another key"),
        "another key": (replace(ours(), key=b"\xff"), "another key"),
        "the largest value": (replace(ours(), value=b"x" * largest), "json_invalid"),
    }


async def holds(bench: Bench, sql: str) -> bool:
    return bool(await bench.database.fetchval(sql))


@pytest.mark.parametrize("name", [name for name in cases() if name != "a zero in a text"])
async def test_a_record_of_anybody_is_a_letter_byte_for_byte_and_hinders_nobody(bench: Bench, name: str) -> None:
    foreign, reason = cases()[name]
    async with bench.bus(ledger.count_effect()) as bus:
        await ledger.publish(bench.database, bus.outbox, ["before"])
        await send(bench, foreign)
        await ledger.publish(bench.database, bus.outbox, ["after"])
        await eventually(lambda: holds(bench, "SELECT count(*) = 2 FROM effects"))
        await eventually(lambda: holds(bench, "SELECT count(*) = 1 FROM dead_letters"))
        await eventually(lambda: holds(bench, "SELECT count(*) = 1 FROM outbox_sent WHERE topic = 'payments.dlq'"))
        # The same log once more, as after a restore, makes no second letter.
        await bench.database.execute("DELETE FROM consumer_offsets")
    async with bench.bus(ledger.count_effect()) as bus:
        await ledger.publish(bench.database, bus.outbox, ["last"])
        await eventually(lambda: holds(bench, "SELECT count(*) = 3 FROM effects"))
    assert await ledger.effects(bench.database) == ["before", "after", "last"]
    (letter,) = await bench.database.fetch("SELECT * FROM dead_letters")
    assert reason in letter["reason"]
    kept = raw_of(letter)
    headers = tuple((n.replace("\0", "\N{REPLACEMENT CHARACTER}"), v) for n, v in foreign.headers)
    assert (kept.key, kept.value, kept.headers) == (foreign.key, foreign.value, headers)
    assert await bench.database.fetchval("SELECT count(*) FROM outbox_refused") == 0
    (sent,) = await bench.database.fetch("SELECT * FROM outbox_sent WHERE topic = 'payments.dlq'")
    assert sent["value"] == foreign.value


async def test_a_text_that_no_database_keeps_dies_in_the_handler_and_alone(bench: Bench) -> None:
    foreign, _ = cases()["a zero in a text"]
    async with bench.bus(ledger.count_effect()) as bus:
        await send(bench, foreign)
        await ledger.publish(bench.database, bus.outbox, ["after"])
        await eventually(lambda: holds(bench, "SELECT count(*) = 1 FROM effects"))
        await eventually(lambda: holds(bench, "SELECT count(*) = 1 FROM dead_letters"))
    assert await ledger.effects(bench.database) == ["after"]


@pytest.mark.parametrize("kind", [b"fullhouse.payment.webhook_failed.v2", b"fullhouse.payment.never_heard_of.v1"])
async def test_versions_and_types_published_beside_ours_are_others_affair(bench: Bench, kind: bytes) -> None:
    """A newer release's events pass an older one by: E-3 publishes a new version beside the old."""
    async with bench.bus(ledger.count_effect()) as bus:
        await send(bench, ours().with_header("ce_type", kind))
        await ledger.publish(bench.database, bus.outbox, ["after"])
        await eventually(lambda: holds(bench, "SELECT count(*) = 1 FROM effects"))
    assert await holds(bench, "SELECT count(*) = 0 FROM dead_letters")
