"""All SQL of acknowledgements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Reader, Transaction
from notifier.acknowledgements.domain import Acknowledgement
from notifier.alerts.domain import Standing
from notifier.deliveries.domain import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgementRow:
    """An acknowledgement as it is stored.

    actor: the person of the contact book, or what can be shown of whoever it was
    way: how they said so
    delivery_id: the message that they answered
    acknowledged_at: when
    """

    actor: str
    way: str
    delivery_id: UUID
    acknowledged_at: datetime


async def of_alert(reader: Reader, alert_id: UUID) -> list[AcknowledgementRow]:
    rows = await reader.fetch(
        """
        SELECT actor, way, delivery_id, acknowledged_at FROM acknowledgements
        WHERE alert_id = $1 ORDER BY acknowledged_at
        """,
        alert_id,
    )
    return [AcknowledgementRow(**row) for row in rows]


async def record(tx: Transaction, standing: Standing, delivery: Delivery, acknowledgement: Acknowledgement) -> bool:
    """False when this one came before, or somebody else's did for this state of the alert."""
    row = await tx.fetchrow(
        """
        INSERT INTO acknowledgements (dedup, alert_id, alert_version, delivery_id, way, actor, acknowledged_at)
        VALUES ($1, $2, $3, $4, $5, $6, app_now())
        ON CONFLICT DO NOTHING RETURNING dedup
        """,
        acknowledgement.dedup,
        standing.alert_id,
        standing.version,
        delivery.id,
        acknowledgement.way.value,
        acknowledgement.by,
    )
    return row is not None


async def acknowledged_by(reader: Reader, standing: Standing) -> str | None:
    """Who has acknowledged the alert in its present state."""
    by: str | None = await reader.fetchval(
        "SELECT actor FROM acknowledgements WHERE alert_id = $1 AND alert_version = $2",
        standing.alert_id,
        standing.version,
    )
    return by
