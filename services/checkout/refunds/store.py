"""All SQL on refunds."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from chassis.due_rows import claim_sql
from chassis.ids import uuid7
from checkout.refunds.domain import ListedRefund, Payment, Refund, RefundCause, RefundState, UnderWay

_PLAIN = [
    "refund_id",
    "processor",
    "payment_intent",
    "order_id",
    "amount",
    "currency",
    "tries",
    "key_number",
    "return_seats",
    "connection_id",
]

# None while webhooks that a restored database has lost are still read: what went back before is not known yet.
# No more than what was paid beyond the price and went back already: a person may have given something back.
_SURPLUS = """
SELECT c.processor, c.payment_intent, c.order_id, c.currency,
       least(c.amount - c.refunded, paid.kept - (o.amount - o.refunded_amount))::bigint AS amount
FROM payment_charges AS c JOIN orders AS o USING (order_id),
     LATERAL (SELECT sum(amount - refunded) AS kept FROM payment_charges WHERE order_id = c.order_id) AS paid
WHERE c.surplus AND c.connection_id IS NULL AND c.refunded < c.amount AND paid.kept > o.amount - o.refunded_amount
  AND ($2::uuid IS NULL OR c.order_id = $2)
  AND NOT EXISTS (SELECT FROM processor_polls AS p WHERE (p.processor, p.subject) = (c.processor, 'lost_webhooks'))
  AND NOT EXISTS (
      SELECT FROM refunds AS r
      WHERE (r.processor, r.payment_intent, r.cause) = (c.processor, c.payment_intent, 'second_charge')
  )
LIMIT $1
"""

_INSERT = """
INSERT INTO refunds (refund_id, processor, payment_intent, order_id, amount, currency, cause, seats, return_seats,
                     reason, requested_by, connection_id, state, due_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'due', app_now(), app_now())
ON CONFLICT (processor, payment_intent) WHERE cause = 'second_charge' DO NOTHING
"""

_CLAIM = claim_sql("refunds", "refund_id", ", ".join([*_PLAIN, "cause", "seats"]), also="tries = tries + 1")

_SETTLE = """
UPDATE refunds
SET state = $2, processor_refund_id = $3, refusal = $4, last_error = $5, due_at = NULL, settled_at = app_now()
WHERE refund_id = $1 AND state = 'due' RETURNING true
"""

_FAIL = f"""
UPDATE refunds SET state = 'failed', refusal = $3, last_error = $4
WHERE processor = $1 AND processor_refund_id = $2 AND state = 'done'
RETURNING {", ".join([*_PLAIN, "cause", "seats"])}
"""  # noqa: S608

# Those that pay for the order come first, the newest of them before others. What came twice at a provider's processor
# goes back by a row of wayrefunds/ alone.
_PAYMENTS = """
SELECT c.processor, c.payment_intent, c.amount, c.refunded, c.currency, c.surplus, c.paid_at, c.connection_id,
       coalesce((
           SELECT sum(r.amount) FROM refunds AS r
           WHERE (r.processor, r.payment_intent, r.state) = (c.processor, c.payment_intent, 'due')
       ), 0)::bigint + coalesce((
           SELECT sum(w.amount) FROM way_refunds AS w
           WHERE (w.processor, w.payment_id, w.order_id, w.cause) = (c.processor, c.payment_intent, $1, 'surplus')
             AND w.state IN ('due', 'pending')
       ), 0)::bigint AS under_way
FROM payment_charges AS c WHERE c.order_id = $1
ORDER BY c.surplus, c.paid_at DESC
"""

_LISTED = """
SELECT refund_id, processor, payment_intent, amount, currency, cause, state, seats, return_seats, reason, requested_by,
       tries, last_error, created_at, settled_at
