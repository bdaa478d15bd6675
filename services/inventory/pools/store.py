"""Cities with their pools, and what orders hold of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from inventory.pools.book import Book
from inventory.pools.domain import City, Hold, HoldState, Pool, Shown

_POOL = (
    "p.tier, p.public_limit, p.actual_limit, p.held, p.pending, p.delayable, p.sold, p.spare_sold, p.oversold,"
    " p.thresholds"
)
_CITY = (
    "c.city_id, c.stock_version, c.catalogue_version, c.listed, c.withdrawn, c.withdrawn_tiers, c.on_sale_from,"
    " c.on_sale_until, c.name, c.time_zone, c.starts, c.in_line"
)
_HOLD = "order_id, part, city_id, tier, quantity, state, hard_until, delayable, order_version"


async def locked_city(tx: Transaction, city_id: str) -> tuple[City, datetime] | None:
    """Locks the city's row, then its pools by tier, and gives them as they are now, with the time.

    Whoever waited for the lock sees what the one before committed: every row that is read here is locked here, and
    locked rows are read in their newest version. About 0.3 ms.
    """
    rows = await tx.fetch(
        f"""
        SELECT {_CITY}, {_POOL}, app_now() AS now
        FROM cities AS c JOIN pools AS p USING (city_id)
        WHERE c.city_id = $1 ORDER BY p.tier FOR UPDATE
        """,  # noqa: S608
        city_id,
    )
    return (_city(rows), rows[0]["now"]) if rows else None


async def cities(reader: Reader) -> list[City]:
    """Every city in one snapshot, for the memory copy."""
    rows = await reader.fetch(
        f"SELECT {_CITY}, {_POOL} FROM cities AS c JOIN pools AS p USING (city_id) ORDER BY c.city_id, p.tier"  # noqa: S608
    )
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["city_id"], []).append(row)
    return [_city(group) for group in grouped.values()]


async def city_ids(reader: Reader) -> list[str]:
    """In the order in which they are locked."""
    return [row["city_id"] for row in await reader.fetch("SELECT city_id FROM cities ORDER BY city_id")]


async def lock_shown(tx: Transaction, city_id: str, shown: Shown) -> bool:
    """Locks the city's row with what the catalogue says of it, making it when new; False when that is old news."""
    version = await tx.fetchval(
        """
        INSERT INTO cities AS c
            (city_id, catalogue_version, listed, withdrawn, on_sale_from, on_sale_until, withdrawn_tiers, name,
             time_zone, starts)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (city_id) DO UPDATE SET
            catalogue_version = excluded.catalogue_version, listed = excluded.listed,
            withdrawn = excluded.withdrawn, on_sale_from = excluded.on_sale_from,
            on_sale_until = excluded.on_sale_until, withdrawn_tiers = excluded.withdrawn_tiers,
            name = excluded.name, time_zone = excluded.time_zone, starts = excluded.starts
        WHERE c.catalogue_version < excluded.catalogue_version
        RETURNING stock_version
        """,
        city_id,
        shown.catalogue_version,
        shown.listed,
        shown.withdrawn,
        shown.on_sale_from,
        shown.on_sale_until,
        sorted(shown.withdrawn_tiers),
        shown.name,
        shown.time_zone,
        shown.starts,
    )
    return version is not None


async def open_pools(tx: Transaction, city_id: str, pools: Iterable[Pool]) -> set[str]:
    """Opens the pools that don't exist yet; of the others it renews what the catalogue says of them: their thresholds,
    and the limits to which a reset leads. Returns the tiers that are new.
    """
    opened = set()
    for pool in sorted(pools, key=lambda pool: pool.tier):
        new = await tx.fetchval(
            """
            INSERT INTO pools
                (city_id, tier, public_limit, actual_limit, starting_public_limit, starting_actual_limit, thresholds)
            VALUES ($1, $2, $3, $4, $3, $4, $5)
            ON CONFLICT (city_id, tier) DO UPDATE SET thresholds = excluded.thresholds,
                starting_public_limit = excluded.starting_public_limit,
                starting_actual_limit = excluded.starting_actual_limit
            RETURNING xmax = 0
            """,
            city_id,
            pool.tier,
            pool.public_limit,
            pool.actual_limit,
            None if pool.thresholds is None else list(pool.thresholds),
        )
        if new:
            opened.add(pool.tier)
    return opened


async def set_version(tx: Transaction, city: City) -> None:
    await tx.execute("UPDATE cities SET stock_version = $2 WHERE city_id = $1", city.city_id, city.version)


async def holds_of(reader: Reader, order_ids: Collection[UUID]) -> list[Hold]:
    """Read after the city is locked, these can't change under us."""
    rows = await reader.fetch(f"SELECT {_HOLD} FROM holds WHERE order_id = ANY($1::uuid[])", list(order_ids))  # noqa: S608
    return [_hold(row) for row in rows]


async def cities_of_order(reader: Reader, order_id: UUID) -> list[str]:
    """Where an order has or had seats, in the order in which cities are locked."""
    rows = await reader.fetch(
        "SELECT DISTINCT city_id FROM holds WHERE order_id = $1 AND city_id IS NOT NULL ORDER BY city_id", order_id
    )
    return [row["city_id"] for row in rows]


async def bury(tx: Transaction, order_id: UUID) -> bool:
    """Leaves a tombstone for an order that is not known here; False when it is known meanwhile."""
    buried = await tx.fetchval(
        """
        INSERT INTO holds (order_id, part, quantity, state, created_at, changed_at)
        VALUES ($1, 1, 0, 'tombstone', app_now(), app_now())
        ON CONFLICT (order_id, part) DO NOTHING RETURNING true
        """,
        order_id,
    )
    return bool(buried)


