"""All SQL on refunds of cities."""

from __future__ import annotations

from uuid import UUID

from chassis.database import Reader, Row, Transaction
from checkout.cityrefunds.domain import CityOrder, CityRefund, FailedOrder, Progress
from events import OrderState

# What can still be given back, as refunds/domain.py says it of one order.
_ORDERS = """
SELECT o.order_id, o.number, o.state, o.amount, o.currency, cardinality(o.city_ids) AS cities,
       greatest(0, least(o.amount - o.refunded_amount - wished.amount, paid.kept - due.amount))::bigint AS left,
       paid.own::bigint AS own
FROM orders AS o,
     LATERAL (
         SELECT coalesce(sum(amount - refunded), 0) AS kept,
                coalesce(sum(amount - refunded) FILTER (WHERE connection_id IS NULL), 0) AS own
         FROM payment_charges WHERE order_id = o.order_id
     ) AS paid,
     LATERAL (SELECT coalesce(sum(amount), 0) AS amount FROM refunds WHERE order_id = o.order_id AND state = 'due')
         AS due,
     LATERAL (
         SELECT coalesce(sum(amount), 0) AS amount FROM refunds
         WHERE order_id = o.order_id AND state = 'due' AND cause = 'requested'
     ) AS wished
WHERE o.city_ids @> ARRAY[$1::text] AND o.state NOT IN ('expired', 'cancelled', 'payment_failed')
ORDER BY o.placed_at, o.order_id
"""
_RUN = "run_id, city_id, reason, requested_by, return_seats"
_RUNNING = """
SELECT r.run_id FROM city_refunds AS r
WHERE r.city_id = $1 AND EXISTS (SELECT FROM city_refund_orders WHERE run_id = r.run_id AND state = 'due') LIMIT 1
"""
_NEXT = f"""
SELECT o.order_id, {", ".join(f"r.{name}" for name in _RUN.split(", "))}
FROM city_refund_orders AS o JOIN city_refunds AS r USING (run_id)
WHERE o.state = 'due' ORDER BY o.run_id, o.order_id LIMIT 1 FOR UPDATE OF o SKIP LOCKED
"""  # noqa: S608
_FAILED = """
SELECT order_id, number, problem FROM city_refund_orders JOIN orders USING (order_id)
WHERE run_id = $1 AND city_refund_orders.state = 'failed' ORDER BY order_id
"""
_REFUNDS = """
SELECT r.state, count(*) AS refunds FROM refunds AS r
JOIN city_refund_orders AS o ON o.order_id = r.order_id AND o.state = 'asked'
JOIN city_refunds AS c ON c.run_id = o.run_id AND r.created_at >= c.created_at
WHERE o.run_id = $1 AND r.cause = 'requested' GROUP BY r.state
"""


async def orders_of(reader: Reader, city_id: str) -> list[CityOrder]:
    """Every order with seats in the city that is, or may still be, paid; the oldest first."""
    rows = await reader.fetch(_ORDERS, city_id)
    return [CityOrder(**{**row, "state": OrderState(row["state"])}) for row in rows]


async def lock_city(tx: Transaction, city_id: str) -> None:
    """Of two people who begin at once, the second one sees what the first has begun."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('city refund ' || $1, 0))", city_id)


async def running(tx: Transaction, city_id: str) -> UUID | None:
    """A refund of the city of which orders wait for their turn."""
    found: UUID | None = await tx.fetchval(_RUNNING, city_id)
    return found


async def insert(tx: Transaction, run: CityRefund, order_ids: list[UUID]) -> None:
    """Stores it with its orders, all of them due."""
    await tx.execute(
        f"INSERT INTO city_refunds ({_RUN}, created_at) VALUES ($1, $2, $3, $4, $5, app_now())",  # noqa: S608
        run.run_id,
        run.city_id,
        run.reason,
        run.requested_by,
        run.return_seats,
    )
    await tx.execute(
        "INSERT INTO city_refund_orders (run_id, order_id) SELECT $1, * FROM unnest($2::uuid[])", run.run_id, order_ids
    )


async def any_due(reader: Reader) -> bool:
    """Whether there is an order that take_next may find."""
    return bool(await reader.fetchval("SELECT EXISTS (SELECT FROM city_refund_orders WHERE state = 'due')"))


async def take_next(tx: Transaction) -> tuple[CityRefund, UUID] | None:
    """The next order that is due, locked until the end of the transaction; None when there is none."""
    row = await tx.fetchrow(_NEXT)
    return (_run(row), row["order_id"]) if row else None


async def settle(tx: Transaction, run_id: UUID, order_id: UUID, *, problem: str | None) -> None:
    """The order's refund was asked for, or could not be."""
    await tx.execute(
        "UPDATE city_refund_orders SET state = $3, problem = $4 WHERE run_id = $1 AND order_id = $2",
        run_id,
        order_id,
        "failed" if problem else "asked",
        problem,
    )


async def progress(reader: Reader, run_id: UUID) -> Progress | None:
    """How far it is; None when there is none of that id."""
    row = await reader.fetchrow(f"SELECT {_RUN} FROM city_refunds WHERE run_id = $1", run_id)  # noqa: S608
    if row is None:
        return None
    counted = await reader.fetchrow(
        "SELECT count(*) AS orders, count(*) FILTER (WHERE state = 'due') AS waiting FROM city_refund_orders"
        " WHERE run_id = $1",
        run_id,
    )
    failed = await reader.fetch(_FAILED, run_id)
    refunds = await reader.fetch(_REFUNDS, run_id)
    return Progress(
        run=_run(row),
        **(counted or {"orders": 0, "waiting": 0}),
        failed=tuple(FailedOrder(**each) for each in failed),
        refunds={each["state"]: each["refunds"] for each in refunds},
    )


def _run(row: Row) -> CityRefund:
    return CityRefund(**{name: row[name] for name in _RUN.split(", ")})