FROM refunds WHERE order_id = $1 ORDER BY created_at, refund_id
"""

# What a provider's processor gives back stands by its row there. A disputed order's waits for the bank.
_STANDING = """
SELECT count(*), min(created_at) AS since FROM (
    SELECT r.created_at FROM refunds AS r JOIN orders AS o USING (order_id)
    WHERE r.state = 'due' AND r.connection_id IS NULL AND r.created_at < app_now() - $1::interval
      AND o.state <> 'disputed'
    UNION ALL
    SELECT created_at FROM way_refunds
    WHERE (state = 'due' AND created_at < app_now() - $1::interval)
       OR (state = 'pending' AND created_at < app_now() - $2::interval)
) AS standing
"""

# Whether the processor may have done it already: who goes on with it at a provider's counts no tries here. A second
# charge's own word changes nothing about the order.
_ASKED_FOR = """
SELECT EXISTS (
    SELECT FROM refunds
    WHERE processor = $1 AND payment_intent = $2 AND state = 'due' AND cause = 'requested'
      AND (tries > 0 OR connection_id IS NOT NULL)
)
"""


async def standing(reader: Reader, *, due_for: timedelta, on_its_way_for: timedelta) -> tuple[int, datetime | None]:
    """How many are due, or on their way, for longer than that, wherever the money is; and since when the oldest."""
    row = await reader.fetchrow(_STANDING, due_for, on_its_way_for)
    return (row["count"], row["since"]) if row else (0, None)


async def surplus_due(reader: Reader) -> bool:
    """Whether there is a charge beyond an order's price that has no refund."""
    return bool(await reader.fetchval(f"SELECT EXISTS ({_SURPLUS})", 1, None))


async def request_surplus(tx: Transaction, *, limit: int, order_id: UUID | None = None) -> None:
    """Makes a refund of each charge beyond an order's price that has none; `order_id`: of this order only."""
    for row in await tx.fetch(_SURPLUS, limit, order_id):
        await insert(tx, Refund(refund_id=uuid7(), cause=RefundCause.SECOND_CHARGE, **row))


async def insert(
    tx: Transaction, refund: Refund, *, reason: str | None = None, requested_by: str | None = None
) -> None:
    """Makes a refund due; of a payment that came twice there is one only."""
    await tx.execute(
        _INSERT,
        refund.refund_id,
        refund.processor,
        refund.payment_intent,
        refund.order_id,
        refund.amount,
        refund.currency,
        refund.cause.value,
        list(refund.seats),
        refund.return_seats,
        reason,
        requested_by,
        refund.connection_id,
    )


async def claim_due(reader: Reader, *, limit: int, lease: timedelta) -> list[Refund]:
    """Takes refunds that are due, each for one lease."""
    return [_refund(row) for row in await reader.fetch(_CLAIM, limit, lease)]


async def settle(
    tx: Transaction,
    refund_id: UUID,
    state: RefundState,
    *,
    processor_refund_id: str | None = None,
    refusal: str | None = None,
    error: str | None = None,
) -> bool:
    """Keeps the processor's decision; False when it was kept before."""
    return bool(await tx.fetchval(_SETTLE, refund_id, state.value, processor_refund_id, refusal, error))


async def fail(tx: Transaction, processor: str, processor_refund_id: str, *, code: str, error: str) -> Refund | None:
    """Keeps that one which was done did not arrive; None when there is none of ours, or that was known."""
    row = await tx.fetchrow(_FAIL, processor, processor_refund_id, code, error)
    return _refund(row) if row else None


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


async def payments_of(reader: Reader, order_id: UUID) -> list[Payment]:
    """What came for an order; those that pay for it first, the newest of them before others."""
    return [Payment(**row) for row in await reader.fetch(_PAYMENTS, order_id)]


async def of_order(reader: Reader, order_id: UUID) -> list[ListedRefund]:
    """Its refunds, oldest first."""
    return [_listed(row) for row in await reader.fetch(_LISTED, order_id)]


async def under_way(reader: Reader, order_id: UUID) -> UnderWay:
    """What people have asked for that the processor has not decided."""
    open_ = [
        refund
        for refund in await of_order(reader, order_id)
        if (refund.cause, refund.state) == (RefundCause.REQUESTED, RefundState.DUE)
    ]
    seats = frozenset(seat for refund in open_ for seat in refund.seats)
    return UnderWay(amount=sum(refund.amount for refund in open_), seats=seats)


async def is_asked_for(reader: Reader, processor: str, payment_intent: str | None) -> bool:
    """Whether the processor was asked for a person's refund of this payment, and its answer is not known yet."""
    return bool(await reader.fetchval(_ASKED_FOR, processor, payment_intent))


def _refund(row: Row) -> Refund:
    return Refund(cause=RefundCause(row["cause"]), seats=tuple(row["seats"]), **{name: row[name] for name in _PLAIN})


def _listed(row: Row) -> ListedRefund:
    words = {"cause": RefundCause(row["cause"]), "state": RefundState(row["state"]), "seats": tuple(row["seats"])}
    return ListedRefund(**{**row, **words})
