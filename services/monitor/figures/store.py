"""SQL of the figures: a batch is added by one statement, whatever it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from chassis.database import Reader, Transaction
from monitor.figures.domain import Cell, Figure, PoolState, SaleKind, Sums, Tally

_POOLS = f"SELECT {', '.join(field.name for field in fields(PoolState))} FROM pools"  # noqa: S608


async def add(tx: Transaction, tally: Tally) -> None:
    """Adds to minutes, hours and totals. Rows are taken in one order, so that two batches can't deadlock."""
    rows = sorted(
        (minute, cell.figure.value, cell.kind.value, cell.city, cell.tier, cell.label, sums.count, sums.total)
        for minute, cell, sums in tally
    )
    if not rows:
        return
    await tx.execute(
        """
        WITH counted AS (
            SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                                 $7::bigint[], $8::bigint[])
                AS counted (minute, figure, kind, city, tier, label, count, total)
        ), minutes AS (
            INSERT INTO minute_figures AS kept (minute, figure, kind, city, tier, label, count, total)
            SELECT minute, figure, kind, city, tier, label, count, total FROM counted
            ON CONFLICT (figure, minute, kind, city, tier, label)
                DO UPDATE SET count = kept.count + excluded.count, total = kept.total + excluded.total
        ), hours AS (
            INSERT INTO hour_figures AS kept (hour, figure, kind, city, tier, label, count, total)
            SELECT date_trunc('hour', minute, 'UTC') AS hour, figure, kind, city, tier, label, sum(count), sum(total)
            FROM counted GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
            ON CONFLICT (figure, hour, kind, city, tier, label)
                DO UPDATE SET count = kept.count + excluded.count, total = kept.total + excluded.total
        )
        INSERT INTO total_figures AS kept (figure, kind, city, tier, label, count, total)
        SELECT figure, kind, city, tier, label, sum(count), sum(total) FROM counted
        GROUP BY figure, kind, city, tier, label ORDER BY figure, kind, city, tier, label
        ON CONFLICT (figure, kind, city, tier, label)
            DO UPDATE SET count = kept.count + excluded.count, total = kept.total + excluded.total
        """,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def keep_newest(tx: Transaction, pools: Sequence[PoolState]) -> None:
    """Takes each pool's state unless a newer one is here already, of all time and of its hour (E-6)."""
    rows = sorted(
        (
            pool.city,
            pool.tier,
            pool.stock_version,
            pool.public_limit,
            pool.actual_limit,
            pool.held,
            pool.sold,
            pool.oversold,
            pool.available,
            pool.changed_at,
        )
        for pool in pools
    )
    if not rows:
        return
    await tx.execute(
        """
        WITH told AS (
            SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::int[], $5::int[], $6::int[], $7::int[],
                                 $8::int[], $9::int[], $10::timestamptz[])
                AS told (city, tier, stock_version, public_limit, actual_limit, held, sold, oversold, available,
                         changed_at)
        ), hours AS (
            INSERT INTO pool_hours AS kept (city, tier, hour, stock_version, available)
            SELECT DISTINCT ON (city, tier, hour) city, tier, hour, stock_version, available
            FROM (SELECT city, tier, date_trunc('hour', changed_at, 'UTC') AS hour, stock_version, available FROM told)
            ORDER BY city, tier, hour, stock_version DESC
            ON CONFLICT (city, tier, hour)
                DO UPDATE SET stock_version = excluded.stock_version, available = excluded.available
                WHERE kept.stock_version < excluded.stock_version
        )
        INSERT INTO pools AS kept (city, tier, stock_version, public_limit, actual_limit, held, sold, oversold,
                                   available, changed_at)
        SELECT DISTINCT ON (city, tier) city, tier, stock_version, public_limit, actual_limit, held, sold, oversold,
                                        available, changed_at
        FROM told ORDER BY city, tier, stock_version DESC
        ON CONFLICT (city, tier) DO UPDATE SET
            stock_version = excluded.stock_version, public_limit = excluded.public_limit,
            actual_limit = excluded.actual_limit, held = excluded.held, sold = excluded.sold,
            oversold = excluded.oversold, available = excluded.available, changed_at = excluded.changed_at
        WHERE kept.stock_version < excluded.stock_version
        """,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def totals(reader: Reader, figures: Sequence[Figure]) -> list[tuple[Cell, Sums]]:
    """What figures have come to since the beginning, by cell."""
    rows = await reader.fetch(
        "SELECT figure, kind, city, tier, label, count, total FROM total_figures WHERE figure = ANY($1)", list(figures)
    )
    return [
        (
            Cell(
                figure=Figure(row["figure"]),
                kind=SaleKind(row["kind"]),
                city=row["city"],
                tier=row["tier"],
                label=row["label"],
            ),
            Sums(row["count"], row["total"]),
        )
        for row in rows
    ]


async def counts_since(
    reader: Reader, figures: Sequence[Figure], *, since: datetime, kinds: Sequence[SaleKind] = (SaleKind.BUSINESS,)
) -> dict[Figure, Sums]:
    """What figures came to since then; one of which nothing happened is zero."""
    rows = await reader.fetch(
        """
        SELECT figure, sum(count)::bigint AS count, sum(total)::bigint AS total FROM minute_figures
        WHERE figure = ANY($1) AND minute >= $2 AND kind = ANY($3) GROUP BY figure
        """,
        list(figures),
        since,
        [kind.value for kind in kinds],
    )
    found = {Figure(row["figure"]): Sums(row["count"], row["total"]) for row in rows}
    return {figure: found.get(figure, Sums()) for figure in figures}


async def pools(reader: Reader) -> list[PoolState]:
    """Every tier of every city."""
    return [PoolState(**row) for row in await reader.fetch(f"{_POOLS} ORDER BY city, tier")]


async def pool(reader: Reader, *, city: str, tier: str) -> PoolState | None:
    """One of them; None before the first event that tells of it."""
    row = await reader.fetchrow(f"{_POOLS} WHERE city = $1 AND tier = $2", city, tier)
    return PoolState(**row) if row else None


async def by_minute(
    reader: Reader, figures: Sequence[Figure], *, since: datetime
) -> list[tuple[datetime, Figure, str, int]]:
    """Counts since then by minute, figure and label, whatever kind of sale, in the order of time."""
    rows = await reader.fetch(
        """
        SELECT minute, figure, label, sum(count)::bigint AS count FROM minute_figures
        WHERE figure = ANY($1) AND minute >= $2 GROUP BY minute, figure, label ORDER BY minute, figure, label
        """,
        list(figures),
        since,
    )
    return [(row["minute"], Figure(row["figure"]), row["label"], row["count"]) for row in rows]


async def last_minute(reader: Reader, figure: Figure) -> datetime | None:
    """The newest minute in which a figure was counted; None before the first."""
    found: datetime | None = await reader.fetchval(
        "SELECT max(minute) FROM minute_figures WHERE figure = $1", figure.value
    )
    return found


async def by_hour(
    reader: Reader, figure: Figure, *, since: datetime, kind: SaleKind = SaleKind.BUSINESS
) -> list[tuple[datetime, str, str, Sums]]:
    """What a figure came to in each hour that begins then or later, by city and tier."""
    rows = await reader.fetch(
        """
        SELECT hour, city, tier, sum(count)::bigint AS count, sum(total)::bigint AS total FROM hour_figures
        WHERE figure = $1 AND hour >= $2 AND kind = $3 GROUP BY hour, city, tier ORDER BY hour, city, tier
        """,
        figure.value,
        since,
        kind.value,
    )
    return [(row["hour"], row["city"], row["tier"], Sums(row["count"], row["total"])) for row in rows]


async def by_city(
    reader: Reader, figure: Figure, *, since: datetime, kind: SaleKind = SaleKind.BUSINESS
) -> dict[str, int]:
    """How often something was counted in each city since then."""
    rows = await reader.fetch(
        """
        SELECT city, sum(count)::bigint AS count FROM minute_figures
        WHERE figure = $1 AND minute >= $2 AND kind = $3 GROUP BY city
        """,
        figure.value,
        since,
        kind.value,
    )
    return {row["city"]: row["count"] for row in rows}


async def sums_by_label(
    reader: Reader, figure: Figure, cities: Sequence[str], *, since: datetime, kind: SaleKind = SaleKind.BUSINESS
) -> dict[str, Sums]:
    """What a figure came to in these cities since then: full hours, and minutes up to the first of them."""
    rows = await reader.fetch(
        """
        WITH first AS (SELECT date_trunc('hour', $3::timestamptz, 'UTC') + interval '1 h' AS hour)
        SELECT label, sum(count)::bigint AS count, sum(total)::bigint AS total FROM (
            SELECT city, label, count, total FROM hour_figures, first
            WHERE figure = $1 AND hour_figures.hour >= first.hour AND kind = $4
            UNION ALL
            SELECT city, label, count, total FROM minute_figures, first
            WHERE figure = $1 AND minute >= $3 AND minute < first.hour AND kind = $4
        ) AS counted WHERE city = ANY($2) GROUP BY label
        """,
        figure.value,
        list(cities),
        since,
        kind.value,
    )
    return {row["label"]: Sums(row["count"], row["total"]) for row in rows}


async def history_by_city(
    reader: Reader, figure: Figure, *, since: datetime, until: datetime, kind: SaleKind = SaleKind.BUSINESS
) -> dict[str, tuple[datetime, int]]:
    """Each city's first hour in which something was counted between the two, and how often it was in all of them."""
    rows = await reader.fetch(
        """
        SELECT city, min(hour) AS first, sum(count)::bigint AS count FROM hour_figures
        WHERE figure = $1 AND hour >= $2 AND hour < $3 AND kind = $4 GROUP BY city
        """,
        figure.value,
        since,
        until,
        kind.value,
    )
    return {row["city"]: (row["first"], row["count"]) for row in rows}


async def available_at(reader: Reader, cities: Sequence[str], moments: Sequence[datetime]) -> dict[datetime, int]:
    """The public seats left of all these cities at the end of each hour that ends at one of the moments."""
    rows = await reader.fetch(
        """
        SELECT moment, sum(stood.available)::bigint AS available
        FROM unnest($2::timestamptz[]) AS moment
        CROSS JOIN (SELECT city, tier FROM pools WHERE city = ANY($1)) AS pool
        CROSS JOIN LATERAL (
            SELECT available FROM pool_hours AS each
            WHERE each.city = pool.city AND each.tier = pool.tier AND each.hour < moment
            ORDER BY each.hour DESC LIMIT 1
        ) AS stood
        GROUP BY moment
        """,
        list(cities),
        list(moments),
    )
    return {row["moment"]: row["available"] for row in rows}
