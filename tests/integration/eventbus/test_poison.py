"""A bad release among good events (E-5), on real Kafka and PostgreSQL.

`POISON_SCALE=100` makes it 10,000 poisonous ones among 100,000 good ones; a test run has a hundredth of that.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from chassis.database import Transaction
from chassis.errors import Dead
from eventbus import Bus, Outgoing, Received, RetryPolicy
from events import PaymentWebhookFailed
from tests.integration.eventbus import ledger
from tests.integration.eventbus.desk import Desk
from tests.integration.eventbus.harness import Bench, eventually

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("E-5", "E-6"), pytest.mark.timeout(900)]

SCALE = int(os.environ.get("POISON_SCALE", "1"))
POISON, GOOD, KEYS = 100 * SCALE, 1_000 * SCALE, 50
SECONDS = 120 + 10 * SCALE
NEVER = 10**9
GOES_ON = replace(ledger.QUICK, stop_share=1.0, stop_run=NEVER)
STOPS = replace(RetryPolicy(), attempts=3, first_delay_seconds=0.01, longest_delay_seconds=0.02)


class Release:
    """Brings each key to its newest version, as every handler of ours does; some versions it can't work."""

    def __init__(self, poison: Sequence[int]) -> None:
        self.never = set(poison[::2])
        self.bug = set(poison[1::2])

    async def handle(self, tx: Transaction, batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
        for received in batch:
            version = int(received.event.webhook_type)
            if version in self.never:
                raise Dead("this release can't")
            if version in self.bug:
                raise ValueError("a bug of this release")
        await ledger.count(tx, batch)
        await tx.executemany(
            """
            INSERT INTO states AS s VALUES ($1, $2, 0) ON CONFLICT (key) DO UPDATE SET
                version = greatest(s.version, excluded.version), late = s.late + (s.version > excluded.version)::int
            """,
            [(received.event.webhook_id, int(received.event.webhook_type)) for received in batch],
        )

    def mend(self) -> None:
        self.never.clear()
        self.bug.clear()


async def publish(bench: Bench, bus: Bus) -> None:
    for start in range(0, POISON + GOOD, 1_000):
        facts = [ledger.fact(str(version), key=f"k{version % KEYS}") for version in range(start, start + 1_000)]
        async with bench.database.transaction() as tx:
            await bus.outbox.enqueue(tx, [Outgoing(event=fact) for fact in facts[: POISON + GOOD - start]])


async def holds(bench: Bench, sql: str) -> bool:
    return bool(await bench.database.fetchval(sql))


@pytest.mark.parametrize("policy", [GOES_ON, STOPS], ids=["goes on", "stops"])
async def test_of_many_poisonous_events_none_is_lost_and_the_good_ones_arrive(
    bench: Bench, policy: RetryPolicy
) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}, {POISON} poisonous among {GOOD} good ones")
    poison = sorted(random.Random(seed).sample(range(POISON + GOOD), POISON))
    release = Release(poison)
    await bench.database.execute("CREATE TABLE states (key text PRIMARY KEY, version int, late int)")
    began = time.monotonic()
    async with bench.bus(ledger.count_effect(release.handle, retry=policy)) as bus:
        await publish(bench, bus)
        if policy is GOES_ON:
            good = f"SELECT count(*) = {GOOD} FROM effects"
            await eventually(lambda: holds(bench, good), seconds=SECONDS)
            dead = f"SELECT count(*) = {POISON} FROM dead_letters"
            await eventually(lambda: holds(bench, dead), seconds=SECONDS)
            assert await holds(bench, "SELECT count(*) = 0 FROM inbox_deferred")
        else:
            stopped = "SELECT count(*) = 1 FROM subscription_stops"
            await eventually(lambda: holds(bench, stopped), seconds=SECONDS)
            assert await holds(bench, f"SELECT count(*) < {POISON} FROM dead_letters")
        print(f"poisoned after {time.monotonic() - began:.1f} s")
        release.mend()
        await settle(bench, Desk(bus))
    print(f"settled after {time.monotonic() - began:.1f} s")
    await everything_once(bench)


async def test_deaths_apart_from_each_other_in_one_batch_are_no_run(bench: Bench) -> None:
    """Twenty-five of five hundred: that is no bad release."""
    release = Release(())
    release.never.update(range(0, 500, 20))
    await bench.database.execute("CREATE TABLE states (key text PRIMARY KEY, version int, late int)")
    async with bench.bus() as bus:
        async with bench.database.transaction() as tx:
            await bus.outbox.enqueue(tx, [Outgoing(event=ledger.fact(str(version))) for version in range(500)])
        await eventually(lambda: holds(bench, "SELECT count(*) = 0 FROM outbox"))
    async with bench.bus(ledger.count_effect(release.handle, retry=STOPS)):
        await eventually(lambda: holds(bench, "SELECT count(*) = 475 FROM effects"))
    assert await holds(bench, "SELECT count(*) = 25 FROM dead_letters")
    assert await holds(bench, "SELECT count(*) = 0 FROM subscription_stops")


async def settle(bench: Bench, desk: Desk) -> None:
    """A person starts the line again and redrives what died, also what was dying at that moment."""
    await desk.answer("POST", f"/subscriptions/{ledger.GROUP}/start", because="mended")

    async def all_applied() -> bool:
        settled: dict[str, Any] = {"last": 0}
        while settled["last"] is not None:
            settled = await desk.asked("POST", "/dlq/redrive", after=settled["last"])
        await asyncio.sleep(0.2)
        return await holds(bench, f"SELECT count(*) = {POISON + GOOD} FROM effects")

    await eventually(all_applied, seconds=SECONDS)
    await eventually(lambda: holds(bench, "SELECT count(*) = 0 FROM inbox_deferred"))


async def everything_once(bench: Bench) -> None:
    """Each event has had its one effect, and every key stands at its last version."""
    wanted = sorted(map(str, range(POISON + GOOD)))
    assert sorted(await ledger.effects(bench.database)) == wanted
    states = {row["key"]: row["version"] for row in await bench.database.fetch("SELECT * FROM states")}
    assert states == {f"k{version % KEYS}": version for version in range(POISON + GOOD)}
    assert await holds(bench, "SELECT bool_and(state = 'done') FROM inbox")
    assert await holds(bench, "SELECT count(*) = 0 FROM inbox_deferred")
    assert await holds(bench, "SELECT coalesce(bool_and(state = 'applied'), true) FROM dead_letters")
