"""SQL of the alerts. Whoever changes one holds its row's lock, so that its versions and events are in one order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from events import AlertKind, AlertStatus, Severity
from monitor.alerts.domain import Alert, HistoryEntry, Matter

_COLUMNS: Final = (
    'id, fingerprint, version, rule, kind, severity, category, labels, summary, value, unit, "limit", runbook,'
    " evidence, roles, channels, code, status, triggered_at, changed_at, acknowledged_at, acknowledged_by, resolved_at,"
    " clear_since"
)
_OPEN_LOCK: Final = 7_301_001  # serializes raising: two raisers of one fingerprint must see each other


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """Which alerts are looked for; an empty tuple asks for all.

    statuses: of the alerts
    severities: of the alerts
    categories: of the alerts
    rules: that raised them
    cities: that they are labelled with
    before: a place in the list; only older ones are looked for
    """

    statuses: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    before: tuple[datetime, UUID] | None = None


async def alone(tx: Transaction) -> None:
    """Keeps everybody else from raising an alert until the transaction ends. After it nothing is locked but alerts."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", _OPEN_LOCK)


async def try_alone(tx: Transaction) -> bool:
    """The same, unless somebody else is at it; False then."""
    return bool(await tx.fetchval("SELECT pg_try_advisory_xact_lock($1)", _OPEN_LOCK))


async def insert(tx: Transaction, alert: Alert) -> None:
    matter = alert.matter
    await tx.execute(
        """
        INSERT INTO alerts (id, fingerprint, version, rule, kind, severity, category, labels, summary, value, unit,
                            "limit", runbook, evidence, roles, channels, code, status, triggered_at, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19)
        """,
        alert.id,
        matter.fingerprint,
        alert.version,
        matter.rule,
        matter.kind.value,
        matter.severity.value,
        matter.category,
        dict(matter.labels),
        matter.summary,
        matter.value,
        matter.unit,
        matter.limit,
        matter.runbook,
        list(matter.evidence),
        list(alert.roles),
        list(alert.channels),
        alert.code,
        alert.status.value,
        alert.triggered_at,
    )


async def update(tx: Transaction, alert: Alert) -> None:
    """Writes what a change of state may change."""
    await tx.execute(
        """
        UPDATE alerts SET version = $2, status = $3, changed_at = $4, acknowledged_at = $5, acknowledged_by = $6,
                          resolved_at = $7, clear_since = $8
        WHERE id = $1
        """,
        alert.id,
        alert.version,
        alert.status.value,
        alert.changed_at,
        alert.acknowledged_at,
        alert.acknowledged_by,
        alert.resolved_at,
        alert.clear_since,
    )


async def set_clear_since(tx: Transaction, alert_id: UUID, since: datetime | None) -> None:
    await tx.execute("UPDATE alerts SET clear_since = $2 WHERE id = $1 AND status <> 'resolved'", alert_id, since)


async def note(tx: Transaction, alert: Alert, entry: HistoryEntry) -> None:
    await tx.execute(
        "INSERT INTO alert_history (alert_id, version, status, at, by, way, note) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        alert.id,
        entry.version,
        entry.status.value,
        entry.at,
        entry.by,
        entry.way,
        entry.note,
    )


async def locked(tx: Transaction, alert_id: UUID) -> Alert | None:
    """The alert, locked until the transaction ends."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM alerts WHERE id = $1 FOR UPDATE", alert_id)  # noqa: S608
    return _alert(row) if row else None


async def open_of(tx: Transaction, fingerprint: str) -> Alert | None:
    """The open alert of a fingerprint, locked."""
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM alerts WHERE fingerprint = $1 AND status <> 'resolved' FOR UPDATE",  # noqa: S608
        fingerprint,
    )
    return _alert(row) if row else None


async def open_by_rule(tx: Transaction) -> dict[str, list[Alert]]:
    """All open alerts, unlocked."""
    found: dict[str, list[Alert]] = {}
    for row in await tx.fetch(f"SELECT {_COLUMNS} FROM alerts WHERE status <> 'resolved' ORDER BY id"):  # noqa: S608
        found.setdefault(row["rule"], []).append(_alert(row))
    return found


async def raised_since(tx: Transaction, rules: Mapping[str, datetime]) -> set[str]:
    """The fingerprints of each rule's alerts since its time, whatever became of them."""
    rows = await tx.fetch(
        """
        SELECT fingerprint FROM alerts JOIN unnest($1::text[], $2::timestamptz[]) AS asked (rule, since) USING (rule)
        WHERE triggered_at > since
        """,
        list(rules),
        list(rules.values()),
    )
    return {row["fingerprint"] for row in rows}


