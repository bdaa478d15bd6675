"""Writing and reading the ledger (I-6)."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.database import Reader, Transaction
from inventory.ledger import store
from inventory.ledger.domain import LedgerEntry, LedgerFilters, LedgerRow


async def record(tx: Transaction, entries: Sequence[LedgerEntry]) -> None:
    """Writes what happened to pools; the cities' rows are locked, so that ids of one city are in commit order."""
    if entries:
        await store.append(tx, entries)


async def transactions(
    reader: Reader, filters: LedgerFilters, *, before: int | None, limit: int
) -> tuple[list[LedgerRow], int | None]:
    """A page, newest first, and the id from which the next page goes on, when there is one."""
    found = await store.page(reader, filters, before=before, limit=limit + 1)
    shown = found[:limit]
    return shown, shown[-1].id if len(found) > limit else None
