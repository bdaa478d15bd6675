"""E-5 on real Kafka and PostgreSQL: outages count nothing, what fails is set aside, what can't be read dies at once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from random import Random

import pytest

from chassis.clock import SystemClock
from chassis.database import Database, Transaction
from chassis.errors import Dead, Retry, Unavailable
from eventbus import Handler, Outbox, Received, RetryPolicy
from eventbus.incoming import offsets
from eventbus.incoming.processing import EffectProcessor
from eventbus.incoming.records import RawRecord
from events import PaymentWebhookFailed
from tests.integration.eventbus import ledger
from tests.integration.eventbus.harness import Bench, eventually

pytestmark = pytest.mark.asyncio


def failing(trouble: dict[str, list[Exception]]) -> Handler:
    """Counts, but raises for a name as long as there are errors in its list."""

    async def handler(tx: Transaction, batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
        for received in batch:
            errors = trouble.get(received.event.webhook_type)
            await ledger.count(tx, [received])
            if errors:
                raise errors.pop(0)

    return handler


async def wait_for(bench: Bench, sql: str) -> None:
    async def holds() -> bool:
        return bool(await bench.database.fetchval(sql))

    await eventually(holds)


@pytest.mark.proves("E-5")
async def test_an_outage_is_nobodys_fault(bench: Bench) -> None:
    trouble: dict[str, list[Exception]] = {"b": [Unavailable("database"), Unavailable("database")]}
    async with bench.bus(ledger.count_effect(failing(trouble))) as bus:
        await ledger.publish(bench.database, bus.outbox, ["a", "b", "c"])
        await wait_for(bench, "SELECT count(*) >= 3 FROM effects")
    assert await ledger.effects(bench.database) == ["a", "b", "c"]
    assert await bench.database.fetchval("SELECT count(*) FROM inbox WHERE state <> 'done'") == 0


@pytest.mark.proves("E-5")
async def test_an_event_at_fault_is_tried_again_aside_while_the_others_go_on(bench: Bench) -> None:
    trouble: dict[str, list[Exception]] = {"b": [Retry("not yet") for _ in range(5)]}
    async with bench.bus(ledger.count_effect(failing(trouble), retry=RetryPolicy(first_delay_seconds=0.01))) as bus:
        await ledger.publish(bench.database, bus.outbox, ["a", "b", "c"])
        await wait_for(bench, "SELECT count(*) >= 3 FROM effects")
    assert sorted(await ledger.effects(bench.database)) == ["a", "b", "c"]
    assert await bench.database.fetchval("SELECT count(*) FROM inbox_deferred") == 0
    assert await bench.database.fetchval("SELECT count(*) FROM inbox WHERE state <> 'done'") == 0


@pytest.mark.proves("E-5")
async def test_the_event_at_fault_is_found_in_few_steps(bench: Bench) -> None:
    """The others of its batch are not done one by one, which would keep what they lock from everybody else."""
    batches: list[int] = []

    async def handler(tx: Transaction, batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
        batches.append(len(batch))
        if any(received.event.webhook_type == "n300" for received in batch):
            raise Dead("never")
        await ledger.count(tx, batch)

    names = [f"n{number}" for number in range(400)]
    async with bench.bus() as bus:
        await ledger.publish(bench.database, bus.outbox, names)
        await wait_for(bench, "SELECT count(*) = 0 FROM outbox")
    async with bench.bus(ledger.count_effect(handler)):
        await wait_for(bench, "SELECT count(*) = 399 FROM effects")
    assert await ledger.effects(bench.database) == [name for name in names if name != "n300"]
    assert len(batches) < 40


@pytest.mark.proves("E-5")
@pytest.mark.parametrize(
    ("error", "attempts"), [(Dead("never"), 1), (ValueError("a bug with a \0"), ledger.QUICK.attempts)]
)
async def test_an_event_given_up_becomes_a_dead_letter_and_the_others_count(
    bench: Bench, error: Exception, attempts: int
) -> None:
    async with bench.bus(ledger.count_effect(failing({"b": [error] * 10}))) as bus:
        await ledger.publish(bench.database, bus.outbox, ["a", "b", "c"])
        await wait_for(bench, "SELECT count(*) = 1 FROM dead_letters")
        await wait_for(bench, "SELECT count(*) = 1 FROM outbox_sent WHERE topic = 'payments.dlq'")
    assert await ledger.effects(bench.database) == ["a", "c"]
    assert await bench.database.fetchval("SELECT attempts FROM dead_letters") == attempts
    assert await bench.database.fetchval("SELECT count(*) FROM inbox WHERE state = 'dead'") == 1


@pytest.mark.proves("E-5")
async def test_too_many_deaths_stop_the_subscription_until_a_person_clears_it(bench: Bench) -> None:
    names = [f"n{number}" for number in range(30)]
    trouble: dict[str, list[Exception]] = {name: [Dead("bad release")] * 10 for name in names}
    async with bench.bus(ledger.count_effect(failing(trouble))) as bus:
        await ledger.publish(bench.database, bus.outbox, names)
        await wait_for(bench, "SELECT count(*) = 1 FROM subscription_stops")
    async with bench.bus(ledger.count_effect()) as bus:
        await ledger.publish(bench.database, bus.outbox, ["later"])

        async def stopped() -> bool:
            return [group.stopped is not None for group in bus.groups()] == [True]

        await eventually(stopped)
        assert await ledger.effects(bench.database) == []
        await bench.database.execute("DELETE FROM subscription_stops")
        await wait_for(bench, "SELECT count(*) = 1 FROM effects")
    assert await ledger.effects(bench.database) == ["later"]


@pytest.mark.proves("E-5")
async def test_deaths_of_deferred_events_stop_the_subscription_too(bench: Bench) -> None:
    """A bad release fails with ordinary errors, so that its events die after their attempts, aside."""
    bad = [f"n{number}" for number in range(60)]
    trouble: dict[str, list[Exception]] = {name: [ValueError("bad release")] * 1000 for name in bad}
    async with bench.bus(ledger.count_effect(failing(trouble))) as bus:
        await ledger.publish(bench.database, bus.outbox, bad)
        await wait_for(bench, "SELECT count(*) = 1 FROM subscription_stops")

        async def stopped() -> bool:
            return bus.groups()[0].stopped is not None

        await eventually(stopped)
        await ledger.publish(bench.database, bus.outbox, ["later"])
        await wait_for(bench, "SELECT count(*) = 0 FROM outbox WHERE topic = 'payments'")
        assert "later" not in await ledger.effects(bench.database)
        trouble.clear()
        await bench.database.execute("DELETE FROM subscription_stops")
        await wait_for(bench, "SELECT count(*) = 1 FROM effects WHERE name = 'later'")
    assert await bench.database.fetchval("SELECT count(*) FROM dead_letters") < len(bad)
    assert bus.groups()[0].stopped is None


@pytest.mark.proves("E-5")
async def test_a_group_whose_handler_meets_an_outage_keeps_no_other_group_waiting(bench: Bench) -> None:
    """Both have an event aside; what the one needs for it stays away."""
    trouble: dict[str, list[Exception]] = {"a": [Retry("not yet"), Retry("not yet"), *[Unavailable("away")] * 1000]}
    stuck = replace(ledger.count_effect(failing(trouble)), group="another")
    fine = ledger.count_effect(failing({"a": [Retry("not yet"), Retry("not yet")]}))
    async with bench.bus(stuck, fine) as bus:
        await ledger.publish(bench.database, bus.outbox, ["a"])
        await wait_for(bench, "SELECT count(*) = 1 FROM effects")
        await wait_for(bench, "SELECT array_agg(group_name) = '{another}' FROM inbox_deferred")


@pytest.mark.proves("E-5")
async def test_deferred_events_lock_nothing_for_each_other(bench: Bench) -> None:
    """Each is a transaction of its own: whoever locks what they change in another order is no deadlock."""
    asked = asyncio.Event()

    async def locking(tx: Transaction, batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
        for received in batch:
            if received.event.webhook_type == "a":
                asked.set()
            await tx.execute(LOCK, received.event.webhook_type)
            await ledger.count(tx, [received])

    async with bench.bus() as bus:
        await ledger.publish(bench.database, bus.outbox, ["b", "a"])
        await wait_for(bench, "SELECT count(*) = 2 FROM outbox_sent")
    processor = EffectProcessor(
        ledger.count_effect(locking), database=bench.database, outbox=bus.outbox, clock=SystemClock(), rng=Random(1)
    )
    await bench.database.execute(ASIDE, ledger.GROUP)
    async with bench.database.transaction() as tx:
        await tx.execute(LOCK, "a")
        working = asyncio.create_task(processor.process_deferred())
        await asked.wait()
        await tx.execute(LOCK, "b")
    await working
    assert await ledger.effects(bench.database) == ["b", "a"]


LOCK = "SELECT pg_advisory_xact_lock(hashtext($1))"
ASIDE = """
INSERT INTO inbox_deferred (group_name, event_id, day, topic, partition, "offset", key, header_names, header_values,
                            value, attempts, next_attempt_at, last_error)
