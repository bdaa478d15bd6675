"""All SQL on revenue by day, and on what is still to be added to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from chassis.database import Reader, Row, Transaction
from checkout.revenue.domain import RevenueRow, Source, Span
from checkout.revenue.entry_store import COLUMNS, FIGURES, KEYS, added, entries, sums

_DUE: Final = entries(
    "JOIN due ON due.source = 'platform' AND due.entry_id = e.entry_id",
    "JOIN due ON due.source = 'external' AND due.entry_id = e.entry_id",
)

# One statement, so that an entry is taken out and added by one snapshot. A rebuild under way gets what is of its days.
_ADD: Final = f"""
WITH due AS (
    DELETE FROM revenue_pending WHERE (source, entry_id) IN (SELECT source, entry_id FROM revenue_pending LIMIT $1)
    RETURNING source, entry_id
), state AS (
    SELECT zone, rebuild_zone, rebuild_since, rebuild_next FROM revenue_state
), shown AS (
    INSERT INTO revenue_days ({COLUMNS})
    {sums(_DUE, "(SELECT zone FROM state)")}
    {added("revenue_days")}
), rebuilt AS (
    INSERT INTO revenue_rebuilt ({COLUMNS})
    SELECT {COLUMNS} FROM ({sums(_DUE, "(SELECT rebuild_zone FROM state)")}) AS sums, state
    WHERE day >= rebuild_since AND day < rebuild_next
    {added("revenue_rebuilt")}
)
SELECT count(*) FROM due
"""  # noqa: S608

_NOT_PENDING: Final = """
WHERE NOT EXISTS (
    SELECT FROM revenue_pending AS p WHERE p.source = '{source}' AND p.entry_id = e.entry_id
)
"""
# What is shown, and what the ledgers say without what is still to be added: by one snapshot, so that they are the same.
_DIFFERENCES: Final = f"""
WITH ledger AS (
    {
    sums(
        entries(_NOT_PENDING.format(source="platform"), _NOT_PENDING.format(source="external")),
        "(SELECT zone FROM revenue_state)",
    )
}
)
SELECT {KEYS}, {", ".join(f"coalesce(s.{name}, 0) AS {name}" for name in FIGURES)},
       {", ".join(f"coalesce(l.{name}, 0) AS ledger_{name}" for name in FIGURES)}
FROM (SELECT {COLUMNS} FROM revenue_days) AS s FULL JOIN ledger AS l USING ({KEYS})
WHERE ($1::date IS NULL OR day >= $1)
  AND ({" OR ".join(f"coalesce(s.{name}, 0) <> coalesce(l.{name}, 0)" for name in FIGURES)})
ORDER BY {KEYS} LIMIT $2
"""  # noqa: S608


async def lock(tx: Transaction) -> bool:
    """One change of the days at a time; False while somebody else is at it."""
    return bool(await tx.fetchval("SELECT true FROM revenue_state FOR UPDATE SKIP LOCKED"))


async def wait_for_lock(tx: Transaction) -> None:
    """The same, after whoever is at it."""
    await tx.execute("SELECT FROM revenue_state FOR UPDATE")


async def zone_of(reader: Reader) -> str | None:
    """The time zone by which days are told; None before the first look."""
    zone: str | None = await reader.fetchval("SELECT zone FROM revenue_state")
    return zone


async def set_zone(tx: Transaction, zone: str) -> None:
    """For the first look, while there is no day yet."""
    await tx.execute("UPDATE revenue_state SET zone = $1 WHERE zone IS NULL", zone)


async def add_pending(tx: Transaction, *, limit: int) -> int:
    """Adds some of the entries that no day has yet; how many. Whoever calls has the lock."""
    count: int = await tx.fetchval(_ADD, limit)
    return count


async def set_as_of(tx: Transaction, moment: datetime) -> None:
    """Nothing is left to be added as of then."""
    await tx.execute("UPDATE revenue_state SET as_of = $1", moment)


async def as_of(reader: Reader) -> datetime | None:
    """As of when all is added; None before the first look."""
    found: datetime | None = await reader.fetchval("SELECT as_of FROM revenue_state")
    return found


async def rows_of(reader: Reader, span: Span, *, provider: int | None = None) -> list[RevenueRow]:
    """The rows of some days, of all providers or of one."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM revenue_days"  # noqa: S608
        f" WHERE day BETWEEN $1 AND $2 AND ($3::bigint IS NULL OR provider_id = $3) ORDER BY {KEYS}",
        span.since,
        span.until,
        provider,
    )
    return [_row(each) for each in rows]


async def differences(reader: Reader, *, since: date | None, limit: int) -> Sequence[tuple[RevenueRow, RevenueRow]]:
    """Where days are not what the ledgers come to: what is shown, and what it should be."""
    rows = await reader.fetch(_DIFFERENCES, since, limit)
    return [(_row(each), _row(each, "ledger_")) for each in rows]


def _row(row: Row, figures: str = "") -> RevenueRow:
    return RevenueRow(
        day=row["day"],
        source=Source(row["source"]),
        provider_id=row["provider_id"],
        processor=row["processor"],
        currency=row["currency"],
        commission_ppm=row["commission_ppm"],
        payments=row[f"{figures}payments"],
        paid=row[f"{figures}paid"],
        refunded=row[f"{figures}refunded"],
        disputed=row[f"{figures}disputed"],
        fees=row[f"{figures}fees"],
        at_source=row[f"{figures}at_source"],
    )
