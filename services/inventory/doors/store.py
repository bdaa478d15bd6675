"""Rows of admissions, of the log of doors, and what doors need of tickets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from inventory.doors.domain import (
    DISPUTED,
    OVERSOLD,
    RETURNED,
    VOID_CAUSES,
    Admission,
    DoorCity,
    DoorCounts,
    DoorFilters,
    DoorTicket,
    Inside,
    TicketKey,
)

_ADMISSION = "order_id, seat, inside, scan, door, scanned_at, version"
_TICKET = """
SELECT t.order_id, t.seat, t.order_number, t.city_id, t.tier, t.code, t.valid, t.place, t.void_reason, t.disputed,
       (SELECT count(*) FROM tickets AS all_seats WHERE all_seats.order_id = t.order_id) AS seats
FROM tickets AS t
"""
# What lets somebody in, as `_void` says it of one ticket.
_GOOD = "valid AND NOT disputed AND place <> 'oversold'"


async def tickets_of(reader: Reader, keys: Collection[TicketKey]) -> list[DoorTicket]:
    rows = await reader.fetch(
        f"{_TICKET} JOIN unnest($1::uuid[], $2::int[]) AS k (order_id, seat) USING (order_id, seat)",
        [order_id for order_id, _ in keys],
        [seat for _, seat in keys],
    )
    return [_ticket(row) for row in rows]


async def by_numbers(reader: Reader, typed: Collection[tuple[str, int]]) -> dict[tuple[str, int], TicketKey]:
    """The tickets of order numbers and seats."""
    rows = await reader.fetch(
        """
        SELECT t.order_number, t.seat, t.order_id
        FROM tickets AS t JOIN unnest($1::text[], $2::int[]) AS k (order_number, seat) USING (order_number, seat)
        """,
        [number for number, _ in typed],
        [seat for _, seat in typed],
    )
    return {(row["order_number"], row["seat"]): (row["order_id"], row["seat"]) for row in rows}


async def locked(tx: Transaction, tickets: Iterable[DoorTicket]) -> dict[TicketKey, Admission]:
    """Locks the admissions of these tickets, making those that are new; of two doors one waits for the other here.

    All lock in the order of tickets, so that none waits in a circle.
    """
    ordered = sorted({ticket.key: ticket for ticket in tickets}.values(), key=lambda ticket: ticket.key)
    rows = await tx.fetch(
        f"""
        INSERT INTO admissions AS a (order_id, seat, city_id, tier)
        SELECT order_id, seat, city_id, tier
        FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[]) AS t (order_id, seat, city_id, tier)
        ORDER BY order_id, seat
        ON CONFLICT (order_id, seat) DO UPDATE SET scan = a.scan
        RETURNING {_ADMISSION}
        """,  # noqa: S608
        [ticket.order_id for ticket in ordered],
        [ticket.seat for ticket in ordered],
        [ticket.city_id for ticket in ordered],
        [ticket.tier for ticket in ordered],
    )
    return {(row["order_id"], row["seat"]): Admission(**row) for row in rows}


async def save(tx: Transaction, changed: Sequence[tuple[DoorTicket, Admission]]) -> None:
    """Writes admissions that are locked; the pool is the ticket's of now."""
    await tx.execute(
        """
        UPDATE admissions AS a SET
            inside = n.inside, scan = n.scan, door = n.door, scanned_at = n.scanned_at, version = n.version,
            city_id = n.city_id, tier = n.tier
        FROM unnest($1::uuid[], $2::int[], $3::boolean[], $4::text[], $5::text[], $6::timestamptz[], $7::bigint[],
                    $8::text[], $9::text[])
            AS n (order_id, seat, inside, scan, door, scanned_at, version, city_id, tier)
        WHERE a.order_id = n.order_id AND a.seat = n.seat AND a.version < n.version
        """,
        *map(
            list,
            zip(
                *(
                    (
                        admission.order_id,
                        admission.seat,
                        admission.inside,
                        admission.scan,
                        admission.door,
                        admission.scanned_at,
                        admission.version,
                        ticket.city_id,
                        ticket.tier,
                    )
                    for ticket, admission in changed
                ),
                strict=True,
            ),
        ),
    )


async def restore(tx: Transaction, told: Sequence[tuple[str, str, Admission]]) -> None:
    """Takes admissions that are newer than what is here; each with its city and tier, for its ticket may be missing."""
    await tx.executemany(
        """
        INSERT INTO admissions AS a (order_id, seat, inside, scan, door, scanned_at, version, city_id, tier)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (order_id, seat) DO UPDATE SET
            inside = excluded.inside, scan = excluded.scan, door = excluded.door, scanned_at = excluded.scanned_at,
            version = excluded.version, city_id = excluded.city_id, tier = excluded.tier
        WHERE a.version < excluded.version
        """,
        [
            (
                admission.order_id,
                admission.seat,
                admission.inside,
                admission.scan,
                admission.door,
                admission.scanned_at,
                admission.version,
                city_id,
                tier,
            )
            for city_id, tier, admission in sorted(told, key=lambda each: (each[2].order_id, each[2].seat))
        ],
    )


