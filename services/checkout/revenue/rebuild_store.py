"""All SQL on summing days up anew. Whoever calls has the lock of `store`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from chassis.database import Reader, Transaction
from checkout.revenue.entry_store import COLUMNS, entries, sums

# What is still to be added is left out: it comes to these days, too, as soon as it is added.
_OF_DAYS: Final = """
WHERE NOT EXISTS (SELECT FROM revenue_pending AS p WHERE p.source = '{source}' AND p.entry_id = e.entry_id)
  AND e.at >= ($1::date::timestamp AT TIME ZONE $3)
  AND ($2::date IS NULL OR e.at < ($2::date::timestamp AT TIME ZONE $3))
"""
_SUM_UP: Final = f"""
INSERT INTO revenue_rebuilt ({COLUMNS})
{sums(entries(_OF_DAYS.format(source="platform"), _OF_DAYS.format(source="external")), "$3")}
"""
_FIRST_AND_LAST: Final = """
SELECT min(day) AS first, max(day) AS last FROM (
    SELECT (at AT TIME ZONE $1)::date AS day FROM (SELECT min(at) AS at FROM charge_entries) AS oldest
    UNION ALL SELECT (at AT TIME ZONE $1)::date FROM (SELECT max(at) AS at FROM charge_entries) AS newest
    UNION ALL SELECT (at AT TIME ZONE $1)::date FROM (SELECT min(at) AS at FROM transaction_entries) AS oldest
    UNION ALL SELECT (at AT TIME ZONE $1)::date FROM (SELECT max(at) AS at FROM transaction_entries) AS newest
    UNION ALL SELECT min(day) FROM revenue_days
    UNION ALL SELECT max(day) FROM revenue_days
) AS days
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuild:
    """A rebuild under way.

    zone: by which days are told
    since: from which day on
    next_day: the first one that is not there yet
    """

    zone: str
    since: date
    next_day: date


async def under_way(reader: Reader) -> Rebuild | None:
    row = await reader.fetchrow("SELECT rebuild_zone, rebuild_since, rebuild_next FROM revenue_state")
    if row is None or row["rebuild_zone"] is None:
        return None
    return Rebuild(zone=row["rebuild_zone"], since=row["rebuild_since"], next_day=row["rebuild_next"])


async def begin(tx: Transaction, rebuild: Rebuild) -> None:
    """Any other that is under way is forgotten."""
    await tx.execute("DELETE FROM revenue_rebuilt")
    await _note(tx, rebuild)


async def sum_up(tx: Transaction, rebuild: Rebuild, *, until: date | None) -> None:
    """Sums up the days before `until`, or all that are left."""
    await tx.execute(_SUM_UP, rebuild.next_day, until, rebuild.zone)
    if until is not None:
        await tx.execute("UPDATE revenue_state SET rebuild_next = $1", until)


async def put_in_place(tx: Transaction, rebuild: Rebuild) -> None:
    """What was summed up is shown from now on, in place of what was."""
    await tx.execute("DELETE FROM revenue_days WHERE day >= $1", rebuild.since)
    await tx.execute(f"INSERT INTO revenue_days ({COLUMNS}) SELECT {COLUMNS} FROM revenue_rebuilt")  # noqa: S608
    await tx.execute("DELETE FROM revenue_rebuilt")
    await tx.execute(
        "UPDATE revenue_state SET zone = $1, rebuild_zone = NULL, rebuild_since = NULL, rebuild_next = NULL",
        rebuild.zone,
    )


async def first_and_last(reader: Reader, zone: str) -> tuple[date | None, date | None]:
    """The days of the oldest and the newest entry, or row; None where there is none."""
    row = await reader.fetchrow(_FIRST_AND_LAST, zone)
    assert row is not None  # noqa: S101 an aggregate gives its row
    return row["first"], row["last"]


async def _note(tx: Transaction, rebuild: Rebuild) -> None:
    await tx.execute(
        "UPDATE revenue_state SET rebuild_zone = $1, rebuild_since = $2, rebuild_next = $3",
        rebuild.zone,
        rebuild.since,
        rebuild.next_day,
    )
