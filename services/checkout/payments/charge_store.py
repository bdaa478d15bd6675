"""All SQL on charges, what went back of them, and declines."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from chassis.database import Reader, Transaction
from checkout.payments.domain import Charge, Decline, Dispute, ProcessorRefund, Session

# Whoever finds a payment unknown, and whoever makes it known, do so one after the other.
_LOCK_PAYMENT = "SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))"

# Under the lock of the order: of two payments that come at once, the second one sees the first.
# What a provider's account took is in the ledger of transactions.
_CHARGE = """
WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))),
charged AS (
    INSERT INTO payment_charges (processor, payment_intent, order_id, session_id, amount, currency, paid_at, surplus,
                                 connection_id)
    SELECT $1, $2, $3, $4, $5, $6, $7, EXISTS (SELECT FROM payment_charges WHERE order_id = $3), $9 FROM locked
    ON CONFLICT (processor, payment_intent) DO NOTHING
    RETURNING processor, payment_intent, order_id, amount, currency, paid_at, connection_id
)
INSERT INTO charge_entries (processor, source_id, order_id, kind, amount, currency, fee, at)
SELECT processor, payment_intent, order_id, 'payment', amount, currency, $8, paid_at FROM charged
WHERE connection_id IS NULL
"""

_ORDER_PAID_BY = "SELECT order_id FROM payment_charges WHERE processor = $1 AND payment_intent = $2"

# What the order asks for and no charge covers any more: with a second charge, one may be given back and nothing is.
_REFUNDED = """
SELECT greatest(0, o.amount - coalesce(sum(c.amount - c.refunded), 0))::bigint
FROM orders AS o LEFT JOIN payment_charges AS c USING (order_id) WHERE o.order_id = $1 GROUP BY o.amount
"""

# Webhooks since the backup are not all here, or those about payment pages are not all handled.
_CHARGES_MISSING = """
SELECT EXISTS (
    SELECT FROM processor_polls AS p
    WHERE p.processor = $1 AND p.subject = 'lost_webhooks' AND (NOT p.read_once OR EXISTS (
        SELECT FROM webhook_events AS e
        WHERE e.processor = p.processor AND e.type LIKE 'checkout.session.%' AND e.created_at <= p.since
          AND e.state IN ('received', 'processing', 'waiting')
    ))
)
"""

_SUMS = """
SELECT order_id, sum(amount)::bigint AS charged, sum(refunded)::bigint AS refunded
FROM payment_charges WHERE order_id = ANY ($1) GROUP BY order_id
"""

# What came beyond the price goes back by itself, and pays for nothing; not while it is what the bank asks for.
_COVERED_WITHOUT = """
SELECT sum(c.amount - c.refunded) FILTER (WHERE NOT asked)
       - CASE WHEN bool_or(c.surplus AND asked) THEN 0 ELSE greatest(0, sum(c.amount - c.refunded) - o.amount) END
       >= o.amount
FROM orders AS o JOIN payment_charges AS c USING (order_id),
     LATERAL (SELECT (c.processor, c.payment_intent) IS NOT DISTINCT FROM ($2, $3) AS asked) AS told
