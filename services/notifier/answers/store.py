"""All SQL of answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Reader, Transaction
from notifier.alerts.domain import Standing
from notifier.answers.domain import Answer
from notifier.deliveries.domain import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An answer on record."""

    actor: str
    way: str
    delivery_id: UUID
    answered_at: datetime


async def of_alert(reader: Reader, alert_id: UUID) -> list[Given]:
    rows = await reader.fetch(
        "SELECT actor, way, delivery_id, answered_at FROM answers WHERE alert_id = $1 ORDER BY answered_at", alert_id
    )
    return [Given(**row) for row in rows]


async def record(tx: Transaction, standing: Standing, delivery: Delivery, answer: Answer) -> bool:
    """False when this answer came before, or somebody else's did for this state of the alert."""
    row = await tx.fetchrow(
        """
        INSERT INTO answers (dedup, alert_id, alert_version, delivery_id, way, actor, answered_at)
        VALUES ($1, $2, $3, $4, $5, $6, app_now())
        ON CONFLICT DO NOTHING RETURNING dedup
        """,
        answer.dedup,
        standing.alert_id,
        standing.version,
        delivery.id,
        answer.way.value,
        answer.by,
    )
    return row is not None


async def answered_by(reader: Reader, standing: Standing) -> str | None:
    """Who has answered in the alert's present state."""
    by: str | None = await reader.fetchval(
        "SELECT actor FROM answers WHERE alert_id = $1 AND alert_version = $2", standing.alert_id, standing.version
    )
    return by
