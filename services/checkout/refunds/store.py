"""All SQL on refunds."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from chassis.database import Row, Transaction
from chassis.ids import uuid7
from checkout.refunds.domain import Refund, RefundCause, RefundState

_PLAIN = ["refund_id", "processor", "payment_intent", "order_id", "amount", "currency", "tries", "key_number"]

# No more than what was paid beyond the price: a person may have given something back already.
_SURPLUS = """
SELECT c.processor, c.payment_intent, c.order_id, c.currency,
       least(c.amount - c.refunded, paid.kept - o.amount)::bigint AS amount
FROM payment_charges AS c JOIN orders AS o USING (order_id),
     LATERAL (SELECT sum(amount - refunded) AS kept FROM payment_charges WHERE order_id = c.order_id) AS paid
WHERE c.surplus AND c.refunded < c.amount AND paid.kept > o.amount
  AND NOT EXISTS (
      SELECT FROM refunds AS r
      WHERE (r.processor, r.payment_intent, r.cause) = (c.processor, c.payment_intent, 'second_charge')
  )
LIMIT $1
"""

_INSERT = """
INSERT INTO refunds (refund_id, processor, payment_intent, order_id, amount, currency, cause, state, due_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'due', app_now(), app_now())
ON CONFLICT (processor, payment_intent, cause) DO NOTHING
"""

_CLAIM = f"""
UPDATE refunds SET due_at = app_now() + $2, tries = tries + 1
WHERE refund_id IN (
    SELECT refund_id FROM refunds WHERE due_at <= app_now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
RETURNING {", ".join([*_PLAIN, "cause"])}
"""  # noqa: S608

_SETTLE = """
UPDATE refunds SET state = $2, processor_refund_id = $3, last_error = $4, due_at = NULL
WHERE refund_id = $1 AND state = 'due' RETURNING true
"""


async def request_surplus(tx: Transaction, *, limit: int) -> None:
    """Makes a refund of each charge beyond an order's price that has none."""
    for row in await tx.fetch(_SURPLUS, limit):
        await tx.execute(
            _INSERT,
            uuid7(),
            row["processor"],
            row["payment_intent"],
            row["order_id"],
            row["amount"],
            row["currency"],
            RefundCause.SECOND_CHARGE.value,
        )


async def claim_due(tx: Transaction, *, limit: int, lease: timedelta) -> list[Refund]:
    """Takes refunds that are due, each for one lease."""
    return [_refund(row) for row in await tx.fetch(_CLAIM, limit, lease)]


async def settle(
    tx: Transaction, refund_id: UUID, state: RefundState, *, processor_refund_id: str | None, error: str | None
) -> bool:
    """Keeps the processor's decision; False when it was kept before."""
    return bool(await tx.fetchval(_SETTLE, refund_id, state.value, processor_refund_id, error))


async def due_again(tx: Transaction, refund_id: UUID, *, after: timedelta, error: str, new_key: bool) -> None:
    """Lets it be asked again after a while, and keeps what stood in the way."""
    await tx.execute(
        """
        UPDATE refunds SET due_at = app_now() + $2, last_error = $3, key_number = key_number + $4
        WHERE refund_id = $1 AND state = 'due'
        """,
        refund_id,
        after,
        error,
        int(new_key),
    )


def _refund(row: Row) -> Refund:
    return Refund(cause=RefundCause(row["cause"]), **{name: row[name] for name in _PLAIN})
