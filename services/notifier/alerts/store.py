"""All SQL of alerts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from events import AlertEvent
from notifier.alerts.domain import Standing
from notifier.channels.pagerduty import dedup_key

_COLUMNS = "alert_id, fingerprint, version, kind, status, code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened to an alert.

    what: raised, acknowledged or resolved
    actor: who did it; empty where nobody did
    way: how they did it
    reason: a sentence for people
    occurred_at: when
    """

    what: str
    actor: str
    way: str | None
    reason: str | None
    occurred_at: datetime


async def note(tx: Transaction, event: AlertEvent, moment: Moment) -> Standing:
    """Writes down what happened, locks the alert, and returns the newest that is known of it (E-6)."""
    await tx.execute(
        """
        INSERT INTO alerts (alert_id, fingerprint, page_key, version, kind, status, code, event)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (alert_id) DO UPDATE
        SET version = excluded.version, status = excluded.status, event = excluded.event
        WHERE alerts.version < excluded.version
        """,
        event.alert_id,
        event.fingerprint,
        dedup_key(event.fingerprint),
        event.version,
        event.kind,
        event.status,
        event.code,
        event.model_dump(mode="json", by_alias=True),
    )
    await tx.execute(
        """
        INSERT INTO alert_moments (alert_id, version, what, actor, way, reason, occurred_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
        """,
        event.alert_id,
        event.version,
        moment.what,
        moment.actor,
        moment.way,
        moment.reason,
        moment.occurred_at,
    )
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM alerts WHERE alert_id = $1 FOR UPDATE", event.alert_id)  # noqa: S608
    if row is None:
        raise LookupError("an alert that was just written is gone")
    return _standing(row)


async def standings(reader: Reader, alert_ids: Collection[UUID]) -> dict[UUID, Standing]:
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM alerts WHERE alert_id = ANY($1)",  # noqa: S608
        list(alert_ids),
    )
    return {row["alert_id"]: _standing(row) for row in rows}


async def lock(tx: Transaction, alert_id: UUID) -> Standing | None:
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM alerts WHERE alert_id = $1 FOR UPDATE", alert_id)  # noqa: S608
    return _standing(row) if row else None


async def by_code(reader: Reader, code: str) -> list[Standing]:
    """Alerts with this code, those that are open first, then the newest first."""
    rows = await reader.fetch(
        f"""
        SELECT {_COLUMNS} FROM alerts WHERE code = $1 AND kind = 'condition'
        ORDER BY array_position(ARRAY['firing', 'acknowledged', 'resolved'], status), alert_id DESC LIMIT 10
        """,  # noqa: S608
        code,
    )
    return [_standing(row) for row in rows]


async def newest_paged(reader: Reader, key: str) -> Standing | None:
    """The alert that PagerDuty's dedup key stands for now."""
    row = await reader.fetchrow(
        f"SELECT {_COLUMNS} FROM alerts WHERE page_key = $1 ORDER BY alert_id DESC LIMIT 1",  # noqa: S608
        key,
    )
    return _standing(row) if row else None


async def newest_event(reader: Reader, alert_id: UUID) -> dict[str, Any] | None:
    event: dict[str, Any] | None = await reader.fetchval("SELECT event FROM alerts WHERE alert_id = $1", alert_id)
    return event


async def moments(reader: Reader, alert_id: UUID) -> list[Moment]:
    rows = await reader.fetch(
        "SELECT what, actor, way, reason, occurred_at FROM alert_moments WHERE alert_id = $1 ORDER BY version",
        alert_id,
    )
    return [Moment(**row) for row in rows]


def _standing(row: Row) -> Standing:
    return Standing(
        alert_id=row["alert_id"],
        fingerprint=row["fingerprint"],
        version=row["version"],
        kind=row["kind"],
        status=row["status"],
        code=row["code"],
    )
