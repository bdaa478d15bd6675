"""SQL of how processors answered when they were asked for payment pages."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from chassis.database import Reader
from checkout.takings.domain import Step
from checkout.takings.performance import ProcessorPerformance

# What a call comes to. A way that its breaker has left out was not called.
_ANSWERS: Final = tuple(step.value for step in (Step.OPENED, Step.DECLINED, Step.NOT_ATTEMPTED, Step.UNANSWERED))


async def of_processors(reader: Reader, *, since: datetime, until: datetime) -> list[ProcessorPerformance]:
    """Each processor that was asked, in the order of their names."""
    rows = await reader.fetch(
        """
        SELECT asked.processor, count(*) AS asked, count(*) FILTER (WHERE answer.step <> $4) AS failed,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY answer.seconds) AS median,
            percentile_cont(0.95) WITHIN GROUP (ORDER BY answer.seconds) AS slowest
        FROM routing_steps AS asked CROSS JOIN LATERAL (
            SELECT later.step, extract(epoch FROM later.at - asked.at)::float8 AS seconds FROM routing_steps AS later
            WHERE later.decision_id = asked.decision_id AND later.step_id > asked.step_id
                AND later.place = asked.place AND later.step = ANY($5)
            ORDER BY later.step_id LIMIT 1
        ) AS answer
        WHERE asked.step = $3 AND asked.at >= $1 AND asked.at < $2
        GROUP BY asked.processor ORDER BY asked.processor
        """,
        since,
        until,
        Step.ASKED.value,
        Step.OPENED.value,
        _ANSWERS,
    )
    return [ProcessorPerformance(**row) for row in rows]
