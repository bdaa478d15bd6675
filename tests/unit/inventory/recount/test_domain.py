"""Where pools differ from what they should be, without a database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from invariants import Counts, Evidence, LedgerEntry, PoolSum
from invariants import Pool as PoolEvidence
from inventory.pools.domain import Pool
from inventory.recount.domain import Recounted, Source, between, corrected, within
from inventory.recount.errors import ContradictsTickets, NoRoom

pytestmark = pytest.mark.proves("I-7")

OPENED = Counts(public_limit=8, actual_limit=9)
NOW = replace(OPENED, held=2, sold=4, spare_sold=1)
SUM = PoolSum(city_id="c", tier="ga", held=2, public=3, spare=1)
ROWS = Recounted(
    held=2,
    pending=1,
    delayable=2,
    public=3,
    spare=1,
    oversold=0,
    ledger={"publicLimit": 8, "actualLimit": 9, "held": 2, "sold": 4, "spareSold": 1, "oversold": 0},
)
POOL = Pool(tier="ga", public_limit=8, actual_limit=9, held=2, pending=1, delayable=2, sold=4, spare_sold=1)


def entry(before: Counts, after: Counts) -> LedgerEntry:
    return LedgerEntry(
        city_id="c", tier="ga", operation="sell", order_id=None, event_id=None, before=before, after=after
    )


def seen(
    pool: Counts = NOW, total: PoolSum = SUM, ledger: tuple[LedgerEntry, ...] = (entry(OPENED, NOW),)
) -> list[tuple[Source, str, int, int]]:
    part = Evidence(pools=(PoolEvidence(city_id="c", tier="ga", counts=pool),), sums=(total,), ledger=ledger)
    return [(each.source, each.what, each.expected, each.actual) for each in within(part)]


def test_where_all_agree_nothing_is_listed() -> None:
    assert seen() == []
    paid = {("c", "ga"): 4, ("d", "vip"): 1}
    assert list(between(paid, dict(paid))) == []


def test_each_number_is_compared_with_what_says_it() -> None:
    assert seen(replace(NOW, sold=5)) == [(Source.LEDGER, "sold", 4, 5), (Source.TICKETS, "sold", 4, 5)]
    assert seen(total=replace(SUM, held=3)) == [(Source.HOLDS, "held", 3, 2)]
    assert seen(total=replace(SUM, spare=0, oversold=1)) == [
        (Source.TICKETS, "sold", 3, 4),
        (Source.TICKETS, "spareSold", 0, 1),
        (Source.TICKETS, "oversold", 1, 0),
    ]
    assert seen(ledger=(entry(OPENED, NOW), entry(replace(NOW, sold=6), NOW))) == [(Source.LEDGER, "sold", 4, 6)]
    found = list(between({("c", "ga"): 4}, {("c", "ga"): 3, ("d", "ga"): 1}))
    assert [(each.city_id, each.source, each.expected, each.actual) for each in found] == [
        ("c", Source.ORDERS, 4, 3),
        ("d", Source.ORDERS, 0, 1),
    ]


def test_a_correction_takes_seats_from_the_rows_and_limits_from_the_ledger() -> None:
    wrong = POOL._replace(
        public_limit=5, actual_limit=5, held=0, pending=0, delayable=0, sold=1, spare_sold=0, oversold=3
    )
    assert corrected(wrong, ROWS, stated=None) == POOL
    assert corrected(wrong, ROWS, stated=4) == POOL


def test_no_correction_contradicts_the_tickets_or_breaks_a_limit() -> None:
    with pytest.raises(ContradictsTickets):
        corrected(POOL, ROWS, stated=5)
    for rows in (replace(ROWS, public=7), replace(ROWS, held=6)):
        with pytest.raises(NoRoom):
            corrected(POOL, rows, stated=None)