WHERE o.order_id = $1 GROUP BY o.amount
"""

# What a refund that failed has told once, it tells always: nothing turns that back.
_NOTE_REFUND = """
INSERT INTO payment_refunds AS r (processor, refund_id, payment_intent, amount, failure) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (processor, refund_id) DO UPDATE SET failure = coalesce(r.failure, excluded.failure)
"""

# The most that was told of a charge, without what failed of it; and no less than the refunds that are known one by one,
# since a total that is told after a failure may leave that out already. A provider's processor is asked for the total,
# which always leaves that out. What changes by it is an entry of the ledger.
_COUNT_REFUNDS = """
WITH before AS MATERIALIZED (
    SELECT refunded, connection_id FROM payment_charges WHERE processor = $1 AND payment_intent = $2 FOR UPDATE
), known AS (
    SELECT coalesce(sum(amount) FILTER (WHERE failure IS NULL), 0)::bigint AS good,
           coalesce(sum(amount) FILTER (WHERE failure IS NOT NULL), 0)::bigint AS failed
    FROM payment_refunds WHERE processor = $1 AND payment_intent = $2
), news AS (
    SELECT CASE WHEN before.connection_id IS NULL OR $3::bigint = 0 THEN $3 ELSE $3 + known.failed END AS told
    FROM before, known
), counted AS (
    UPDATE payment_charges AS c
    SET told = greatest(c.told, news.told),
        refunded = greatest(0, known.good, greatest(c.told, news.told) - known.failed)
    FROM known, before, news
    WHERE c.processor = $1 AND c.payment_intent = $2
    RETURNING before.refunded - c.refunded AS failed, c.surplus, c.order_id, c.currency, c.connection_id
), kept AS (
    INSERT INTO charge_entries (processor, source_id, order_id, kind, amount, currency, fee, at)
    SELECT $1, $2, order_id, 'refund', failed, currency, 0, app_now() FROM counted
    WHERE failed <> 0 AND connection_id IS NULL
)
SELECT failed, surplus FROM counted
"""


async def add_charge(tx: Transaction, session: Session, order_id: UUID, *, fee: int, paid_at: datetime) -> None:
    """Remembers what paid the order, and enters it into the ledger. `fee`: what the processor keeps of it."""
    await tx.execute(
        _CHARGE,
        session.processor,
        session.payment_intent,
        order_id,
        session.session_id,
        session.amount,
        session.currency,
        paid_at,
        fee,
        session.connection_id,
    )


async def is_surplus(reader: Reader, session: Session) -> bool:
    """Whether what was paid by it came for an order that was paid already."""
    return bool(
        await reader.fetchval(
            "SELECT surplus FROM payment_charges WHERE processor = $1 AND payment_intent = $2",
            session.processor,
            session.payment_intent,
        )
    )


async def order_paid_by(tx: Transaction, told: Charge | Dispute | ProcessorRefund) -> UUID | None:
    """The order that the payment of a charge, dispute or refund has paid for.

    None stays true until the end of the transaction: a payment that becomes known meanwhile waits for that.
    """
    found: UUID | None = await tx.fetchval(_ORDER_PAID_BY, told.processor, told.payment_intent)
    if found is None and told.payment_intent is not None:
        await lock_payment(tx, told.processor, told.payment_intent)
        found = await tx.fetchval(_ORDER_PAID_BY, told.processor, told.payment_intent)
    return found


async def lock_payment(tx: Transaction, processor: str, payment_intent: str) -> None:
    """Until the end of the transaction nobody else finds a payment unknown, or makes it known."""
    await tx.execute(_LOCK_PAYMENT, processor, payment_intent)


async def count_refunds(tx: Transaction, processor: str, payment_intent: str | None, *, told: int = 0) -> int:
    """Sums up what has been given back of a charge; `told` is what its processor has called so.

    Returns by how much that is less than before, in minor units: 0 for a charge beyond the price.
    """
    row = await tx.fetchrow(_COUNT_REFUNDS, processor, payment_intent, told)
    return max(0, row["failed"]) if row and not row["surplus"] else 0


async def refunded_by(reader: Reader, processor: str, payment_intent: str | None) -> int:
    """What counts as given back of a charge, in minor units."""
    total: int | None = await reader.fetchval(
        "SELECT refunded FROM payment_charges WHERE processor = $1 AND payment_intent = $2", processor, payment_intent
    )
    return total or 0


async def note_refund(tx: Transaction, refund: ProcessorRefund) -> None:
    """Keeps a refund as its processor has it; one that has failed stays so."""
    await tx.execute(
        _NOTE_REFUND, refund.processor, refund.refund_id, refund.payment_intent, refund.amount, refund.failure
    )


async def charges_missing(reader: Reader, processor: str) -> bool:
    """Whether payments may have come of which a restored database knows nothing yet."""
    return bool(await reader.fetchval(_CHARGES_MISSING, processor))


async def refunded_of(reader: Reader, order_id: UUID) -> int:
    """What has been given back of the price, in minor units: charges beyond the price don't count."""
    total: int = await reader.fetchval(_REFUNDED, order_id)
    return total


async def sums_of(reader: Reader, order_ids: Collection[UUID]) -> Mapping[UUID, tuple[int, int]]:
    """By order what was charged and what of it was given back, in minor units, second charges among them."""
    rows = await reader.fetch(_SUMS, list(order_ids))
    return {row["order_id"]: (row["charged"], row["refunded"]) for row in rows}


async def is_covered_without(reader: Reader, order_id: UUID, told: Dispute) -> bool:
    """Whether the order's other charges pay for it alone."""
    return bool(await reader.fetchval(_COVERED_WITHOUT, order_id, told.processor, told.payment_intent))


async def add_decline(tx: Transaction, decline: Decline, order_id: UUID, *, at: datetime) -> int | None:
    """Counts a declined try once; its number within the order, or None when it was counted already."""
    fresh = await tx.fetchval(
        "INSERT INTO payment_declines (processor, charge_id, order_id, reason, at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT DO NOTHING RETURNING charge_id",
        decline.processor,
        decline.charge_id,
        order_id,
        decline.code,
        at,
    )
    if fresh is None:
        return None
    number: int = await tx.fetchval("SELECT count(*) FROM payment_declines WHERE order_id = $1", order_id)
    return number
