"""Everything that a service's database holds, to see what a request has left behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from tests.integration.checkout.world import World

# What the bus writes down of itself, whatever comes in.
OWN_BOOKS = ("schema_migrations", "consumer_offsets", "relay_marks")
# The clock may begin a job at any time.
OF_JOBS = ("jobs", "job_runs", "reconciliation_runs", "reconciliation_parts")
# Refused requests are counted there a moment later, and the secrets of those that were accepted.
COUNTED = ("webhook_refusals", "webhook_secrets_used")
# Summed up each quarter of a minute, of what other tables have.
OF_REVENUE = ("revenue_days", "revenue_pending", "revenue_state")
TOLD = ("outbox", "outbox_sent")


async def contents(world: World) -> Mapping[str, Counter[str]]:
    """Every row of every table; an event counts the same before and after it was told."""
    tables = await world.database.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relispartition AND NOT relname = ANY($1)",
        [*OWN_BOOKS, *OF_JOBS, *COUNTED, *OF_REVENUE],
    )
    found: dict[str, Counter[str]] = {}
    for name in sorted(row["relname"] for row in tables):
        told = name in TOLD
        rows = await world.database.fetch(
            f"SELECT {'encode(value, $$hex$$)' if told else 't::text'} AS row FROM {name} t"
        )
        found.setdefault("outbox" if told else name, Counter()).update(row["row"] for row in rows)
    return found


def changed(before: Mapping[str, Counter[str]], after: Mapping[str, Counter[str]]) -> dict[str, int | str]:
    """How many rows each table has more; a row that is another one now is told as such."""
    news: dict[str, int | str] = {}
    for table, rows in after.items():
        if before[table] - rows:
            news[table] = "rows changed"
        elif more := (rows - before[table]).total():
            news[table] = more
    return news
