"""Writing and reading the ledger (I-6)."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.database import Reader, Transaction
from chassis.paging import page_of
from inventory.ledger import store
from inventory.ledger.domain import LedgerEntry, LedgerFilters, LedgerRow


async def record(tx: Transaction, entries: Sequence[LedgerEntry]) -> None:
    """Writes what happened to pools; the cities' rows are locked, so that ids of one city are in commit order."""
    if entries:
        await store.append(tx, entries)


async def transactions(
    reader: Reader, filters: LedgerFilters, *, before: int | None, limit: int
) -> tuple[list[LedgerRow], str | None]:
    """A page, newest first, and the cursor of the next page, when there is one."""
    return await page_of(
        lambda most: store.page(reader, filters, before=before, limit=most),
        limit=limit,
        cursor=lambda row: str(row.id),
    )
