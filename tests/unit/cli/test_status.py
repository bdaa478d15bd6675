"""What `fullhouse status` says of an answer of the monitor, and a line of `fullhouse alerts tail`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.ids import uuid7
from cli.commands.alerts import line
from cli.commands.status import alert_rows, headline, service_rows, stock_rows
from eventbus import RawRecord, Received
from events import AlertKind, AlertRaised, AlertResolved, AlertStatus, Envelope, Severity
from tests.unit.monitor.samples import NOW

CALM: dict[str, Any] = {
    "status": "healthy",
    "alerts": [],
    "payments": {"paid": 0, "failed": 0, "declined": 0, "successRate": 1.0},
    "consumerLag": {"a": 3, "b": 9},
    "lastSale": None,
}


def alert(severity: str, **changes: Any) -> dict[str, Any]:
    made = {"severity": severity, "summary": "Payments are down", "timestamp": "2026-11-21T11:48:30Z", "code": "4471"}
    return {**made, "acknowledgedBy": None, **changes}


@pytest.mark.proves("O-1")
def test_the_first_line_says_what_is_wrong() -> None:
    assert headline(CALM, now=NOW) == "No open alerts · services healthy · no payments in 1 h · lag 12 · no sale yet"
    payments = {"paid": 7, "failed": 5, "declined": 1, "successRate": 0.5833}
    bad = {
        **CALM,
        "status": "unhealthy",
        "alerts": [alert("critical"), alert("high", acknowledgedBy="ann@example.com")],
        "payments": payments,
        "lastSale": "2026-11-21T11:56:00.000Z",
    }
    assert headline(bad, now=NOW) == (
        "2 open alerts, 1 critical, 1 taken by nobody · services down · payments 58.3% of 12 in 1 h · lag 12"
        " · last sale 4 min ago"
    )


def test_rows_name_who_took_an_alert_or_how_to() -> None:
    rows = alert_rows([alert("critical"), alert("high", acknowledgedBy="ann@example.com")], now=NOW)
    assert rows == [
        ("CRITICAL", "Payments are down", "12 min ago", "nobody (ACK 4471)"),
        ("HIGH", "Payments are down", "12 min ago", "ann@example.com"),
    ]
    assert alert_rows([alert("low")] * 13, now=NOW)[-1][1] == "and 3 more"


def test_services_and_seats_are_a_row_each() -> None:
    service = {"service": "checkout", "status": "degraded", "lastHeartbeat": None, "lag": 4, "reason": "slow"}
    outbox = {"depth": 2, "age": 1.4}
    assert service_rows([{**service, "outbox": outbox}]) == [("checkout", "Degraded", "never", "4", "2, 1 s", "slow")]
    stopped = {**service, "status": "unhealthy", "lastHeartbeat": 133.4, "reason": "said goodbye", "outbox": outbox}
    assert service_rows([stopped])[0][:3] == ("checkout", "Down", "2 min ago")
    pool = {"cityId": "dallas", "tier": "ga", "sold": 30, "held": 2, "available": 3}
    assert stock_rows([pool]) == [("dallas", "GA", "30", "2", "3")]


def received(event: AlertRaised | AlertResolved) -> Received[Any]:
    envelope = Envelope(id=uuid7(), source="monitor", type=event.type, time=NOW, subject=event.key)
    record = RawRecord(topic=event.destination, partition=0, offset=0, key=None, value=None, headers=())
    return Received(event=event, envelope=envelope, record=record)


def test_a_line_of_the_tail() -> None:
    facts: dict[str, Any] = {
        "alert_id": uuid4(),
        "fingerprint": "service_down{service=checkout}",
        "version": 1,
        "rule": "service_down",
        "kind": AlertKind.CONDITION,
        "severity": Severity.CRITICAL,
        "category": "api",
        "labels": {"service": "checkout"},
        "summary": "checkout is down",
        "status": AlertStatus.FIRING,
        "code": "4471",
        "triggered_at": NOW,
        "occurred_at": NOW + timedelta(seconds=5),
    }
    raised = AlertRaised(**facts, roles=(), channels=())
    assert line(received(raised)) == "12:00:35  raised        critical  checkout is down  ACK 4471"
    resolved = AlertResolved(**facts, reason="The condition is over.")
    assert line(received(resolved)) == "12:00:35  resolved      critical  checkout is down  The condition is over."