async def open_of_city(tx: Transaction, rule: str, city: str) -> list[Alert]:
    """Open alerts of a rule and a city, locked in one order."""
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS} FROM alerts WHERE rule = $1 AND status <> 'resolved' AND labels ->> 'city' = $2
        ORDER BY id FOR UPDATE
        """,  # noqa: S608
        rule,
        city,
    )
    return [_alert(row) for row in rows]


async def open_codes(tx: Transaction) -> list[str]:
    return [row["code"] for row in await tx.fetch("SELECT code FROM alerts WHERE status <> 'resolved'")]


async def get(reader: Reader, alert_id: UUID) -> Alert | None:
    row = await reader.fetchrow(f"SELECT {_COLUMNS} FROM alerts WHERE id = $1", alert_id)  # noqa: S608
    return _alert(row) if row else None


async def history(reader: Reader, alert_id: UUID) -> list[HistoryEntry]:
    rows = await reader.fetch(
        "SELECT version, status, at, by, way, note FROM alert_history WHERE alert_id = $1 ORDER BY version", alert_id
    )
    return [
        HistoryEntry(
            version=row["version"],
            status=AlertStatus(row["status"]),
            at=row["at"],
            by=row["by"],
            way=row["way"],
            note=row["note"],
        )
        for row in rows
    ]


async def find(reader: Reader, wanted: AlertFilter, *, limit: int) -> list[Alert]:
    """Alerts that are looked for, the newest first."""
    moment, last = wanted.before or (None, None)
    rows = await reader.fetch(
        f"""
        SELECT {_COLUMNS} FROM alerts
        WHERE (cardinality($1::text[]) = 0 OR status = ANY($1))
          AND (cardinality($2::text[]) = 0 OR severity = ANY($2))
          AND (cardinality($3::text[]) = 0 OR category = ANY($3))
          AND (cardinality($4::text[]) = 0 OR rule = ANY($4))
          AND (cardinality($5::text[]) = 0 OR labels ->> 'city' = ANY($5))
          AND ($6::timestamptz IS NULL OR (triggered_at, id) < ($6, $7::uuid))
        ORDER BY triggered_at DESC, id DESC LIMIT $8
        """,  # noqa: S608
        list(wanted.statuses),
        list(wanted.severities),
        list(wanted.categories),
        list(wanted.rules),
        list(wanted.cities),
        moment,
        last,
        limit,
    )
    return [_alert(row) for row in rows]


async def newest_of_cities(reader: Reader, cities: Sequence[str], *, most: int) -> dict[str, list[Alert]]:
    """The newest alerts that are labelled with each city."""
    rows = await reader.fetch(
        f"""
        SELECT {_COLUMNS} FROM (
            SELECT {_COLUMNS}, row_number() OVER of_city AS place FROM alerts WHERE labels ->> 'city' = ANY($1)
            WINDOW of_city AS (PARTITION BY labels ->> 'city' ORDER BY triggered_at DESC, id DESC)
        ) AS placed WHERE place <= $2 ORDER BY place
        """,  # noqa: S608
        list(cities),
        most,
    )
    found: dict[str, list[Alert]] = {}
    for alert in map(_alert, rows):
        found.setdefault(alert.matter.labels["city"], []).append(alert)
    return found


async def pending_by_rule(tx: Transaction) -> dict[str, dict[str, datetime]]:
    """Since when each condition holds that has not held for long enough, by rule and fingerprint."""
    found: dict[str, dict[str, datetime]] = {}
    for row in await tx.fetch("SELECT rule, fingerprint, since FROM pending_alerts"):
        found.setdefault(row["rule"], {})[row["fingerprint"]] = row["since"]
    return found


async def wait(tx: Transaction, fingerprint: str, *, rule: str, since: datetime) -> None:
    """Keeps since when a condition holds; what is kept already stays."""
    await tx.execute(
        "INSERT INTO pending_alerts (fingerprint, rule, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        fingerprint,
        rule,
        since,
    )


async def forget(tx: Transaction, fingerprint: str) -> None:
    await tx.execute("DELETE FROM pending_alerts WHERE fingerprint = $1", fingerprint)


async def forget_other_rules(tx: Transaction, rules: Sequence[str]) -> None:
    """Forgets what waits for a rule that is no longer there."""
    await tx.execute("DELETE FROM pending_alerts WHERE NOT rule = ANY($1)", list(rules))


async def orphans(tx: Transaction, rules: Sequence[str], *, way: str) -> list[UUID]:
    """Open alerts that were raised in this way by rules which are not among these."""
    rows = await tx.fetch(
        """
        SELECT id FROM alerts JOIN alert_history ON alert_id = id AND alert_history.version = 1 AND way = $2
        WHERE alerts.status <> 'resolved' AND NOT rule = ANY($1) ORDER BY id
        """,
        list(rules),
        way,
    )
    return [row["id"] for row in rows]


async def take_crossing(tx: Transaction, *, city: str, tier: str, stock_version: int) -> bool:
    """Keeps a crossing as its pool's newest; False when a newer one is here already (E-6)."""
    found = await tx.fetchval(
        """
        INSERT INTO stock_crossings AS kept (city, tier, stock_version) VALUES ($1, $2, $3)
        ON CONFLICT (city, tier) DO UPDATE SET stock_version = excluded.stock_version
        WHERE kept.stock_version < excluded.stock_version RETURNING true
        """,
        city,
        tier,
        stock_version,
    )
    return bool(found)


async def newest_crossing(tx: Transaction, *, city: str, tier: str) -> int:
    """The stock version of a pool's newest crossing, 0 before the first."""
    found = await tx.fetchval("SELECT stock_version FROM stock_crossings WHERE city = $1 AND tier = $2", city, tier)
    return int(found or 0)


def _alert(row: Row) -> Alert:
    return Alert(
        id=row["id"],
        version=row["version"],
        matter=Matter(
            rule=row["rule"],
            kind=AlertKind(row["kind"]),
            severity=Severity(row["severity"]),
            category=row["category"],
            labels=row["labels"],
            summary=row["summary"],
            value=row["value"],
            unit=row["unit"],
            limit=row["limit"],
            runbook=row["runbook"],
            evidence=tuple(row["evidence"]),
        ),
        roles=tuple(row["roles"]),
        channels=tuple(row["channels"]),
        code=row["code"],
        status=AlertStatus(row["status"]),
        triggered_at=row["triggered_at"],
        changed_at=row["changed_at"],
        acknowledged_at=row["acknowledged_at"],
        acknowledged_by=row["acknowledged_by"],
        resolved_at=row["resolved_at"],
        clear_since=row["clear_since"],
    )
