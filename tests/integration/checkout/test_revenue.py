"""Revenue by day is what both ledgers come to, to the cent, whatever happens in whichever order (P-8).

`REVENUE_SEED=…` repeats a run, `REVENUE_STEPS=…` makes it longer.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from chassis.audit import Actor
from chassis.clock import ManualClock
from chassis.database import Database, Transaction
from chassis.tokens import Role
from checkout.revenue import store
from checkout.revenue.domain import RevenueRow, Span
from checkout.revenue.entry_store import FIGURES
from checkout.revenue.errors import AnalyticsDiffer
from checkout.revenue.jobs import jobs
from checkout.revenue.summing import Revenue
from tests.fixtures.postgres import fresh_databases

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-8")]

STEPS: Final = int(os.environ.get("REVENUE_STEPS", "60"))
CHICAGO: Final = ZoneInfo("America/Chicago")
BERLIN: Final = ZoneInfo("Europe/Berlin")
BEGAN: Final = datetime(2026, 3, 20, 12, tzinfo=UTC)
ADMIN: Final = Actor(name="ann@example.com", role=Role.ADMIN)
# The edges of days: midnight in Chicago and around it, on both days of the year on which the clock jumps, and in UTC.
EDGES: Final = tuple(
    datetime(2026, month, day, 0, tzinfo=zone).astimezone(UTC) + timedelta(microseconds=around)
    for month, day in ((3, 8), (3, 9), (3, 19), (3, 20), (3, 21))
    for zone in (CHICAGO, UTC)
    for around in (-1, 0, 1)
)
# The first appointment.
_BOOKED: Final = """
INSERT INTO appointments (provider_id, customer_email, email_key, price, currency, starts, state, created_at,
    changed_at)
VALUES (7, 'jordan@example.com', 'jordan@example.com', 100, 'USD', now(), 'booked', now(), now())
"""
_OURS: Final = """
INSERT INTO charge_entries (processor, source_id, order_id, kind, amount, currency, fee, at, appointment_id)
VALUES ('stripe', $1, $2, $3, $4, $5, $6, $7, $8)
"""
_THEIRS: Final = """
INSERT INTO transaction_entries (transaction_id, provider_id, processor, currency, kind, source_id, amount,
    commission_ppm, at_source, fee, at, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now())
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(postgres: str) -> AsyncIterator[Database]:
    with fresh_databases(postgres) as make:
        opened = await Database.connect(make("checkout"), application="test", pool_size=8)
        await opened.execute(_BOOKED)
        yield opened
        await opened.close()


class UndoneError(Exception):
    """What was begun has not been."""


@dataclass(slots=True)
class Books:
    """What was written into the ledgers, summed up by nothing but this."""

    database: Database
    chance: random.Random
    written: list[tuple[datetime, tuple[Any, ...], Counter[str]]] = field(default_factory=list)

    async def write(self, tx: Transaction) -> None:
        """One entry of either ledger; it counts for the days as soon as the transaction is over."""
        chance = self.chance
        at = chance.choice([*EDGES, BEGAN - timedelta(seconds=chance.randrange(10**6))])
        kind = chance.choice(["payment", "payment", "refund", "dispute", "dispute_won"])
        amount = chance.randrange(1, 100_000) * (-1 if kind in {"refund", "dispute"} else 1)
        fee, currency = chance.randrange(500), chance.choice(["USD", "JPY"])
        if chance.random() < 0.4:
            booked = chance.choice([None, None, 1])
            await tx.execute(_OURS, str(uuid4()), None if booked else uuid4(), kind, amount, currency, fee, at, booked)
            key: tuple[Any, ...] = ("platform", 7 if booked else 0, "stripe", currency, 0)
            at_source = 0
        else:
            provider, where = chance.choice([7, 8]), chance.choice(["square", "paypal"])
            rate, at_source = chance.choice([0, 125_000, 200_000]), chance.randrange(50)
            await tx.execute(
                _THEIRS, 1, provider, where, currency, kind, str(uuid4()), amount, rate, at_source, fee, at
            )
            key = ("external", provider, where, currency, rate)
        name = {"payment": "paid", "refund": "refunded"}.get(kind, "disputed")
        figures = Counter({name: amount if name == "paid" else -amount, "fees": fee, "at_source": at_source})
        figures["payments"] = int(kind == "payment")
        self.written.append((at, key, figures))

    def days(self, zone: ZoneInfo) -> dict[tuple[Any, ...], dict[str, int]]:
        found: dict[tuple[Any, ...], Counter[str]] = {}
        for at, key, figures in self.written:
            sums = found.setdefault((at.astimezone(zone).date(), *key), Counter())
            for name in FIGURES:
                sums[name] += figures[name]
        return {key: {name: sums[name] for name in FIGURES} for key, sums in found.items()}


