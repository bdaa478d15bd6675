"""Rows of the log of doors, which is only ever added to."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from chassis.database import Reader, Row, Transaction
from inventory.doors.domain import DoorFilters, Happening, LogEntry, LoggedEntry, TicketKey

_ENTRY = "order_id, seat, city_id, tier, what, cause, scan, door, scanned_at, offline, actor, reason, version"


async def entered_before(reader: Reader, keys: Collection[TicketKey]) -> dict[TicketKey, set[str]]:
    """The scans that have let somebody in on each of these tickets."""
    rows = await reader.fetch(
        """
        SELECT l.order_id, l.seat, l.scan
        FROM door_log AS l JOIN unnest($1::uuid[], $2::int[]) AS k (order_id, seat) USING (order_id, seat)
        WHERE l.what IN ('admitted', 'conflict')
        """,
        [order_id for order_id, _ in keys],
        [seat for _, seat in keys],
    )
    found: dict[TicketKey, set[str]] = {}
    for row in rows:
        found.setdefault((row["order_id"], row["seat"]), set()).add(row["scan"])
    return found


async def append(tx: Transaction, entries: Sequence[LogEntry]) -> None:
    """Adds rows to the log; a scan that is there stays as it is."""
    if not entries:
        return
    await tx.executemany(
        f"""
        INSERT INTO door_log (recorded_at, {_ENTRY})
        VALUES (app_now(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (order_id, seat, scan, what) DO NOTHING
        """,  # noqa: S608
        [
            (
                entry.order_id,
                entry.seat,
                entry.city_id,
                entry.tier,
                entry.what.value,
                entry.cause,
                entry.scan,
                entry.door,
                entry.scanned_at,
                entry.offline,
                entry.actor,
                entry.reason,
                entry.version,
            )
            for entry in entries
        ],
    )


async def history_of(reader: Reader, key: TicketKey) -> list[LoggedEntry]:
    """What happened to a ticket, oldest first."""
    rows = await reader.fetch(
        f"""
        SELECT id, recorded_at, NULL AS order_number, {_ENTRY} FROM door_log
        WHERE order_id = $1 AND seat = $2 ORDER BY id
        """,  # noqa: S608
        *key,
    )
    return [_logged(row) for row in rows]


async def log(reader: Reader, filters: DoorFilters, *, before: int | None, limit: int) -> list[LoggedEntry]:
    """The newest first; `before` is the id of the last row of the page above."""
    rows = await reader.fetch(
        f"""
        SELECT id, recorded_at, order_number, {", ".join(f"l.{name}" for name in _ENTRY.split(", "))}
        FROM door_log AS l LEFT JOIN tickets AS t USING (order_id, seat)
        WHERE ($1::text IS NULL OR l.city_id = $1) AND ($2::text IS NULL OR l.tier = $2)
          AND ($3::text IS NULL OR l.door = $3) AND ($4::text IS NULL OR l.what = $4)
          AND ($5::bigint IS NULL OR l.id < $5)
        ORDER BY l.id DESC LIMIT $6
        """,  # noqa: S608
        filters.city_id,
        filters.tier,
        filters.door,
        filters.what,
        before,
        limit,
    )
    return [_logged(row) for row in rows]


def _logged(row: Row) -> LoggedEntry:
    entry = LogEntry(**{name: row[name] for name in _ENTRY.split(", ") if name != "what"}, what=Happening(row["what"]))
    return LoggedEntry(id=row["id"], recorded_at=row["recorded_at"], order_number=row["order_number"], entry=entry)
