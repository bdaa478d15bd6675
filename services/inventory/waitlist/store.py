"""Rows of the waiting list; whoever changes one holds its city's lock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from chassis.emails import email_key
from inventory.waitlist.domain import Entry, EntryState, Person

_COLUMNS: Final = (
    "entry_id, place, city_id, tier, quantity, email, first_name, token, state, joined_at, offer_id, offered_until,"
    " language"
)
# Of so many who wait the next ones are chosen at once; more seats than that don't come back together.
MOST_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitlistFilters:
    """Filters of the list; None means any.

    city_id, tier: the pool
    state: where an entry stands
    email: whose it is
    """

    city_id: str | None = None
    tier: str | None = None
    state: EntryState | None = None
    email: str | None = None


async def insert(tx: Transaction, entry: Entry, *, email_key: str) -> Entry | None:
    """The entry with its place; None when the address is in line for this pool already."""
    place = await tx.fetchval(
        """
        INSERT INTO waitlist (entry_id, city_id, tier, quantity, email, email_key, first_name, token, state, joined_at,
                              changed_at, language)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)
        ON CONFLICT (city_id, tier, email_key) WHERE state IN ('waiting', 'offered') DO NOTHING
        RETURNING place
        """,
        entry.entry_id,
        entry.city_id,
        entry.tier,
        entry.quantity,
        entry.person.email,
        email_key,
        entry.person.first_name,
        entry.token,
        entry.state.value,
        entry.joined_at,
        entry.person.language,
    )
    if place is None:
        return None
    await _count(tx, entry.city_id, 1)
    return await get(tx, entry.entry_id)


async def update(tx: Transaction, entries: Sequence[Entry], *, at: datetime) -> None:
    """Writes states and offers; who is no longer in line is no longer counted."""
    if not entries:
        return
    await tx.execute(
        """
        UPDATE waitlist AS w SET
            state = n.state, offer_id = n.offer_id, offered_until = n.offered_until, changed_at = $5
        FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[])
            AS n (entry_id, state, offer_id, offered_until)
        WHERE w.entry_id = n.entry_id
        """,
        [entry.entry_id for entry in entries],
        [entry.state.value for entry in entries],
        [entry.offer_id for entry in entries],
        [entry.offered_until for entry in entries],
        at,
    )
    gone = [entry for entry in entries if not entry.state.in_line]
    if gone:
        await _count(tx, gone[0].city_id, -len(gone))


async def get(reader: Reader, entry_id: UUID) -> Entry | None:
    row = await reader.fetchrow(f"SELECT {_COLUMNS} FROM waitlist WHERE entry_id = $1", entry_id)  # noqa: S608
    return _entry(row) if row else None


async def of_address(reader: Reader, city_id: str, tier: str, email_key: str) -> Entry:
    """The place that an address has in line for a pool; it must have one."""
    (row,) = await reader.fetch(
        f"""
        SELECT {_COLUMNS} FROM waitlist
        WHERE city_id = $1 AND tier = $2 AND email_key = $3 AND state IN ('waiting', 'offered')
        """,  # noqa: S608
        city_id,
        tier,
        email_key,
    )
    return _entry(row)


async def offers(reader: Reader, city_id: str) -> list[Entry]:
    """Entries of a city that have an offer, the newest offer first."""
    rows = await reader.fetch(
        f"""
        SELECT {_COLUMNS} FROM waitlist WHERE city_id = $1 AND state = 'offered'
        ORDER BY offered_until DESC, place DESC
        """,  # noqa: S608
        city_id,
    )
    return [_entry(row) for row in rows]


async def of_offers(reader: Reader, offer_ids: Collection[UUID | None]) -> list[Entry]:
    """Entries that have these offers."""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM waitlist WHERE offer_id = ANY($1::uuid[]) AND state = 'offered' ORDER BY place",  # noqa: S608
        list(offer_ids),
    )
    return [_entry(row) for row in rows]


async def waiting(reader: Reader, city_id: str, tier: str, *, at_most: int) -> list[Entry]:
    """The first in line for a pool who want so many seats or fewer."""
    rows = await reader.fetch(
        f"""
        SELECT {_COLUMNS} FROM waitlist
        WHERE city_id = $1 AND tier = $2 AND state = 'waiting' AND quantity <= $3
        ORDER BY place LIMIT {MOST_AT_ONCE}
        """,  # noqa: S608
        city_id,
        tier,
        at_most,
    )
    return [_entry(row) for row in rows]


async def ahead(reader: Reader, entry_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many wait for the same pool as each entry, and came before."""
    rows = await reader.fetch(
        """
        SELECT entry_id, (
            SELECT count(*) FROM waitlist AS w
            WHERE w.city_id = e.city_id AND w.tier = e.tier AND w.state = 'waiting' AND w.place < e.place
        ) AS ahead
        FROM waitlist AS e WHERE entry_id = ANY($1::uuid[])
        """,
        list(entry_ids),
    )
    return {row["entry_id"]: row["ahead"] for row in rows}


async def in_line(reader: Reader) -> dict[tuple[str, str], int]:
    """How many wait or have an offer, by city and tier."""
    rows = await reader.fetch(
        """
        SELECT city_id, tier, count(*) AS people FROM waitlist WHERE state IN ('waiting', 'offered')
        GROUP BY city_id, tier
        """
    )
    return {(row["city_id"], row["tier"]): row["people"] for row in rows}


async def page(reader: Reader, filters: WaitlistFilters, *, after: int | None, limit: int) -> list[Entry]:
    """By place; `after` is the place of the last row of the page before."""
    rows = await reader.fetch(
        f"""
        SELECT {_COLUMNS} FROM waitlist
        WHERE ($1::text IS NULL OR city_id = $1) AND ($2::text IS NULL OR tier = $2)
          AND ($3::text IS NULL OR state = $3) AND ($4::bigint IS NULL OR place > $4)
          AND ($5::text IS NULL OR email_key = $5)
        ORDER BY place LIMIT $6
        """,  # noqa: S608
        filters.city_id,
        filters.tier,
        filters.state,
        after,
        email_key(filters.email) if filters.email else None,
        limit,
    )
    return [_entry(row) for row in rows]


async def _count(tx: Transaction, city_id: str, more: int) -> None:
    await tx.execute("UPDATE cities SET in_line = in_line + $2 WHERE city_id = $1", city_id, more)


def _entry(row: Row) -> Entry:
    return Entry(
        entry_id=row["entry_id"],
        place=row["place"],
        city_id=row["city_id"],
        tier=row["tier"],
        quantity=row["quantity"],
        person=Person(email=row["email"], first_name=row["first_name"], language=row["language"]),
        token=row["token"],
        state=EntryState(row["state"]),
        joined_at=row["joined_at"],
        offer_id=row["offer_id"],
        offered_until=row["offered_until"],
    )
