"""SQL of what processors kept of external payments."""

from __future__ import annotations

from datetime import datetime

from chassis.database import Reader
from checkout.transactions.fee_drift import FeeDrift, KeptFees, compared
from config import Fees


async def drifts(reader: Reader, fees: Fees, *, since: datetime, until: datetime) -> list[FeeDrift]:
    """What was kept of the payments of a period, beside what fees.yaml says."""
    return compared(await _kept(reader, fees, since=since, until=until), fees)


async def _kept(reader: Reader, fees: Fees, *, since: datetime, until: datetime) -> list[KeptFees]:
    """What was completed in a period and nothing of which went back: with that, processors give back fees, too."""
    rows = await reader.fetch(
        """
        SELECT t.processor, t.currency, line.valid_from, t.amount, count(*) AS payments, sum(t.fee)::bigint AS kept
        FROM all_external_transactions AS t CROSS JOIN LATERAL (
            SELECT max(f.valid_from) AS valid_from
            FROM unnest($3::text[], $4::text[], $5::timestamptz[]) AS f (processor, currency, valid_from)
            WHERE f.processor = t.processor AND f.currency = t.currency AND f.valid_from <= t.completed_at
        ) AS line
        WHERE t.completed_at >= $1 AND t.completed_at < $2 AND t.fee IS NOT NULL AND t.refunded = 0
        GROUP BY t.processor, t.currency, line.valid_from, t.amount
        """,
        since,
        until,
        [line.processor for line in fees.fees],
        [line.currency for line in fees.fees],
        [line.valid_from for line in fees.fees],
    )
    return [KeptFees(**row) for row in rows]
