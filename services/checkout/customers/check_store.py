"""All SQL on customers who had their payments looked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.database import Reader, Transaction
from chassis.emails import email_key

# Nobody needs to know for longer when an address was looked for.
_NOTE: Final = """
WITH forgotten AS (
    DELETE FROM customer_checks WHERE asked_at < app_now() - interval '1 day' AND email_key <> $1
)
INSERT INTO customer_checks (email_key, asked_at) VALUES ($1, app_now())
ON CONFLICT (email_key) DO UPDATE SET asked_at = app_now() WHERE customer_checks.asked_at <= app_now() - $2::interval
RETURNING true
"""
_MISSING: Final = """
SELECT EXISTS (
    SELECT FROM orders AS o
    WHERE o.email_key = $1 AND o.placed_at > app_now() - interval '30 days' AND (
        o.state IN ('placed', 'awaiting_payment', 'payment_pending', 'expired')
        OR o.state IN ('paid', 'partially_refunded') AND o.lines @> '[{"kind": "pass"}]'
        AND NOT EXISTS (SELECT FROM passes AS p WHERE p.order_id = o.order_id)
    )
)
"""


async def note(tx: Transaction, email: str, *, every: timedelta) -> bool:
    """Notes that an address is looked for now; False when it was, less than `every` ago."""
    return bool(await tx.fetchval(_NOTE, email_key(email), every))


async def something_missing(reader: Reader, email: str) -> bool:
    """Whether an order of this address waits for its money, or a paid one for its pass."""
    return bool(await reader.fetchval(_MISSING, email_key(email)))
