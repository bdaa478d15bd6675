"""How the ledger of a city is told: only what changed, before and after (I-6)."""

from __future__ import annotations

from uuid import UUID

import pytest

from inventory.ledger.domain import LedgerEntry, LedgerRow, Operation
from inventory.staff.ledger_views import ledger_address, ledger_lines, operations
from tests.unit.inventory.staff.samples import pool
from tests.unit.monitor.samples import NOW

pytestmark = pytest.mark.proves("I-6", "W-2")

BEFORE = pool("ga", 1000, 1200, held=3)
ENTRY = LedgerEntry(
    city_id="dallas",
    tier="ga",
    operation=Operation.EXPAND,
    quantity=1500,
    order_id=None,
    actor="ann@example.com",
    reason="More chairs came",
    event_id=None,
    before=BEFORE.counts(),
    after=BEFORE._replace(public_limit=2500, actual_limit=2700).counts(),
    timestamp=NOW,
)


def test_a_row_tells_the_counts_that_changed() -> None:
    (line,) = ledger_lines([LedgerRow(id=1, entry=ENTRY)], "America/Chicago", now=NOW)
    assert (line.at, line.operation, line.tier, line.seats) == ("6:00 AM", "Expand", "GA", "1,500")
    assert line.counts == [("public limit", "1,000", "2,500"), ("actual limit", "1,200", "2,700")]
    assert (line.actor, line.reason, line.order) == ("ann@example.com", "More chairs came", "")


def test_a_row_of_a_lost_ledger_has_no_counts_to_tell() -> None:
    bare = ENTRY._replace(before={}, after={}, order_id=UUID(int=1))
    (line,) = ledger_lines([LedgerRow(id=1, entry=bare)], "America/Chicago", now=NOW)
    assert (line.counts, line.order) == ([], str(UUID(int=1)))


def test_the_address_keeps_the_filter_and_the_place() -> None:
    assert ledger_address("dallas") == "/staff/inventory/dallas#ledger"
    here = ledger_address("dallas", operation=Operation.SELL, cursor="7")
    assert here == "/staff/inventory/dallas?operation=sell&cursor=7#ledger"
    chosen = [choice.name for choice in operations("dallas", chosen=Operation.SELL) if choice.here]
    assert (chosen, len(operations("dallas", chosen=None))) == (["Sell"], 10)
