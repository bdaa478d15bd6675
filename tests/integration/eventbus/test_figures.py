"""The bus's figures are what happened (M-4): each event's outcome once, what waits, what stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from chassis.clock import SystemClock
from chassis.database import Transaction
from chassis.errors import Dead, Retry, Unavailable
from chassis.metrics import Metric, metrics
from eventbus import Heartbeats, Received, RetryPolicy
from events import PaymentWebhookFailed
from tests.integration.eventbus import ledger
from tests.integration.eventbus.harness import Bench, eventually

pytestmark = pytest.mark.asyncio

KIND = PaymentWebhookFailed.short_type()
OUTCOMES = ("done", "deferred", "dead", "seen")


def counted() -> dict[str, float]:
    labels = {"group": ledger.GROUP, "type": KIND}
    found = {outcome: metrics.value(Metric.EVENTS_HANDLED, **labels, outcome=outcome) for outcome in OUTCOMES}
    found["retries"] = metrics.value(Metric.EVENT_RETRIES, **labels)
    found["letters"] = metrics.value(Metric.DEAD_LETTERS, group=ledger.GROUP, topic="payments")
    found["relayed"] = metrics.value(Metric.EVENTS_RELAYED)
    return found


@pytest.mark.proves("M-4", "E-5")
async def test_each_outcome_is_counted_once_it_is_one(bench: Bench) -> None:
    outages, ready = [Unavailable("database")] * 3, asyncio.Event()

    async def handler(tx: Transaction, batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
        for received in batch:
            if received.event.webhook_type == "bad":
                raise Dead("never")
            if received.event.webhook_type == "late" and not ready.is_set():
                raise Retry("not yet")
            if received.event.webhook_type == "away" and outages:
                raise outages.pop()
        await ledger.count(tx, batch)

    before = counted()
    async with bench.bus(ledger.count_effect(handler, retry=RetryPolicy())) as bus:
        await ledger.publish(bench.database, bus.outbox, ["a", "bad", "b", "late", "away", "c"])
        await wait_for(bench, "SELECT attempts = 2 FROM inbox_deferred")
        ready.set()
        await wait_for(bench, "SELECT count(*) = 5 FROM effects")
        await wait_for(bench, "SELECT count(*) = 0 FROM outbox")
    await bench.database.execute("DELETE FROM consumer_offsets")
    async with bench.bus(ledger.count_effect(handler)) as bus:
        await ledger.publish(bench.database, bus.outbox, ["again"])
        await wait_for(bench, "SELECT count(*) = 6 FROM effects")
    after = counted()
    assert after.pop("relayed") - before.pop("relayed") >= 8, "the dead letter, too"
    told = {name: after[name] - before[name] for name in after}
    assert told.pop("deferred") == told.pop("retries") >= 2, "each attempt but the last ended in a deferral"
    assert told == {"done": 6, "dead": 1, "seen": 6, "letters": 1}


@pytest.mark.proves("M-4", "E-5")
async def test_what_waits_and_what_stands_still_is_shown(bench: Bench) -> None:
    async def refuse(tx: Transaction, batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
        raise Dead("never")

    async with bench.bus(ledger.count_effect(refuse)) as bus:
        await ledger.publish(bench.database, bus.outbox, [f"n{number}" for number in range(30)])
        await wait_for(bench, "SELECT count(*) = 1 FROM subscription_stops")
        await eventually(lambda: stopped(bus))
        await bench.database.execute(
            """
            INSERT INTO outbox_refused (id, event_id, topic, key, header_names, header_values, created_at,
                                        refused_at, error)
            VALUES (1, gen_random_uuid(), 'payments', '', '{}', '{}', now(), now(), 'MessageSizeTooLargeError')
            """
        )
        await bench.database.execute(
            "INSERT INTO inbox (group_name, event_id, day) VALUES ('g', gen_random_uuid(), 'infinity')"
        )
        told = await Heartbeats(bus, service="test", clock=SystemClock(), checks={}).heartbeat()
        assert (told.refused_events, told.unsorted_rows, told.stopped_groups) == (1, 1, (ledger.GROUP,))
        assert told.consumer_unanswered_seconds.keys() == told.consumer_behind_seconds.keys() == {ledger.GROUP}
        shown = {
            name: metrics.value(name, group=ledger.GROUP)
            for name in (Metric.SUBSCRIPTION_STOPPED, Metric.CONSUMER_PARTITIONS)
        }
        assert shown == {Metric.SUBSCRIPTION_STOPPED: 1, Metric.CONSUMER_PARTITIONS: 2}
        assert metrics.value(Metric.OUTBOX_REFUSED) == metrics.value(Metric.ROWS_UNSORTED) == 1
        assert metrics.value(Metric.RELAY_ACTIVE) == 1
    assert metrics.value(Metric.RELAY_ACTIVE) == 0
    text = metrics.text().decode()
    assert f'event_handling_duration_seconds_count{{group="{ledger.GROUP}"}}' in text


async def stopped(bus: object) -> bool:
    return all(group.stopped for group in bus.groups())  # type: ignore[attr-defined]


async def wait_for(bench: Bench, sql: str) -> None:
    async def holds() -> bool:
        return bool(await bench.database.fetchval(sql))

    await eventually(holds)
