"""Messages as the tables have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.database import Reader
from eventbus.operation.digest import Span
from invariants import AlertStep, Delivery, Evidence, Message
from invariants.digest import Fingerprints
from notifier.alerts.domain import ALERT

# What waits for business hours, or for its next attempt, has its time.
WAITS: Final[Mapping[str, str]] = {
    "messages not handed over": """
        SELECT FROM deliveries
        WHERE state IN ('queued', 'sending', 'unknown')
          AND greatest(created_at, next_attempt_at) < app_now() - $1::interval
    """,
    "receipts not settled": """
        SELECT FROM receipts WHERE state = 'pending' AND received_at < app_now() - $1::interval
    """,
}


class MessageWitness:
    """Orders by what was said of them."""

    def __init__(self, fingerprints: Fingerprints) -> None:
        self._fingerprints = fingerprints

    async def standing(self, reader: Reader, span: Span) -> Evidence:  # noqa: ARG002 nothing is
        return Evidence()

    async def touched(
        self, reader: Reader, span: Span, *, after: tuple[datetime, UUID] | None, most: int
    ) -> Sequence[tuple[datetime, UUID]]:
        rows = await reader.fetch(
            """
            SELECT DISTINCT created_at, order_id FROM deliveries
            WHERE order_id IS NOT NULL AND created_at >= $1 AND created_at < $2
              AND ($3::timestamptz IS NULL OR (created_at, order_id) > ($3, $4::uuid))
            ORDER BY created_at, order_id LIMIT $5
            """,
            span.since,
            span.until,
            *(after or (None, None)),
            most,
        )
        return [(row["created_at"], row["order_id"]) for row in rows]

    async def of_orders(self, reader: Reader, order_ids: Sequence[UUID]) -> Evidence:
        """What was handed over, what is still under way (when it waits too long, that is told as such), and what has
        its end with a reason: refused by a vendor, switched off, or no news any more. What ended without is nothing.
        """
        rows = await reader.fetch(
            """
            SELECT d.channel, d.recipient, coalesce(n.content ->> 'number', n.content -> 'order' ->> 'number') AS number
            FROM deliveries d JOIN notifications n ON n.id = d.notification_id
            WHERE d.order_id = ANY($1::uuid[]) AND d.kind IN ('sale', 'confirmation', 'pass_granted')
              AND (d.sent_at IS NOT NULL OR d.reason IS NOT NULL OR d.state IN ('queued', 'sending', 'unknown'))
            """,
            list(order_ids),
        )
        messages = (
            Message(
                channel=row["channel"],
                recipient=self._fingerprints.of(row["recipient"]),
                number=row["number"],
            )
            for row in rows
        )
        return Evidence(messages=tuple(messages))


async def heard(reader: Reader, alert_ids: Sequence[UUID]) -> Evidence:
    """The steps of alerts that came here, the newest with the state that is known now."""
    rows = await reader.fetch(
        """
        SELECT alert_id, m.version, CASE WHEN m.version = a.version THEN a.status ELSE m.what END AS status
        FROM alert_moments m JOIN alerts a USING (alert_id) WHERE alert_id = ANY($1::uuid[])
        """,
        list(alert_ids),
    )
    return Evidence(
        heard=tuple(
            AlertStep(alert_id=str(row["alert_id"]), version=row["version"], status=row["status"]) for row in rows
        )
    )


async def deliveries(reader: Reader, alert_ids: Sequence[UUID], secret: Fingerprints) -> tuple[Delivery, ...]:
    """The messages of alerts; what their vendors call them stays here."""
    rows = await reader.fetch(
        "SELECT id, alert_id, kind, channel, recipient, state, reason FROM deliveries WHERE alert_id = ANY($1::uuid[])",
        list(alert_ids),
    )
    return tuple(
        Delivery(
            delivery_id=str(row["id"]),
            alert_id=str(row["alert_id"]),
            first=row["kind"] == ALERT,
            channel=row["channel"],
            recipient=secret.of(row["recipient"]),
            state=row["state"],
            reason=row["reason"],
            provider_id=None,
        )
        for row in rows
    )