async def admission_of(reader: Reader, key: TicketKey) -> Admission | None:
    row = await reader.fetchrow(f"SELECT {_ADMISSION} FROM admissions WHERE order_id = $1 AND seat = $2", *key)  # noqa: S608
    return Admission(**row) if row else None


async def inside(
    reader: Reader, filters: DoorFilters, *, before: tuple[datetime, str] | None, limit: int
) -> list[Inside]:
    """Who is in, the newest first; `before` is time and ticket of the last row of the page above."""
    moment, ticket = before or (None, None)
    order_id, _, seat = (ticket or "").partition("/")
    rows = await reader.fetch(
        """
        SELECT a.order_id, a.seat, t.order_number, a.city_id, a.tier, a.door, a.scanned_at
        FROM admissions AS a JOIN tickets AS t USING (order_id, seat)
        WHERE a.inside AND ($1::text IS NULL OR a.city_id = $1) AND ($2::text IS NULL OR a.tier = $2)
          AND ($3::text IS NULL OR a.door = $3)
          AND ($4::timestamptz IS NULL OR (a.scanned_at, a.order_id, a.seat) < ($4, $5::uuid, $6::int))
        ORDER BY a.scanned_at DESC, a.order_id DESC, a.seat DESC LIMIT $7
        """,
        filters.city_id,
        filters.tier,
        filters.door,
        moment,
        UUID(order_id) if order_id else None,
        int(seat) if seat else None,
        limit,
    )
    return [Inside(**row) for row in rows]


async def cities(reader: Reader) -> list[DoorCity]:
    """Those that have or had seats, by the time at which they begin."""
    rows = await reader.fetch(
        "SELECT city_id, name, time_zone, starts FROM cities WHERE NOT withdrawn ORDER BY starts NULLS LAST, city_id"
    )
    return [DoorCity(**{**row, "name": row["name"] or row["city_id"]}) for row in rows]


async def counts(reader: Reader, city_id: str) -> DoorCounts:
    tickets = await reader.fetch(
        f"SELECT tier AS name, count(*) AS number FROM tickets WHERE city_id = $1 AND {_GOOD} GROUP BY tier",  # noqa: S608
        city_id,
    )
    tiers = await reader.fetch(
        "SELECT tier AS name, count(*) AS number FROM admissions WHERE city_id = $1 AND inside GROUP BY tier", city_id
    )
    doors = await reader.fetch(
        "SELECT door AS name, count(*) AS number FROM admissions WHERE city_id = $1 AND inside GROUP BY door", city_id
    )
    conflicts = await reader.fetchval("SELECT count(*) FROM door_log WHERE city_id = $1 AND what = 'conflict'", city_id)
    return DoorCounts(tickets=_numbers(tickets), inside=_numbers(tiers), doors=_numbers(doors), conflicts=conflicts)


async def void_codes(reader: Reader, city_id: str) -> list[tuple[bytes, str]]:
    """Hashes of the codes that let nobody in at this city's doors although they are signed, each with its cause."""
    rows = await reader.fetch(
        f"""
        SELECT sha256(convert_to(code, 'UTF8')) AS hash, valid, place, void_reason, disputed
        FROM tickets WHERE city_id = $1 AND NOT ({_GOOD})
        UNION ALL
        SELECT code_hash, true, 'public', 'moved', false FROM replaced_codes WHERE city_id = $1
        ORDER BY 1
        """,  # noqa: S608
        city_id,
    )
    return [(row["hash"], _void(row) or row["void_reason"]) for row in rows]


async def used_codes(reader: Reader, city_id: str) -> list[tuple[bytes, str, datetime]]:
    """Hashes of the codes that somebody is in on, with door and time."""
    rows = await reader.fetch(
        """
        SELECT sha256(convert_to(t.code, 'UTF8')) AS hash, a.door, a.scanned_at
        FROM admissions AS a JOIN tickets AS t USING (order_id, seat)
        WHERE a.inside AND a.city_id = $1 ORDER BY 1
        """,
        city_id,
    )
    return [(row["hash"], row["door"], row["scanned_at"]) for row in rows]


def _void(row: Row) -> str | None:
    if not row["valid"]:
        reason = row["void_reason"] or RETURNED
        return VOID_CAUSES.get(reason, reason)
    if row["disputed"]:
        return DISPUTED
    return OVERSOLD if row["place"] == OVERSOLD else None


def _ticket(row: Row) -> DoorTicket:
    return DoorTicket(
        order_id=row["order_id"],
        seat=row["seat"],
        order_number=row["order_number"],
        seats=row["seats"],
        city_id=row["city_id"],
        tier=row["tier"],
        code=row["code"],
        void=_void(row),
    )


def _numbers(rows: Iterable[Row]) -> dict[str, int]:
    return {row["name"]: row["number"] for row in rows}
