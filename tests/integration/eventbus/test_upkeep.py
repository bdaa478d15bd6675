"""The bus's tables stay small: days are made ahead and dropped whole, and no row stays outside of its day."""

from __future__ import annotations

import pytest

from eventbus.operation import upkeep
from tests.integration.eventbus.harness import Bench

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("E-4")]


async def days(bench: Bench, parent: str) -> set[int]:
    """Which days have a partition, counted from today."""
    rows = await bench.database.fetch(
        """
        SELECT to_date(right(c.relname, 8), 'YYYYMMDD') - current_date AS day
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = $1::regclass AND c.relname ~ '_[0-9]{8}$'
        """,
        parent,
    )
    return {row["day"] for row in rows}


async def taken(bench: Bench, day: int) -> None:
    await bench.database.execute(
        "INSERT INTO inbox (group_name, event_id, day) VALUES ('g', gen_random_uuid(), current_date + $1::int)", day
    )


async def archived(bench: Bench, day: int) -> None:
    await bench.database.execute(
        """
        INSERT INTO outbox_sent (id, event_id, topic, key, header_names, header_values, created_at, sent_at)
        VALUES (1, gen_random_uuid(), 'orders', '', '{}', '{}', now(), now() + make_interval(days => $1))
        """,
        day,
    )


async def test_what_lies_in_no_day_is_moved_into_its_own_or_deleted_with_it(bench: Bench) -> None:
    for day in (-30, -22, -21, -3, 0, 3, 400):
        await taken(bench, day)
    for day in (-30, -14, -3, 0, 400):
        await archived(bench, day)
    before = await upkeep.leftovers(bench.database)
    await upkeep.keep_partitions(bench.database)
    after = await upkeep.leftovers(bench.database)
    assert (before.unsorted, after.unsorted) == (5 + 4, 2), "only the days far ahead are left, and counted"
    kept = await bench.database.fetch("SELECT day - current_date AS day FROM inbox ORDER BY 1")
    assert [row["day"] for row in kept] == [-21, -3, 0, 3, 400]
    assert {-21, -3, -1, 0, 7} <= await days(bench, "inbox")
    assert {-14, -3, -1, 0, 7} <= await days(bench, "outbox_sent")


async def test_days_past_their_retention_are_dropped_whole(bench: Bench) -> None:
    for parent, old in (("inbox", 22), ("inbox", 21), ("outbox_sent", 15), ("outbox_sent", 14)):
        await bench.database.execute(
            f"""
            DO $$ BEGIN EXECUTE format(
                'CREATE TABLE {parent}_%s PARTITION OF {parent} FOR VALUES FROM (%L) TO (%L)',
                to_char(current_date - {old}, 'YYYYMMDD'), current_date - {old}, current_date - {old} + 1); END $$
            """
        )
    await upkeep.keep_partitions(bench.database)
    assert min(await days(bench, "inbox")) == -21
    assert min(await days(bench, "outbox_sent")) == -14


async def test_a_row_that_is_taken_twice_is_one_wherever_it_lies(bench: Bench) -> None:
    """The move keeps the key: an id in the inbox stays known."""
    await taken(bench, -3)
    await upkeep.keep_partitions(bench.database)
    again = await bench.database.fetch(
        """
        INSERT INTO inbox (group_name, event_id, day) SELECT group_name, event_id, day FROM inbox
        ON CONFLICT DO NOTHING RETURNING event_id
        """
    )
    assert again == []


async def test_two_processes_keep_house_at_once(bench: Bench) -> None:
    async with bench.database.transaction() as tx:
        await tx.fetchval("SELECT eventbus_partitions($1, $2)", upkeep.KEEP_SENT, upkeep.KEEP_INBOX)
        await upkeep.keep_partitions(bench.database)


async def test_tables_that_are_all_turnover_are_vacuumed_by_their_own_measure(bench: Bench) -> None:
    rows = await bench.database.fetch("SELECT relname, reloptions FROM pg_class WHERE relkind = 'r'")
    options = {row["relname"]: " ".join(row["reloptions"] or ()) for row in rows}
    for table in ("outbox", "inbox_deferred", "consumer_offsets", "relay_marks"):
        assert "autovacuum_vacuum_scale_factor=0 " in options[table] + " ", table
