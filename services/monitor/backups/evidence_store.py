"""What loaded databases hold of orders and seats, for the rules.

Read past the rooms whose tables they are, as digests are (docs/adr/0009). The snapshots lie moments apart, and what was
paid right before them may not have come to inventory yet: of these orders nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from chassis.database import Reader, Row
from invariants import Counts, Evidence, LedgerEntry, PaidOrder, Pool, PoolSum, Seat

SETTLING: Final = timedelta(minutes=5)
_COUNTS: Final = ("public_limit", "actual_limit", "held", "sold", "spare_sold", "oversold")
_ORDERS: Final = """
SELECT order_id::text AS order_id, number, jsonb_array_length(seats) AS seats, amount, refunded_amount AS refunded,
       email, ARRAY(SELECT ticket ->> 'code' FROM jsonb_array_elements(tickets) AS ticket) AS codes,
       paid_at
FROM orders WHERE paid_at IS NOT NULL
"""
_POOLS: Final = "SELECT city_id, tier, public_limit, actual_limit, held, sold, spare_sold, oversold FROM pools"
_SEATS: Final = "SELECT order_id::text AS order_id, city_id, tier, code, place FROM tickets"
_SUMS: Final = """
SELECT city_id, tier, coalesce(sum(seats) FILTER (WHERE place = 'held'), 0)::int AS held,
       coalesce(sum(seats) FILTER (WHERE place = 'public'), 0)::int AS public,
       coalesce(sum(seats) FILTER (WHERE place = 'spare'), 0)::int AS spare,
       coalesce(sum(seats) FILTER (WHERE place = 'oversold'), 0)::int AS oversold
FROM (
    SELECT city_id, tier, place, count(*) AS seats FROM tickets GROUP BY 1, 2, 3
    UNION ALL SELECT city_id, tier, 'held', sum(quantity) FROM holds WHERE state = 'held' GROUP BY 1, 2
) AS placed GROUP BY city_id, tier
"""
_LEDGER: Final = """
SELECT DISTINCT ON (city_id, tier) city_id, tier, operation, before, after FROM ledger ORDER BY city_id, tier, id DESC
"""


async def orders_and_seats(checkout: Reader, inventory: Reader) -> Evidence:
    """Every paid order that is settled, and every ticket but those of the others."""
    newest = await checkout.fetchval("SELECT max(paid_at) FROM orders")
    found = [PaidOrder(**{**row, "codes": tuple(row["codes"])}) for row in await checkout.fetch(_ORDERS)]
    fresh = {each.order_id for each in found if each.paid_at and each.paid_at > newest - SETTLING}
    seats = (Seat(**row) for row in await inventory.fetch(_SEATS))
    return Evidence(
        orders=tuple(each for each in found if each.order_id not in fresh),
        seats=tuple(each for each in seats if each.order_id not in fresh),
    )


async def stock(inventory: Reader) -> Evidence:
    """The pools with what their rows add up to, and where their ledger ends."""
    pools = await inventory.fetch(_POOLS)
    return Evidence(
        pools=tuple(Pool(counts=Counts(**{name: row[name] for name in _COUNTS}), **_where(row)) for row in pools),
        sums=tuple(PoolSum(**row) for row in await inventory.fetch(_SUMS)),
        ledger=tuple(_entry(row) for row in await inventory.fetch(_LEDGER)),
        ledger_begins=False,
    )


def _entry(row: Row) -> LedgerEntry:
    before, after = _counts(row["before"]), _counts(row["after"])
    return LedgerEntry(
        operation=row["operation"], order_id=None, event_id=None, before=before, after=after, **_where(row)
    )


def _where(row: Row) -> dict[str, str]:
    return {"city_id": row["city_id"], "tier": row["tier"]}


def _counts(entry: Mapping[str, Any]) -> Counts:
    names = {"public_limit": "publicLimit", "actual_limit": "actualLimit", "spare_sold": "spareSold"}
    return Counts(**{name: entry[names.get(name, name)] for name in _COUNTS})
