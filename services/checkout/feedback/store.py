"""All SQL on feedback."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis.database import Reader, Transaction
from checkout.feedback.domain import Feedback, Satisfaction


async def keep(tx: Transaction, feedback: Feedback) -> bool:
    """Keeps the first one of an order; whether this is it."""
    kept = await tx.fetchval(
        """
        INSERT INTO feedback (order_id, score, text, given_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING RETURNING true
        """,
        feedback.order_id,
        feedback.score,
        feedback.text,
        feedback.given_at,
    )
    return bool(kept)


async def of_order(reader: Reader, order_id: UUID) -> Feedback | None:
    row = await reader.fetchrow("SELECT order_id, score, text, given_at FROM feedback WHERE order_id = $1", order_id)
    return Feedback(**row) if row else None


async def newest(reader: Reader, *, limit: int) -> list[Feedback]:
    """What was said last."""
    rows = await reader.fetch(
        "SELECT order_id, score, text, given_at FROM feedback ORDER BY given_at DESC, order_id DESC LIMIT $1", limit
    )
    return [Feedback(**row) for row in rows]


async def satisfaction(reader: Reader, *, since: datetime) -> Satisfaction:
    """How content buyers were since then."""
    row = await reader.fetchrow(
        "SELECT count(*) AS count, avg(score)::float8 AS mean FROM feedback WHERE given_at >= $1", since
    )
    return Satisfaction(**row) if row else Satisfaction(count=0, mean=None)


async def forget_texts(tx: Transaction, *, before: datetime) -> None:
    """Forgets what buyers wrote before then; scores stay."""
    await tx.execute("UPDATE feedback SET text = '' WHERE given_at < $1 AND text <> ''", before)
