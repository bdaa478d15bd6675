"""Rows of the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.database import Reader, Row, Transaction
from inventory.ledger.domain import LedgerEntry, LedgerFilters, LedgerRow, Operation

_NAMES = (
    "city_id",
    "tier",
    "operation",
    "quantity",
    "order_id",
    "actor",
    "reason",
    "event_id",
    "before",
    "after",
    "recorded_at",
)
_COLUMNS = ", ".join(_NAMES)


async def append(tx: Transaction, entries: Sequence[LedgerEntry]) -> None:
    """Ids follow the order of the entries."""
    await tx.insert("ledger", _NAMES, [_values(entry) for entry in entries])


async def page(reader: Reader, filters: LedgerFilters, *, before: int | None, limit: int) -> list[LedgerRow]:
    """The newest first; `before` is the id of the last row of the page above."""
    rows = await reader.fetch(
        f"""
        SELECT id, {_COLUMNS} FROM ledger
        WHERE ($1::text IS NULL OR city_id = $1) AND ($2::text IS NULL OR tier = $2)
          AND ($3::text IS NULL OR operation = $3) AND ($4::uuid IS NULL OR order_id = $4)
          AND ($5::text IS NULL OR actor = $5) AND ($6::bigint IS NULL OR id < $6)
        ORDER BY id DESC LIMIT $7
        """,  # noqa: S608
        filters.city_id,
        filters.tier,
        filters.operation,
        filters.order_id,
        filters.actor,
        before,
        limit,
    )
    return [LedgerRow(id=row["id"], entry=_entry(row)) for row in rows]


def _values(entry: LedgerEntry) -> tuple[object, ...]:
    return (
        entry.city_id,
        entry.tier,
        entry.operation.value,
        entry.quantity,
        entry.order_id,
        entry.actor,
        entry.reason,
        entry.event_id,
        entry.before,
        entry.after,
        entry.timestamp,
    )


def _entry(row: Row) -> LedgerEntry:
    return LedgerEntry(
        city_id=row["city_id"],
        tier=row["tier"],
        operation=Operation(row["operation"]),
        quantity=row["quantity"],
        order_id=row["order_id"],
        actor=row["actor"],
        reason=row["reason"],
        event_id=row["event_id"],
        before=row["before"],
        after=row["after"],
        timestamp=row["recorded_at"],
    )
