"""Samples of what the checks of providers' payments find."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from cli.doctor import payments
from tests.unit.cli.doctor.findings import HERE, NOW, Broken, answer

CONNECTION: Final[dict[str, Any]] = {
    "id": 7, "provider": 3, "processor": "square", "status": "connected", "status_since": "2026-11-21T09:00:00Z",
    "issue": None, "last_error": None, "last_transaction_at": None, "webhook_url": f"{HERE}/api/v1/webhooks/square/7",
    "webhook_secret": "[REDACTED]", "tells_disputes": True,
}  # fmt: skip
OLD: Final = {"status_since": "2026-11-01T09:00:00Z"}
SEVENTH: Final = "connection 7 of provider 3 to square"
REFUSED: Final = {
    "id": 41,
    "provider": 7,
    "failed_reason": "There is too little.",
    "settled_at": (NOW - timedelta(days=1)).isoformat(),
    "payable_until": None,
}
STUCK: Final = {"id": 43, "processing_since": (NOW - timedelta(hours=3)).isoformat(), "payable_until": None}
OPEN: Final = {**STUCK, "payable_until": (NOW + timedelta(days=7)).isoformat()}
BLOCKED: Final = {
    "id": 44,
    "provider": 7,
    "blocked_by": "no_account",
    "created_at": (NOW - timedelta(days=8)).isoformat(),
}
OVERDUE: Final = {**REFUSED, "payable_until": (NOW - timedelta(days=1)).isoformat(), "invoice_number": "B7C2-0012"}
BROKEN: Final = {
    "a table of payments that can't be read": Broken(
        finding=payments.tables_judged({"providers": 3, "appointments": "permission denied"}),
        names="appointments can't be read: permission denied",
        way_out="fullhouse doctor databases",
    ),
    "a connection in error": Broken(
        finding=payments.connections_judged(
            [
                CONNECTION,
                {**CONNECTION, "status": "error", "issue": "connection_error", "last_error": "Square refuses"},
            ],
            now=NOW,
        ),
        names=f"{SEVENTH} is error: Square refuses",
        way_out="fullhouse playbook processor-connection-failure",
    ),
    "a connection that is pending for too long": Broken(
        finding=payments.connections_judged(
            [{**CONNECTION, "status": "pending", "issue": "connection_pending_too_long"}], now=NOW
        ),
        names=f"{SEVENTH} is pending: connection_pending_too_long",
        way_out="fullhouse playbook processor-connection-failure",
    ),
    "six collections of commission that were refused": Broken(
        finding=payments.commission_judged([{**REFUSED, "id": number} for number in range(6)], [STUCK], [], now=NOW),
        names="6 failed in 7 days",
        way_out="fullhouse playbook commission-failure",
    ),
    "a route of payments that fails": Broken(
        finding=payments.routes_judged({"/api/v1/hybrid-payments/test-routing": answer(500)}),
        names="/api/v1/hybrid-payments/test-routing answers 500",
        way_out="fullhouse logs errors",
    ),
}
NOTED: Final = {
    "no connection": payments.connections_judged([], now=NOW),
    "a collection that stands still": payments.commission_judged([REFUSED], [STUCK], [], now=NOW),
    "an overdue invoice of commission": payments.commission_judged([OVERDUE], [OPEN], [], now=NOW),
    "commission that waits for long": payments.commission_judged([], [], [BLOCKED], now=NOW),
    "a connection that was never used": payments.connections_judged([{**CONNECTION, **OLD}], now=NOW),
    "a connection without a transaction for a day": payments.connections_judged(
        [{**CONNECTION, **OLD, "last_transaction_at": "2026-11-20T11:59:59Z"}], now=NOW
    ),
    "an account whose disputes we may not see": payments.connections_judged(
        [{**CONNECTION, "tells_disputes": False}], now=NOW
    ),
    "a connection without a webhook secret": payments.webhooks_judged([{**CONNECTION, "webhook_secret": None}]),
}
WELL: Final = {
    "tables of payments": payments.tables_judged({"providers": 0, "appointments": 3}),
    "routing": payments.routing_judged(7, {"processor": "square", "decision": "external"}, {}),
    "connections": payments.connections_judged(
        [
            CONNECTION,
            {**CONNECTION, "status": "pending", "issue": "connection_pending"},
            {**CONNECTION, **OLD, "last_transaction_at": "2026-11-20T12:00:00Z"},
            {**CONNECTION, **OLD, "webhook_secret": None},
        ],
        now=NOW,
    ),
    "webhooks of connections": payments.webhooks_judged([CONNECTION, {**CONNECTION, "status": "error"}]),
    "commission": payments.commission_judged(
        [{**REFUSED, "settled_at": (NOW - timedelta(days=8)).isoformat()}] * 6 + [REFUSED] * 5,
        [{**STUCK, "processing_since": NOW.isoformat()}, OPEN],
        [{**BLOCKED, "created_at": NOW.isoformat()}, {**BLOCKED, "blocked_by": None}],
        now=NOW,
    ),
    "routes of payments": payments.routes_judged({"/a": answer(401), "/b": answer(403), "/c": answer()}),
}
