"""How long it takes to sum up the commission of many external transactions, and that it is exact (L-14)."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from chassis.clock import SystemClock
from chassis.database import Database
from checkout.commission.collecting import Collecting
from checkout.commission.messages import CollectionMessages
from checkout.commission.service import Collections
from checkout.providers.domain import WHOLE
from eventbus import Outbox
from tests.bench.report import Figure
from tests.bench.stand import Stand

TRANSACTIONS: Final = 100_000
PROVIDERS: Final = 10
RATES: Final = (99_999, 125_000, 150_000, 200_000)
SEED: Final = 1
_ENTRIES: Final = """
INSERT INTO transaction_entries (transaction_id, provider_id, processor, currency, kind, source_id, amount,
    commission_ppm, at_source, fee, at, recorded_at)
SELECT transaction_id, provider_id, 'square', 'USD', kind, kind, amount, ppm, 0, 0, $6, $6
FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::int[])
    AS e (transaction_id, provider_id, kind, amount, ppm)
"""


async def measure(stand: Stand) -> list[Figure]:
    """A payment each, of which one in ten went back in part."""
    clock = SystemClock()
    database = await Database.connect(stand.make_database("checkout"), application="bench")
    try:
        entries = list(_entries())
        columns = [list(column) for column in zip(*entries, strict=True)]
        await database.execute(_ENTRIES, *columns, clock.now() - timedelta(days=1))
        outbox = Outbox(source="checkout", clock=clock, wake=lambda: None)
        collections = Collections(CollectionMessages(outbox=outbox, clock=clock), mark="bench", clock=clock)
        collecting = Collecting(collections, database=database, wake=lambda: None, clock=clock)
        began = time.monotonic()
        made = await collecting.collect()
        took = time.monotonic() - began
    finally:
        await database.close()
    stand.tick()
    wrong = sum(abs(each.amount - due) for each, due in zip(made, _due(entries), strict=True))
    return [
        Figure(id="L-14.commission_seconds", ours=took, unit="s", limit=60),
        Figure(id="L-14.commission_wrong", ours=wrong, unit="minor units", limit=0),
    ]


def _entries() -> Iterator[tuple[int, int, str, int, int]]:
    rng = random.Random(SEED)
    for number in range(TRANSACTIONS):
        amount, rate = rng.randint(100, 50_000), rng.choice(RATES)
        yield number, number % PROVIDERS + 1, "payment", amount, rate
        if number % 10 == 0:
            yield number, number % PROVIDERS + 1, "refund", -rng.randint(1, amount), rate


def _due(entries: list[tuple[int, int, str, int, int]]) -> list[int]:
    """By provider, each rounded once."""
    exact = [Decimal(0)] * PROVIDERS
    for _, provider, _, amount, rate in entries:
        exact[provider - 1] += Decimal(amount) * rate / WHOLE
    return [int(each.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)) for each in exact]
