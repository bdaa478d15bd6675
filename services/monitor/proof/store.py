"""SQL of the looks, and of the monitor's own part of the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from chassis.database import Reader, Row, Transaction
from invariants import Alert, AlertStep, Evidence, Figure
from invariants.digest import Raised
from monitor.proof.domain import Look, Pace, Period

MOST_ALERTS: Final = 500
_LOOK: Final = TypeAdapter(Look)


@dataclass(frozen=True, slots=True)
class Turn:
    """It is time for a look.

    before: the one before
    whole_day: whether everything of a day is looked at
    """

    before: Look | None
    whole_day: bool


async def take_turn(tx: Transaction, *, now: datetime, pace: Pace) -> Turn | None:
    """Takes the turn to look; None when it is not time yet, or somebody else looks right now."""
    row = await tx.fetchrow(
        """
        SELECT day_begun_at = 'epoch' AS day_wanted, look FROM proof_looks
        WHERE begun_at <= $1 FOR UPDATE SKIP LOCKED
        """,
        now - pace.every,
    )
    if row is None:
        return None
    whole_day = row["day_wanted"]
    await tx.execute(
        "UPDATE proof_looks SET begun_at = $1, day_begun_at = CASE WHEN $2 THEN $1 ELSE day_begun_at END",
        now,
        whole_day,
    )
    return Turn(before=_read(row["look"]), whole_day=whole_day)


async def want_day(tx: Transaction) -> None:
    """Lets the next look be at everything of a day, as the first one is."""
    await tx.execute("UPDATE proof_looks SET day_begun_at = 'epoch'")


async def keep(tx: Transaction, look: Look) -> None:
    """Keeps a look as the last one."""
    await tx.execute("UPDATE proof_looks SET look = $1", _LOOK.dump_python(look, mode="json"))


async def latest(reader: Reader) -> Look | None:
    """The last look; None before the first."""
    return _read(await reader.fetchval("SELECT look FROM proof_looks"))


async def counted(reader: Reader, period: Period) -> Figure:
    """How many orders of whatever kind were paid in a period, and how much for, by the minutes of the figures."""
    row = await reader.fetchrow(
        """
        SELECT coalesce(sum(count), 0)::bigint AS orders, coalesce(sum(total), 0)::bigint AS amount
        FROM minute_figures WHERE figure = 'orders_paid' AND minute >= $1 AND minute < $2
        """,
        period.since,
        period.until,
    )
    return Figure(**row) if row else Figure(orders=0, amount=0)


@dataclass(frozen=True, slots=True)
class OwnAlerts:
    """Alerts of a period.

    part: each with what was said of it in its own transaction
    raised: when each was raised, and for whom
    """

    part: Evidence
    raised: Sequence[tuple[datetime, Raised]]


async def alerts(reader: Reader, period: Period) -> OwnAlerts:
    """Alerts of the period to which nothing happened since, without those that proof itself has raised: a message of
    one of them that fails would raise the next.
    """
    rows = await reader.fetch(
        """
        SELECT id, fingerprint, a.version, a.status, array_agg(h.version ORDER BY h.version) AS versions,
               array_agg(h.status ORDER BY h.version) AS statuses,
               a.triggered_at, a.severity, a.category, a.roles, a.channels
        FROM (
            SELECT id, fingerprint, version, status, triggered_at, severity, category, roles, channels FROM alerts
            WHERE triggered_at >= $1 AND triggered_at < $2 AND changed_at < $2
              AND rule NOT IN ('invariant_broken', 'inventory_negative', 'fulfilment_late')
            ORDER BY triggered_at DESC LIMIT $3
        ) a LEFT JOIN alert_history h ON h.alert_id = id
        GROUP BY id, fingerprint, a.version, a.status, a.triggered_at, a.severity, a.category, a.roles, a.channels
        """,
        period.since,
        period.until,
        MOST_ALERTS,
    )
    return OwnAlerts(
        Evidence(alerts=_alerts(rows), told=_steps(rows)), [(row["triggered_at"], _raised(row)) for row in rows]
    )


def _alerts(rows: Sequence[Row]) -> tuple[Alert, ...]:
    return tuple(
        Alert(
            alert_id=str(row["id"]),
            fingerprint=row["fingerprint"],
            key="",
            version=row["version"],
            status=row["status"],
        )
        for row in rows
    )


def _steps(rows: Sequence[Row]) -> tuple[AlertStep, ...]:
    return tuple(
        AlertStep(alert_id=str(row["id"]), version=version, status=status)
        for row in rows
        for version, status in zip(row["versions"], row["statuses"], strict=True)
        if version is not None
    )


def _raised(row: Row) -> Raised:
    return Raised(
        alert_id=str(row["id"]),
        severity=row["severity"],
        category=row["category"],
        roles=tuple(row["roles"]),
        channels=tuple(row["channels"]),
    )


def _read(look: object) -> Look | None:
    return None if look is None else _LOOK.validate_python(look)
