"""`fullhouse status`: how it is, for somebody on call who has five seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import typer

from cli.errors import EXIT_FAILED
from cli.output import JsonOption

_MOST_ALERTS: Final = 10
_CRITICAL: Final = "critical"
# As the page of operations says it.
_STATES: Final = {"healthy": "Healthy", "degraded": "Degraded", "unhealthy": "Down"}


def status(*, as_json: JsonOption = False) -> None:
    """Show in one look what is wrong: open alerts, services, seats left, queues, the last sale.

    Exit code 1 while a critical alert is open.
    """
    from cli.admin import call
    from cli.environment import environ
    from cli.output import json_line

    found = call(environ(), "GET", "/api/operations", role="viewer")
    if as_json:
        json_line(found)
    else:
        _show(found)
    if any(alert["severity"] == _CRITICAL for alert in found["alerts"]):
        raise typer.Exit(EXIT_FAILED)


def _show(found: Mapping[str, Any]) -> None:
    from cli.output import say, table

    now = datetime.now(UTC)
    say(headline(found, now=now))
    if found["alerts"]:
        columns = ("Severity", "What", "Since", "Who")
        table("Open alerts", columns, alert_rows(found["alerts"], now=now), breaks="What")
    table("Services", ("Service", "State", "Last heard", "Lag", "Outbox", "Why"), service_rows(found["services"]))
    if found["stock"]:
        table("Seats", ("City", "Tier", "Sold", "Held", "Left"), stock_rows(found["stock"]))


def headline(found: Mapping[str, Any], *, now: datetime) -> str:
    """`2 open alerts, 1 critical, 1 taken by nobody · services healthy · payments 58.3% of 12 in 1 h · lag 12 · …`."""
    paid = found["payments"]
    judged = paid["paid"] + paid["failed"]
    parts = [
        _alerts(found["alerts"]),
        f"services {_STATES[found['status']].lower()}",
        f"payments {paid['successRate'] * 100:.1f}% of {judged} in 1 h" if judged else "no payments in 1 h",
        f"lag {sum(found['consumerLag'].values())}",
        f"last sale {_ago(found['lastSale'], now=now)}" if found["lastSale"] else "no sale yet",
    ]
    return " · ".join(parts)


def _alerts(alerts: Sequence[Mapping[str, Any]]) -> str:
    if not alerts:
        return "No open alerts"
    critical = sum(alert["severity"] == _CRITICAL for alert in alerts)
    untaken = sum(not alert["acknowledgedBy"] for alert in alerts)
    parts = [
        f"{len(alerts)} open alert{'' if len(alerts) == 1 else 's'}",
        f"{critical} critical" if critical else "",
        f"{untaken} taken by nobody" if untaken else "",
    ]
    return ", ".join(part for part in parts if part)


def alert_rows(alerts: Sequence[Mapping[str, Any]], *, now: datetime) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = [
        (
            alert["severity"].upper(),
            alert["summary"],
            _ago(alert["timestamp"], now=now),
            alert["acknowledgedBy"] or f"nobody (ACK {alert['code']})",
        )
        for alert in alerts[:_MOST_ALERTS]
    ]
    more = len(alerts) - _MOST_ALERTS
    return [*rows, ("", f"and {more} more", "", "")] if more > 0 else rows


def service_rows(services: Sequence[Mapping[str, Any]]) -> list[Sequence[str]]:
    return [
        (
            row["service"],
            _STATES[row["status"]],
            _passed(row["lastHeartbeat"]) if row["lastHeartbeat"] is not None else "never",
            str(row["lag"]),
            f"{row['outbox']['depth']}, {row['outbox']['age']:.0f} s",
            row["reason"] or "",
        )
        for row in services
    ]


def stock_rows(pools: Sequence[Mapping[str, Any]]) -> list[Sequence[str]]:
    return [
        (pool["cityId"], pool["tier"].upper(), str(pool["sold"]), str(pool["held"]), str(pool["available"]))
        for pool in pools
    ]


def _ago(moment: str, *, now: datetime) -> str:
    return _passed((now - datetime.fromisoformat(moment)).total_seconds())


def _passed(of: float) -> str:
    seconds = max(0, int(of))
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"
