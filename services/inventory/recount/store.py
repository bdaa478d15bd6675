"""What the rows of pools add up to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from chassis.database import Reader
from inventory.recount.domain import Recounted, Where

# Of a city: the sums of its holds and tickets, and the end of each pool's ledger.
_RECOUNT = """
WITH of_holds AS (
    SELECT tier, sum(quantity) AS held, sum(quantity) FILTER (WHERE hard_until IS NULL) AS pending,
           sum(quantity) FILTER (WHERE delayable OR hard_until IS NULL) AS delayable
    FROM holds WHERE city_id = $1 AND state = 'held' GROUP BY tier
), of_tickets AS (
    SELECT tier, count(*) FILTER (WHERE place = 'public') AS public, count(*) FILTER (WHERE place = 'spare') AS spare,
           count(*) FILTER (WHERE place = 'oversold') AS oversold
    FROM tickets WHERE city_id = $1 GROUP BY tier
)
SELECT pools.tier, coalesce(of_holds.held, 0) AS held, coalesce(of_holds.pending, 0) AS pending,
       coalesce(of_holds.delayable, 0) AS delayable, coalesce(of_tickets.public, 0) AS public,
       coalesce(of_tickets.spare, 0) AS spare, coalesce(of_tickets.oversold, 0) AS oversold,
       newest.after AS ledger
FROM pools LEFT JOIN of_holds USING (tier) LEFT JOIN of_tickets USING (tier) CROSS JOIN LATERAL (
    SELECT after FROM ledger WHERE ledger.city_id = pools.city_id AND ledger.tier = pools.tier ORDER BY id DESC LIMIT 1
) AS newest
WHERE pools.city_id = $1 ORDER BY pools.tier
"""


async def now(reader: Reader) -> datetime:
    found: datetime = await reader.fetchval("SELECT app_now()")
    return found


async def recounted(reader: Reader, city_id: str) -> dict[str, Recounted]:
    """By tier. Under the city's lock it can't change before the transaction ends."""
    rows = await reader.fetch(_RECOUNT, city_id)
    return {row["tier"]: Recounted(**{name: value for name, value in row.items() if name != "tier"}) for row in rows}


async def issued(
    reader: Reader, *, before: datetime, without: Collection[UUID], city_id: str | None
) -> dict[Where, int]:
    """The tickets that were issued before a moment, whatever became of them, but for those of some orders."""
    rows = await reader.fetch(
        """
        SELECT city_id, tier, count(*) AS seats FROM tickets
        WHERE issued_at < $1 AND order_id <> ALL($2::uuid[]) AND ($3::text IS NULL OR city_id = $3)
        GROUP BY city_id, tier
        """,
        before,
        list(without),
        city_id,
    )
    return {(row["city_id"], row["tier"]): row["seats"] for row in rows}