def by_key(rows: list[RevenueRow]) -> dict[tuple[Any, ...], dict[str, int]]:
    found = {}
    for row in rows:
        values = asdict(row)
        key = (row.day, row.source.value, row.provider_id, row.processor, row.currency, row.commission_ppm)
        found[key] = {name: values[name] for name in FIGURES}
    return found


async def shown(database: Database) -> dict[tuple[Any, ...], dict[str, int]]:
    return by_key(await store.rows_of(database, Span(since=date(2026, 1, 1), until=date(2026, 12, 31))))


def at_work(database: Database, zone: ZoneInfo = CHICAGO) -> Revenue:
    return Revenue(database, zone=zone, clock=ManualClock(BEGAN))


async def settled(revenue: Revenue, since: date | None = None) -> None:
    while (await revenue.rebuild(since, actor=ADMIN, days=1)).next_day is not None:
        pass


async def test_analytics_are_the_ledger_to_the_cent_whatever_happens(database: Database) -> None:
    seed = os.environ.get("REVENUE_SEED") or str(random.randrange(10**6))
    print(f"REVENUE_SEED={seed}")
    chance = random.Random(seed)
    books, revenue = Books(database, chance), at_work(database)

    async def slow_payment() -> None:
        """Written early, known late: entries after it are added before."""
        async with database.transaction() as tx:
            await books.write(tx)
            await asyncio.sleep(chance.random() / 50)
            await books.write(tx)

    async def rolled_back() -> None:
        kept = list(books.written)
        async with database.transaction() as tx:
            await Books(database, random.Random(chance.random()), kept).write(tx)
            raise UndoneError

    async def rebuild_some() -> None:
        since = chance.choice([None, date(2026, 3, 8), date(2026, 3, 19), date(2027, 1, 1)])
        await revenue.rebuild(since, actor=ADMIN, days=chance.choice([1, 30]))

    async def agree() -> None:
        assert list(await revenue.differences()) == []

    moves = (slow_payment, slow_payment, slow_payment, rolled_back, revenue.refresh, rebuild_some, agree)
    for _ in range(STEPS):
        together = [chance.choice(moves)() for _ in range(chance.randrange(1, 6))]
        for outcome in await asyncio.gather(*together, return_exceptions=True):
            assert outcome is None or isinstance(outcome, UndoneError), outcome
    await revenue.refresh()
    await agree()
    assert await shown(database) == books.days(CHICAGO)
    await settled(revenue)
    assert await shown(database) == books.days(CHICAGO)

    moved = at_work(database, BERLIN)
    async with database.transaction() as tx:
        await books.write(tx)
    await moved.refresh()
    assert await shown(database) == books.days(BERLIN), "days are told by the business's clock"
    assert await store.zone_of(database) == BERLIN.key


async def test_what_differs_is_said_and_a_rebuild_mends_it_without_ever_showing_half(database: Database) -> None:
    revenue = at_work(database, BERLIN)
    books, (look,) = Books(database, random.Random(1)), jobs(revenue)
    async with database.transaction() as tx:
        for _ in range(20):
            await books.write(tx)
    await look.begun(BEGAN)
    whole = await shown(database)
    days = sorted({key[0] for key in whole})
    await database.execute("UPDATE revenue_days SET paid = paid + 1 WHERE day = $1", days[1])
    await database.execute("DELETE FROM revenue_days WHERE day = $1", days[-1])
    wrong = await shown(database)

    found = await revenue.differences()
    assert {is_shown.day for is_shown, _ in found} == {days[1], days[-1]}
    assert all(ledger.paid == is_shown.paid - 1 for is_shown, ledger in found if ledger.day == days[1])
    assert {is_shown.day for is_shown, _ in await revenue.differences(days[2])} == {days[-1]}
    with pytest.raises(AnalyticsDiffer):
        await look.begun(BEGAN)

    progress = await revenue.rebuild(None, actor=ADMIN, days=1)
    while progress.next_day is not None:
        assert await shown(database) == wrong, "what was there, until all is there"
        # Another process, as after a death in between.
        progress = await at_work(database, BERLIN).rebuild(None, actor=ADMIN, days=1)
    assert await shown(database) == whole
    await look.begun(BEGAN)
    begun = "SELECT count(*) FROM audit WHERE action = 'revenue_rebuilt'"
    before = await database.fetchval(begun)
    await settled(revenue, days[1])
    assert await database.fetchval(begun) == before + 1, "once, however often it went on"
    assert await shown(database) == whole


async def test_of_two_processes_one_adds(database: Database) -> None:
    revenue = at_work(database, BERLIN)
    before = await store.as_of(database)
    async with database.transaction() as tx:
        assert await store.lock(tx)
        await revenue.refresh()
    assert await store.as_of(database) == before
