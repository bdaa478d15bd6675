"""SQL of what went back of the platform's own payments of appointments: the ledger of our charges follows it (P-8)."""

from __future__ import annotations

from datetime import datetime

from chassis.database import Transaction
from checkout.wayrefunds.domain import WayRefund

# Of two things that were said, the later one counts; a total that is above what is known is not told too late.
_TELL = """
UPDATE way_refund_sums AS s SET told = $4, told_at = greatest(s.told_at, $5)
FROM (SELECT told FROM way_refund_sums WHERE (provider_id, processor, payment_id) = ($1, $2, $3)) AS before
WHERE (s.provider_id, s.processor, s.payment_id) = ($1, $2, $3) AND (s.told_at IS NULL OR s.told_at < $5 OR s.told < $4)
RETURNING $4 - before.told AS more
"""


async def follow(tx: Transaction, refund: WayRefund, refunded: int, *, told_at: datetime) -> None:
    """Its processor says that so much went back of its payment in all; what is new of that is entered once."""
    subject = (refund.provider_id, refund.way.processor, refund.payment_id)
    more = await tx.fetchval(_TELL, *subject, refunded, told_at)
    if more:
        await tx.execute(
            """
            INSERT INTO charge_entries (processor, source_id, appointment_id, kind, amount, currency, fee, at)
            VALUES ($1, $2, $3, 'refund', $4, $5, 0, $6)
            """,
            refund.way.processor,
            refund.payment_id,
            refund.appointment_id,
            -more,
            refund.currency,
            told_at,
        )
