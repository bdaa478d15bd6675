"""SQL of what visitors do, over windows that are too long to add up minute by minute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chassis.database import Reader
from monitor.figures.domain import Figure, SaleKind


async def counts_by_label(
    reader: Reader, figures: Sequence[Figure], *, since: datetime, in_cities: bool = False
) -> dict[tuple[Figure, str], int]:
    """How often figures were counted since then, by label, of business alone: full hours, and minutes up to the first.

    `in_cities`: whether to leave out what is about no city.
    """
    rows = await reader.fetch(
        """
        WITH first AS (SELECT date_trunc('hour', $2::timestamptz, 'UTC') + interval '1 h' AS hour)
        SELECT figure, label, sum(count)::bigint AS count FROM (
            SELECT figure, label, city, count FROM hour_figures, first
            WHERE figure = ANY($1) AND hour_figures.hour >= first.hour AND kind = $3
            UNION ALL
            SELECT figure, label, city, count FROM minute_figures, first
            WHERE figure = ANY($1) AND minute >= $2 AND minute < first.hour AND kind = $3
        ) AS counted WHERE city <> '' OR NOT $4 GROUP BY figure, label
        """,
        list(figures),
        since,
        SaleKind.BUSINESS.value,
        in_cities,
    )
    return {(Figure(row["figure"]), row["label"]): row["count"] for row in rows}