SELECT $1, event_id, current_date, topic, 0, id, key, header_names, header_values, value, 1,
       app_now() - interval '1 minute' + id * interval '1 second', 'not yet'
FROM outbox_sent
"""


@pytest.mark.proves("E-5")
async def test_why_an_event_died_tells_nothing_of_its_values(bench: Bench) -> None:
    """PostgreSQL shows the whole row that a constraint refuses."""
    await bench.database.execute("CREATE TABLE strict (email text CHECK (email = ''))")

    async def handler(tx: Transaction, batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
        await tx.execute("INSERT INTO strict VALUES ($1)", batch[0].event.webhook_type)

    async with bench.bus(ledger.count_effect(handler)) as bus:
        await ledger.publish(bench.database, bus.outbox, ["jordan@example.com"])
        await wait_for(bench, "SELECT count(*) = 1 FROM dead_letters")
    reason = await bench.database.fetchval("SELECT reason FROM dead_letters")
    assert reason.startswith("CheckViolationError: ")
    assert "jordan" not in reason


@pytest.mark.proves("E-5")
async def test_a_database_that_only_reads_is_an_outage(bench: Bench) -> None:
    """So it answers after a failover, until connections find the new primary."""
    database = await Database.connect(f"{bench.database_url}?default_transaction_read_only=on", application="test")
    with pytest.raises(Unavailable):
        await database.execute("INSERT INTO effects (name) VALUES ('a')")
    await database.close()


@pytest.mark.proves("E-5")
async def test_nobody_is_called_back_about_what_a_savepoint_undid(bench: Bench) -> None:
    told: list[str] = []
    async with bench.database.transaction() as tx:
        tx.after_commit(lambda: told.append("before"))
        with suppress(ValueError):
            async with tx.savepoint():
                tx.after_commit(lambda: told.append("inside"))
                raise ValueError
        async with tx.savepoint():
            tx.after_commit(lambda: told.append("again"))
    assert told == ["before", "again"]


@pytest.mark.proves("E-5")
async def test_what_an_outage_repeats_dies_only_once(bench: Bench) -> None:
    """Twenty-five tries of one batch with one death in it are no run of deaths."""
    trouble: dict[str, list[Exception]] = {"a": [Dead("never")] * 100, "b": [Unavailable("database")] * 25}
    effect = ledger.count_effect(failing(trouble))
    async with bench.bus() as bus:
        await ledger.publish(bench.database, bus.outbox, ["a", "b"])
        await wait_for(bench, "SELECT count(*) = 0 FROM outbox")
    processor = EffectProcessor(
        effect, database=bench.database, outbox=bus.outbox, clock=SystemClock(), rng=random.Random(1)
    )
    records = await sent_records(bench)
    for _ in range(100):
        try:
            assert await processor.process(records, cluster_id="test") is None
        except Unavailable:
            continue
        break
    assert await ledger.effects(bench.database) == ["b"]
    assert await bench.database.fetchval("SELECT count(*) FROM subscription_stops") == 0


@pytest.mark.proves("E-5")
@pytest.mark.parametrize("broken", ["value = 'other'", "header_names = '{}', header_values = '{}'"])
async def test_a_deferred_event_that_can_be_read_no_more_dies_and_holds_up_nobody(bench: Bench, broken: str) -> None:
    trouble: dict[str, list[Exception]] = {"a": [Retry("not yet")] * 2, "b": [Retry("not yet")]}
    async with bench.bus() as bus:
        await ledger.publish(bench.database, bus.outbox, ["a"])
        await ledger.publish(bench.database, bus.outbox, ["b"])
        await wait_for(bench, "SELECT count(*) = 0 FROM outbox")
    processor = EffectProcessor(
        ledger.count_effect(failing(trouble)),
        database=bench.database,
        outbox=bus.outbox,
        clock=SystemClock(),
        rng=random.Random(1),
    )
    await processor.process(await sent_records(bench), cluster_id="test")
    await bench.database.execute(
        f'UPDATE inbox_deferred SET {broken} WHERE "offset" = (SELECT min("offset") FROM inbox_deferred)'
    )
    await bench.database.execute("UPDATE inbox_deferred SET next_attempt_at = app_now()")
    await processor.process_deferred()
    assert len(await ledger.effects(bench.database)) == 1
    assert await bench.database.fetchval("SELECT count(*) FROM dead_letters") == 1
    assert await bench.database.fetchval("SELECT count(*) FROM inbox_deferred") == 0


@pytest.mark.proves("E-4")
async def test_records_for_nobody_here_cost_no_transaction_and_their_offsets_follow(bench: Bench) -> None:
    stranger = RawRecord(
        topic="payments",
        partition=3,
        offset=7,
        key=b"k",
        value=b"{}",
        headers=(("ce_type", b"fullhouse.payment.refused.v1"),),
    )
    processor = EffectProcessor(
        ledger.count_effect(),
        database=bench.database,
        outbox=Outbox(source="test", clock=SystemClock(), wake=lambda: None),
        clock=SystemClock(),
        rng=random.Random(1),
    )
    await processor.process([stranger], cluster_id="test")
    assert await offsets.stored(bench.database, ledger.GROUP) == {}
    await processor.settle_positions(cluster_id="test")
    known = await offsets.stored(bench.database, ledger.GROUP)
    assert {partition.number: at.next_offset for partition, at in known.items()} == {3: 8}

    await processor.process([stranger._replace(offset=8)], cluster_id="test")
    await processor.process([stranger._replace(partition=0, offset=0, headers=())], cluster_id="test")  # unreadable
    known = await offsets.stored(bench.database, ledger.GROUP)
    assert {partition.number: at.next_offset for partition, at in known.items()} == {0: 1, 3: 9}


async def sent_records(bench: Bench) -> list[RawRecord]:
    """What was published, as records of one partition."""
    rows = await bench.database.fetch("SELECT * FROM outbox_sent ORDER BY id")
    return [
        RawRecord(
            topic=row["topic"],
            partition=0,
            offset=number,
            key=row["key"],
            value=row["value"],
            headers=tuple(zip(row["header_names"], row["header_values"], strict=True)),
        )
        for number, row in enumerate(rows)
    ]
