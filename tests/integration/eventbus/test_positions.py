"""Positions live beside the effects (E-4): views, progress, and offsets that no longer mean anything."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from chassis.database import Transaction
from chassis.errors import Retry
from eventbus import Progress, Received, RetryPolicy, View
from events import PaymentWebhookFailed, Topic
from tests.integration.eventbus import ledger
from tests.integration.eventbus.harness import Bench, eventually

pytestmark = pytest.mark.asyncio


@pytest.mark.proves("E-4")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("cluster_id = 'another'", "is of cluster another"),
        ("next_offset = 1000000", "is beyond the log"),
    ],
)
async def test_an_offset_that_means_nothing_here_stops_the_consumer_with_a_sentence(
    bench: Bench, change: str, words: str
) -> None:
    async with bench.bus(ledger.count_effect()) as bus:
        await ledger.publish(bench.database, bus.outbox, ["a"])
        await wait_for(bench, "SELECT count(*) = 1 FROM effects")
    await bench.database.execute(f"UPDATE consumer_offsets SET {change}")
    async with bench.bus(ledger.count_effect()) as bus:

        async def stopped() -> bool:
            return any(words in (group.stopped or "") for group in bus.groups())

        await eventually(stopped)
        await ledger.publish(bench.database, bus.outbox, ["b"])
        await wait_for(bench, "SELECT count(*) = 0 FROM outbox")
    assert await ledger.effects(bench.database) == ["a"]


@pytest.mark.proves("E-4")
async def test_an_offset_older_than_the_log_stops_the_consumer_with_a_sentence(bench: Bench) -> None:
    """As after an absence longer than the retention: going on would leave out what is gone, in silence."""
    async with bench.bus(ledger.count_effect()) as bus:
        await ledger.publish(bench.database, bus.outbox, ["a"])
        await wait_for(bench, "SELECT count(*) = 1 FROM effects")
    async with bench.bus() as bus:
        await ledger.publish(bench.database, bus.outbox, ["missed", "b"])
        await wait_for(bench, "SELECT count(*) = 0 FROM outbox")
    await forget_all(bench)
    async with bench.bus(ledger.count_effect()) as bus:

        async def stopped() -> bool:
            return any("is older than the log, which starts at 3" in (group.stopped or "") for group in bus.groups())

        await eventually(stopped)
    assert await ledger.effects(bench.database) == ["a"]


async def forget_all(bench: Bench) -> None:
    """What retention does in the end."""
    admin = AIOKafkaAdminClient(**bench.connection.client_options())
    await admin.start()
    places = [TopicPartition(bench.connection.prefixed("payments"), number) for number in (0, 1)]
    await admin.delete_records({place: RecordsToDelete(-1) for place in places})
    await admin.close()


@pytest.mark.proves("E-4")
async def test_a_view_reads_everything_in_every_process_and_says_when_it_has_caught_up(bench: Bench) -> None:
    seen: dict[str, list[str]] = {"first": [], "second": []}

    def view(name: str) -> View:
        async def remember(batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
            seen[name].extend(received.event.webhook_type for received in batch)

        return View(name=name, topics=(Topic.PAYMENTS,), types=(PaymentWebhookFailed,), handler=remember)

    async with bench.bus() as bus:
        await ledger.publish(bench.database, bus.outbox, ["a", "b"])
        await wait_for(bench, "SELECT count(*) = 0 FROM outbox")
    async with bench.bus(view("first"), view("second")) as bus:
        assert await bus.caught_up(30)
        assert seen == {"first": ["a", "b"], "second": ["a", "b"]}
        await ledger.publish(bench.database, bus.outbox, ["c"])

        async def both() -> bool:
            return all(names == ["a", "b", "c"] for names in seen.values())

        await eventually(both)


@pytest.mark.proves("E-4")
async def test_progress_knows_whether_a_group_has_read_past_a_moment(bench: Bench) -> None:
    progress = Progress(group=ledger.GROUP, topic=Topic.PAYMENTS, connection=bench.connection)
    async with bench.bus() as bus:
        await ledger.publish(bench.database, bus.outbox, ["a"])
        await wait_for(bench, "SELECT count(*) = 0 FROM outbox")
    mark = await progress.mark()
    async with bench.database.transaction() as tx:
        assert not await progress.passed(tx, mark)
    async with bench.bus(ledger.count_effect()):
        await wait_for(bench, "SELECT count(*) = 1 FROM effects")
    async with bench.database.transaction() as tx:
        assert await progress.passed(tx, mark)
    await progress.close()


@pytest.mark.proves("E-5")
async def test_progress_knows_the_keys_whose_events_still_wait(bench: Bench) -> None:
    progress = Progress(group=ledger.GROUP, topic=Topic.PAYMENTS, connection=bench.connection)
    async with bench.bus(ledger.count_effect(late_ones_wait, retry=RetryPolicy())) as bus:
        await ledger.publish(bench.database, bus.outbox, ["late"], key="waits")
        await ledger.publish(bench.database, bus.outbox, ["fine"], key="done")
        await wait_for(bench, "SELECT count(*) = 1 FROM inbox_deferred")
        await wait_for(bench, "SELECT count(*) = 1 FROM effects")
        async with bench.database.transaction() as tx:
            assert await progress.unsettled(tx, ["waits", "done"]) == {"waits"}


async def late_ones_wait(tx: Transaction, batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
    if any(received.event.webhook_type == "late" for received in batch):
        raise Retry("not yet")
    await ledger.count(tx, batch)


async def wait_for(bench: Bench, sql: str) -> None:
    async def holds() -> bool:
        return bool(await bench.database.fetchval(sql))

    await eventually(holds)
