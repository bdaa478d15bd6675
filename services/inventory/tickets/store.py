"""Rows of tickets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from inventory.tickets.domain import Place, SoldSeat, Ticket

_COLUMNS = "order_id, seat, city_id, tier, code, valid, place, void_reason, order_number, disputed"


async def insert(tx: Transaction, tickets: Sequence[Ticket], *, at: datetime) -> None:
    await tx.execute(
        f"""
        INSERT INTO tickets ({_COLUMNS}, issued_at, voided_at)
        SELECT {_COLUMNS}, $11::timestamptz, CASE WHEN valid THEN NULL ELSE $11::timestamptz END FROM unnest(
            $1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::text[], $8::text[],
            $9::text[], $10::boolean[]
        ) AS ticket ({_COLUMNS})
        """,  # noqa: S608
        *map(list, zip(*(_values(ticket) for ticket in tickets), strict=True)),
        at,
    )


async def update(tx: Transaction, tickets: Sequence[Ticket], *, at: datetime) -> None:
    """Writes what may change of tickets; the first time at which one became void stays."""
    await tx.execute(
        """
        UPDATE tickets AS t SET
            valid = n.valid, place = n.place, void_reason = n.void_reason, disputed = n.disputed,
            city_id = n.city_id, tier = n.tier, code = n.code,
            voided_at = CASE WHEN n.valid THEN NULL ELSE coalesce(t.voided_at, $7::timestamptz) END
        FROM unnest($1::uuid[], $2::int[], $3::boolean[], $4::text[], $5::text[], $6::boolean[], $8::text[],
                    $9::text[], $10::text[])
            AS n (order_id, seat, valid, place, void_reason, disputed, city_id, tier, code)
        WHERE t.order_id = n.order_id AND t.seat = n.seat
        """,
        [ticket.order_id for ticket in tickets],
        [ticket.seat for ticket in tickets],
        [ticket.valid for ticket in tickets],
        [ticket.place.value for ticket in tickets],
        [ticket.void_reason for ticket in tickets],
        [ticket.disputed for ticket in tickets],
        at,
        [ticket.city_id for ticket in tickets],
        [ticket.tier for ticket in tickets],
        [ticket.code for ticket in tickets],
    )


async def keep_superseded(tx: Transaction, tickets: Sequence[Ticket], *, at: datetime) -> None:
    """Keeps codes that were never a ticket's, as a trigger keeps those that were."""
    await tx.execute(
        """
        INSERT INTO replaced_codes (code_hash, order_id, seat, city_id, replaced_at)
        SELECT sha256(convert_to(code, 'UTF8')), order_id, seat, city_id, $5
        FROM unnest($1::text[], $2::uuid[], $3::int[], $4::text[]) AS n (code, order_id, seat, city_id)
        ON CONFLICT (code_hash) DO NOTHING
        """,
        [ticket.code for ticket in tickets],
        [ticket.order_id for ticket in tickets],
        [ticket.seat for ticket in tickets],
        [ticket.city_id for ticket in tickets],
        at,
    )


async def of_orders(reader: Reader, order_ids: Collection[UUID]) -> list[Ticket]:
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM tickets WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, seat",  # noqa: S608
        list(order_ids),
    )
    return [_ticket(row) for row in rows]


async def oversold_in(reader: Reader, city_id: str, tier: str) -> list[Ticket]:
    """Those of a pool, the oldest first."""
    rows = await reader.fetch(
        f"""
        SELECT {_COLUMNS} FROM tickets WHERE city_id = $1 AND tier = $2 AND place = 'oversold'
        ORDER BY issued_at, order_id, seat
        """,  # noqa: S608
        city_id,
        tier,
    )
    return [_ticket(row) for row in rows]


async def page(
    reader: Reader,
    *,
    city_id: str | None,
    tier: str | None,
    place: Place | None,
    after: tuple[UUID, int] | None,
    limit: int,
) -> list[SoldSeat]:
    """By order and seat, behind `after`."""
    rows = await reader.fetch(
        f"""
        SELECT {_COLUMNS}, issued_at, voided_at FROM tickets
        WHERE ($1::text IS NULL OR city_id = $1) AND ($2::text IS NULL OR tier = $2)
          AND ($3::text IS NULL OR place = $3) AND ($4::uuid IS NULL OR (order_id, seat) > ($4, $5::int))
        ORDER BY order_id, seat LIMIT $6
        """,  # noqa: S608
        city_id,
        tier,
        None if place is None else place.value,
        *(after or (None, None)),
        limit,
    )
    return [SoldSeat(ticket=_ticket(row), issued_at=row["issued_at"], voided_at=row["voided_at"]) for row in rows]


def _values(ticket: Ticket) -> tuple[object, ...]:
    return (
        ticket.order_id,
        ticket.seat,
        ticket.city_id,
        ticket.tier,
        ticket.code,
        ticket.valid,
        ticket.place.value,
        ticket.void_reason,
        ticket.order_number,
        ticket.disputed,
    )


def _ticket(row: Row) -> Ticket:
    return Ticket(
        order_id=row["order_id"],
        seat=row["seat"],
        city_id=row["city_id"],
        tier=row["tier"],
        code=row["code"],
        valid=row["valid"],
        place=Place(row["place"]),
        void_reason=row["void_reason"],
        order_number=row["order_number"],
        disputed=row["disputed"],
    )
