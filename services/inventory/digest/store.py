"""Seats, pools and their ledger as the tables have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.database import Reader, Row
from eventbus.operation.digest import Span
from invariants import Counts, Evidence, LedgerEntry, Pool, PoolSum, Seat
from invariants.digest import Fingerprints

# A page of stock: so many cities, and of each pool so many of its newest changes.
CITIES: Final = 20
CHANGES: Final = 100
_COUNTS: Final = ("public_limit", "actual_limit", "held", "sold", "spare_sold", "oversold")


class SeatWitness:
    """Orders by the tickets that they have."""

    def __init__(self, fingerprints: Fingerprints) -> None:
        self._fingerprints = fingerprints

    async def standing(self, reader: Reader, span: Span) -> Evidence:  # noqa: ARG002 the stock has pages of its own
        return Evidence()

    async def touched(
        self, reader: Reader, span: Span, *, after: tuple[datetime, UUID] | None, most: int
    ) -> Sequence[tuple[datetime, UUID]]:
        """By their first seat."""
        rows = await reader.fetch(
            """
            SELECT issued_at, order_id FROM tickets
            WHERE seat = 1 AND issued_at >= $1 AND issued_at < $2
              AND ($3::timestamptz IS NULL OR (issued_at, order_id) > ($3, $4::uuid))
            ORDER BY issued_at, order_id LIMIT $5
            """,
            span.since,
            span.until,
            *(after or (None, None)),
            most,
        )
        return [(row["issued_at"], row["order_id"]) for row in rows]

    async def of_orders(self, reader: Reader, order_ids: Sequence[UUID]) -> Evidence:
        rows = await reader.fetch(
            "SELECT order_id, city_id, tier, code, place FROM tickets WHERE order_id = ANY($1::uuid[])",
            list(order_ids),
        )
        seats = (
            Seat(
                order_id=str(row["order_id"]),
                city_id=row["city_id"],
                tier=row["tier"],
                code=self._fingerprints.exactly(row["code"]),
                place=row["place"],
            )
            for row in rows
        )
        return Evidence(seats=tuple(seats))


async def stock(reader: Reader, *, since: datetime, after: str) -> tuple[Evidence, str | None]:
    """The pools of the next cities behind `after`, what their rows add up to, and the newest changes of each.

    Of the changes those since then, and always the last one: it must end where the pool is.
    """
    cities = [
        row["city_id"]
        for row in await reader.fetch(
            "SELECT city_id FROM cities WHERE city_id > $1 ORDER BY city_id LIMIT $2", after, CITIES
        )
    ]
    return await stock_of(reader, cities, since=since), cities[-1] if len(cities) == CITIES else None


async def stock_of(reader: Reader, cities: Sequence[str], *, since: datetime) -> Evidence:
    """The same of these cities."""
    return Evidence(
        pools=await _pools(reader, cities),
        sums=await _sums(reader, cities),
        ledger=await _ledger(reader, cities, since=since),
        ledger_begins=False,
    )


async def _pools(reader: Reader, cities: Sequence[str]) -> tuple[Pool, ...]:
    columns = ", ".join(["city_id", "tier", *_COUNTS])
    rows = await reader.fetch(f"SELECT {columns} FROM pools WHERE city_id = ANY($1) ORDER BY city_id, tier", cities)  # noqa: S608
    return tuple(Pool(counts=Counts(**{name: row[name] for name in _COUNTS}), **_where(row)) for row in rows)


async def _sums(reader: Reader, cities: Sequence[str]) -> tuple[PoolSum, ...]:
    """Index-only over the seats of these cities."""
    rows = await reader.fetch(
        """
        WITH placed AS (
            SELECT city_id, tier, place, count(*) AS seats FROM tickets WHERE city_id = ANY($1) GROUP BY 1, 2, 3
            UNION ALL
            SELECT city_id, tier, 'held', sum(quantity) FROM holds
            WHERE state = 'held' AND city_id = ANY($1) GROUP BY 1, 2
        )
        SELECT city_id, tier, jsonb_object_agg(place, seats) AS seats FROM placed GROUP BY city_id, tier
        """,
        cities,
    )
    return tuple(
        PoolSum(
            city_id=row["city_id"],
            tier=row["tier"],
            held=row["seats"].get("held", 0),
            public=row["seats"].get("public", 0),
            spare=row["seats"].get("spare", 0),
            oversold=row["seats"].get("oversold", 0),
        )
        for row in rows
    )


async def _ledger(reader: Reader, cities: Sequence[str], *, since: datetime) -> tuple[LedgerEntry, ...]:
    rows = await reader.fetch(
        """
        SELECT pools.city_id, pools.tier, newest.* FROM pools CROSS JOIN LATERAL (
            SELECT id, operation, order_id, event_id, before, after, recorded_at,
                   row_number() OVER (ORDER BY id DESC) AS place
            FROM ledger WHERE ledger.city_id = pools.city_id AND ledger.tier = pools.tier
            ORDER BY id DESC LIMIT $3
        ) AS newest
        WHERE pools.city_id = ANY($1) AND (newest.recorded_at >= $2 OR newest.place = 1) ORDER BY newest.id
        """,
        cities,
        since,
        CHANGES,
    )
    return tuple(
        LedgerEntry(
            operation=row["operation"],
            order_id=_text(row["order_id"]),
            event_id=_text(row["event_id"]),
            before=_counts(row["before"]),
            after=_counts(row["after"]),
            **_where(row),
        )
        for row in rows
    )


def _where(row: Row) -> dict[str, str]:
    return {"city_id": row["city_id"], "tier": row["tier"]}


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _counts(entry: Mapping[str, int]) -> Counts:
    return Counts(
        public_limit=entry["publicLimit"],
        actual_limit=entry["actualLimit"],
        held=entry["held"],
        sold=entry["sold"],
        spare_sold=entry["spareSold"],
        oversold=entry["oversold"],
    )