async def living_orders(reader: Reader, order_ids: Collection[UUID]) -> frozenset[UUID]:
    """Which of the orders have seats."""
    rows = await reader.fetch(
        "SELECT DISTINCT order_id FROM holds WHERE order_id = ANY($1::uuid[]) AND state IN ('held', 'sold')",
        list(order_ids),
    )
    return frozenset(row["order_id"] for row in rows)


async def due_holds(reader: Reader, *, without: Collection[UUID], limit: int) -> tuple[datetime, list[Hold]]:
    """The holds whose own end has passed, the oldest first, and the time at which they were looked for."""
    first, *rows = await reader.fetch(
        f"""
        SELECT looked_at, {_HOLD}
        FROM (SELECT app_now() AS looked_at) AS look LEFT JOIN LATERAL (
            SELECT {_HOLD} FROM holds
            WHERE state = 'held' AND hard_until < looked_at AND order_id <> ALL($1::uuid[])
            ORDER BY hard_until LIMIT $2
        ) AS due ON true
        ORDER BY hard_until
        """,  # noqa: S608
        list(without),
        limit,
    )
    holds = [_hold(row) for row in (first, *rows) if row["order_id"] is not None]
    return first["looked_at"], holds


async def save(tx: Transaction, book: Book) -> None:
    """Writes the pools and holds that were touched, and the city's version, in one statement.

    The table's constraints refuse what would sell a seat twice (I-4). A new hold of an order that got a tombstone
    meanwhile is refused by the key.
    """
    city, pools = book.city, book.changed_pools
    await tx.execute(
        """
        WITH city AS (UPDATE cities SET stock_version = $2 WHERE city_id = $1),
        pool AS (
            UPDATE pools AS p SET public_limit = n.public_limit, actual_limit = n.actual_limit, held = n.held,
                pending = n.pending, delayable = n.delayable, sold = n.sold, spare_sold = n.spare_sold,
                oversold = n.oversold
            FROM unnest($3::text[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[], $29::int[],
                        $30::int[])
                AS n (tier, held, pending, delayable, sold, spare_sold, oversold, public_limit, actual_limit)
            WHERE p.city_id = $1 AND p.tier = n.tier
        ),
        changed AS (
            UPDATE holds AS h SET
                city_id = n.city_id, tier = n.tier, quantity = n.quantity, state = n.state,
                hard_until = n.hard_until, order_version = n.order_version, delayable = n.delayable, changed_at = $10
            FROM unnest(
                $20::uuid[], $21::smallint[], $22::text[], $23::text[], $24::int[], $25::text[], $26::timestamptz[],
                $27::bigint[], $28::boolean[]
            ) AS n (order_id, part, city_id, tier, quantity, state, hard_until, order_version, delayable)
            WHERE h.order_id = n.order_id AND h.part = n.part
        )
        INSERT INTO holds (
            order_id, part, city_id, tier, quantity, state, hard_until, order_version, delayable, created_at, changed_at
        )
        SELECT n.*, $10, $10
        FROM unnest(
            $11::uuid[], $12::smallint[], $13::text[], $14::text[], $15::int[], $16::text[], $17::timestamptz[],
            $18::bigint[], $19::boolean[]
        ) AS n
        """,
        city.city_id,
        city.version,
        [pool.tier for pool in pools],
        [pool.held for pool in pools],
        [pool.pending for pool in pools],
        [pool.delayable for pool in pools],
        [pool.sold for pool in pools],
        [pool.spare_sold for pool in pools],
        [pool.oversold for pool in pools],
        book.now,
        *_columns(book.holds.new),
        *_columns(book.holds.changed),
        [pool.public_limit for pool in pools],
        [pool.actual_limit for pool in pools],
    )


def _columns(holds: Sequence[Hold]) -> tuple[list[object], ...]:
    return (
        [hold.order_id for hold in holds],
        [hold.part for hold in holds],
        [hold.city_id for hold in holds],
        [hold.tier for hold in holds],
        [hold.quantity for hold in holds],
        [hold.state.value for hold in holds],
        [hold.hard_until for hold in holds],
        [hold.order_version for hold in holds],
        [hold.delayable for hold in holds],
    )


def _city(rows: Sequence[Row]) -> City:
    first = rows[0]
    return City(
        city_id=first["city_id"],
        version=first["stock_version"],
        pools={row["tier"]: _pool(row) for row in rows},
        shown=Shown(
            catalogue_version=first["catalogue_version"],
            listed=first["listed"],
            withdrawn=first["withdrawn"],
            on_sale_from=first["on_sale_from"],
            on_sale_until=first["on_sale_until"],
            withdrawn_tiers=frozenset(first["withdrawn_tiers"]),
            name=first["name"],
            time_zone=first["time_zone"],
            starts=first["starts"],
        ),
        in_line=first["in_line"],
    )


def _pool(row: Row) -> Pool:
    return Pool(
        tier=row["tier"],
        public_limit=row["public_limit"],
        actual_limit=row["actual_limit"],
        held=row["held"],
        pending=row["pending"],
        delayable=row["delayable"],
        sold=row["sold"],
        spare_sold=row["spare_sold"],
        oversold=row["oversold"],
        thresholds=None if row["thresholds"] is None else tuple(row["thresholds"]),
    )


def _hold(row: Row) -> Hold:
    return Hold(
        order_id=row["order_id"],
        part=row["part"],
        state=HoldState(row["state"]),
        city_id=row["city_id"],
        tier=row["tier"],
        quantity=row["quantity"],
        hard_until=row["hard_until"],
        delayable=row["delayable"],
        order_version=row["order_version"],
    )
