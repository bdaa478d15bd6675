"""E-4: what was sent can be sent again, in order, and whoever had it has it no second time (real Kafka)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from chassis.clock import SystemClock
from eventbus import Outbox, create_topics
from eventbus.outgoing.outbox_store import COMPACTED, move_sent
from events import TOPIC_PLANS
from tests.integration.eventbus import ledger
from tests.integration.eventbus.desk import Desk
from tests.integration.eventbus.harness import Bench, eventually

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("E-4")]

KEYS = ("k1", "k2", "k3")


async def holds(bench: Bench, sql: str) -> bool:
    return bool(await bench.database.fetchval(sql))


async def publish(bench: Bench, outbox: Outbox, numbers: range) -> None:
    for number in numbers:
        key = KEYS[number % len(KEYS)]
        await ledger.publish(bench.database, outbox, [f"{key} {number:03}"], key=key)


async def have_come(bench: Bench, count: int) -> None:
    await eventually(lambda: holds(bench, f"SELECT count(*) = {count} FROM effects"))
    await eventually(lambda: holds(bench, "SELECT count(*) = 0 FROM outbox"))


async def in_order(bench: Bench, numbers: Sequence[int]) -> bool:
    names = await ledger.effects(bench.database)
    wanted = [f"{KEYS[number % len(KEYS)]} {number:03}" for number in numbers]
    return sorted(names) == sorted(wanted) and all(
        [name for name in names if name.startswith(key)] == [name for name in wanted if name.startswith(key)]
        for key in KEYS
    )


async def lose_the_topic(bench: Bench) -> None:
    """Somebody deletes it and makes it anew; nobody looks in between."""
    admin = AIOKafkaAdminClient(**bench.connection.client_options())
    await admin.start()
    name = bench.connection.prefixed("payments")
    await admin.delete_topics([name])

    async def gone() -> bool:
        return name not in await admin.list_topics()

    await eventually(gone)
    await admin.close()
    await create_topics(bench.connection, partitions=2, plans=ledger.PLANS)


async def send_again(desk: Desk, **wish: Any) -> int:
    """All pages; how many rows."""
    now = datetime.now(UTC)
    wish = {"since": (now - timedelta(hours=1)).isoformat(), "until": now.isoformat(), "limit": 7, **wish}
    answer = await desk.asked("POST", "/republish", **wish)
    rows: int = answer["rows"]
    while answer["next"] is not None:
        answer = await desk.asked("POST", "/republish", **wish, after=answer["next"])
        rows += answer["rows"]
    return rows


async def test_a_restored_consumer_gets_what_a_lost_topic_had_in_order_and_once(bench: Bench) -> None:
    async with bench.bus(ledger.count_effect()) as bus:
        await publish(bench, bus.outbox, range(40))
        await have_come(bench, 40)
    await lose_the_topic(bench)
    # Its database is yesterday's: it knows none of them, and its relay has no reason to look.
    await bench.database.execute("TRUNCATE effects, inbox, consumer_offsets, relay_marks")
    async with bench.bus(ledger.count_effect()) as bus:
        desk = Desk(bus)
        assert await send_again(desk, topic=["orders"]) == 0
        assert await send_again(desk, until="2026-01-01T00:00:00Z") == 0
        assert await send_again(desk) == 40
        await have_come(bench, 40)
        assert await in_order(bench, range(40))
        assert await send_again(desk, topic=["payments"]) == 40
        await publish(bench, bus.outbox, range(40, 43))
        await have_come(bench, 43)
    assert await in_order(bench, range(43))
    assert await bench.database.fetchval("SELECT count(*) FROM outbox_sent") == 43
    deeds = await bench.database.fetch("SELECT actor FROM audit WHERE action = 'archive_republished'")
    assert {row["actor"] for row in deeds} == {"operator@example.com"}


async def test_the_archive_keeps_the_order_of_a_window_however_its_rows_lie_in_the_table(bench: Bench) -> None:
    outbox = Outbox(source="test", clock=SystemClock(), wake=lambda: None)
    await publish(bench, outbox, range(6))
    await bench.database.execute("UPDATE outbox SET created_at = created_at WHERE id = (SELECT min(id) FROM outbox)")
    window = [row["id"] for row in await bench.database.fetch("SELECT id FROM outbox")]
    assert window != sorted(window)
    async with bench.database.transaction() as tx:
        # As the planner does it with a small table that it knows.
        await tx.execute("SET LOCAL enable_indexscan = off")
        await tx.execute("SET LOCAL enable_bitmapscan = off")
        await move_sent(tx, window, {})
    archived = await bench.database.fetch("SELECT id FROM outbox_sent ORDER BY sent_at, id")
    assert [row["id"] for row in archived] == sorted(window)


async def test_a_group_whose_log_is_another_one_reads_it_from_the_beginning_when_a_person_says_so(
    bench: Bench,
) -> None:
    async with bench.bus(ledger.count_effect()) as bus:
        await publish(bench, bus.outbox, range(30))
        await have_come(bench, 30)
    await lose_the_topic(bench)
    await bench.database.execute("TRUNCATE relay_marks")
    async with bench.bus(ledger.count_effect()) as bus:

        async def stopped() -> bool:
            return "is beyond the log" in (bus.groups()[0].stopped or "")

        await eventually(stopped)
        await publish(bench, bus.outbox, range(30, 33))
        await eventually(lambda: holds(bench, "SELECT count(*) = 0 FROM outbox"))
        assert await in_order(bench, range(30))
        path = f"/subscriptions/{ledger.GROUP}/read-again"
        moved = await Desk(bus).asked("POST", path, topic="payments", because="the topic was made anew")
        assert moved["moved"] > 0
        await have_come(bench, 33)
        assert await send_again(Desk(bus)) == 33
        await publish(bench, bus.outbox, range(33, 36))
        await have_come(bench, 36)
    assert await in_order(bench, range(36))


async def test_of_a_compacted_topic_only_the_newest_of_each_key_is_sent_again(bench: Bench) -> None:
    """Kafka keeps a key's last record for good: an old one must not come to stand last."""
    assert {plan.name for plan in TOPIC_PLANS if plan.compacted} == COMPACTED
    insert = """
        INSERT INTO outbox_sent (id, event_id, topic, key, header_names, header_values, value, created_at, sent_at)
        SELECT id, gen_random_uuid(), 'catalogue', key, '{}', '{}', value, now(), now() - interval '1 minute'
        FROM (VALUES (1, 'a'::bytea, 'old'::bytea), (2, 'b', 'new'), (3, 'a', 'new'), (4, 'c', 'old'))
            AS v (id, key, value)
    """
    await bench.database.execute(insert)
    await bench.database.execute(
        "INSERT INTO outbox (event_id, topic, key, header_names, header_values, value)"
        " VALUES (gen_random_uuid(), 'catalogue', 'c', '{}', '{}', 'newer')"
    )
    outbox = Outbox(source="test", clock=SystemClock(), wake=lambda: None)
    now = datetime.now(UTC)
    async with bench.database.transaction() as tx:
        await outbox.republish(tx, ["catalogue"], since=now - timedelta(hours=1), until=now, after=None, limit=100)
    rows = await bench.database.fetch("SELECT key, value FROM outbox WHERE again ORDER BY id")
    assert [(bytes(row["key"]), bytes(row["value"])) for row in rows] == [(b"b", b"new"), (b"a", b"new")]
