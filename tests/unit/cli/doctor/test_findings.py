"""What each check of the doctor makes of what it is told: the broken thing by its name, and the way out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from chassis.settings import StripeSettings
from checkout.payments.processors.port import Account, Endpoint
from checkout.payments.processors.stripe_types import HANDLED
from cli.commands.doctor import tally
from cli.doctor import (
    addresses,
    configuration,
    databases,
    endpoints,
    kafka,
    machine,
    operation,
    pagerduty,
    payments,
    sendgrid,
    slack,
    stock,
    stripe,
    twilio,
)
from cli.doctor.asking import Answer
from cli.doctor.check import Check, Examined, Finding, State
from cli.doctor.examining import Result
from cli.environment import SERVICES

NOW: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HERE: Final = "https://tickets.example.com"
STRIPE: Final = StripeSettings.from_environ({"FULLHOUSE_MODE": "sandbox", "SANDBOX_URL": "http://127.0.0.1:8090"})
FACTS: Final = {"version": "16.4 (Debian)", "size": 12_000_000, "used": 21, "most": 97}
GROUP: Final[dict[str, Any]] = {
    "group": "inventory-orders", "stopped": None, "stoppedPartitions": [], "deadLetters": 0, "deferred": 0,
}  # fmt: skip
JOB: Final = {"name": "forget-sessions", "service": "monitor", "standing": "waiting"}
SERVICE: Final[dict[str, Any]] = {
    "service": "notifier", "status": "healthy", "reason": None, "lag": 0, "outbox": {"depth": 0, "age": 0.0},
}  # fmt: skip
CONNECTION: Final[dict[str, Any]] = {
    "id": 7, "provider": 3, "processor": "square", "status": "connected", "status_since": "2026-11-21T09:00:00Z",
    "issue": None, "last_error": None, "last_transaction_at": None, "webhook_url": f"{HERE}/api/v1/webhooks/square/7",
    "webhook_secret": "[REDACTED]", "tells_disputes": True,
}  # fmt: skip
OLD: Final = {"status_since": "2026-11-01T09:00:00Z"}
SEVENTH: Final = "connection 7 of provider 3 to square"
CALM: Final = {"enabled": False, "reason": None, "until": None, "by": None}


def answer(status: int = 200, *, seconds: float = 0.1, text: str = "", **headers: str) -> Answer:
    return Answer(status=status, headers=headers, text=text, seconds=seconds)


def certificate(until: str) -> Finding:
    issuer = ((("organizationName", "Let's Encrypt"),),)
    found = {"notBefore": "Oct  1 00:00:00 2026 GMT", "notAfter": f"{until} GMT", "issuer": issuer}
    return addresses.dated(found, now=NOW)


def stripe_with(*endpoints: Endpoint, may_charge: bool = True) -> Finding:
    account = Account(account_id="acct_1", may_charge=may_charge, connected=False)
    return stripe.judged(account, endpoints, stripe.set_up(STRIPE, HERE))


def endpoint(
    path: str = "/api/webhooks/stripe", *, enabled: bool = True, types: frozenset[str] | None = HANDLED
) -> Endpoint:
    return Endpoint(url=HERE + path, enabled=enabled, types=types)


def twilio_with(balance: str, **account: str) -> Finding:
    return twilio.judged(
        {"status": "active", "type": "Full", **account}, {"balance": balance, "currency": "USD"}, stands_in=False
    )


def sendgrid_with(url: str = f"{HERE}/api/webhooks/sendgrid", **account: Any) -> Finding:
    return sendgrid.judged({"type": "paid", **account}, {"enabled": True, "url": url}, HERE, stands_in=False)


def pagerduty_says(status: int) -> Finding:
    return pagerduty.judged(
        "PAGERDUTY_ROUTING_KEY", status, keys_remedy="Set the key.", trouble_remedy="See status.", stands_in=False
    )


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A thing that is broken: what the check says of it, and of the way out."""

    finding: Finding
    names: str
    way_out: str


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
    "a database without its newest migrations": Broken(
        finding=databases.judged("checkout", FACTS, ["0001"], shipped=["0001", "0100"]),
        names="0100",
        way_out="fullhouse migrate checkout",
    ),
    "a stopped group": Broken(
        finding=kafka.groups_judged([{**GROUP, "stopped": {"reason": "LookupError"}}]),
        names="inventory-orders: LookupError",
        way_out="fullhouse playbook subscription-stopped",
    ),
    "a stopped partition": Broken(
        finding=kafka.groups_judged(
            [{**GROUP, "stoppedPartitions": [{"topic": "orders", "partition": 3, "reason": "unreadable"}]}]
        ),
        names="orders 3",
        way_out="fullhouse playbook subscription-stopped",
    ),
    "dead letters": Broken(
        finding=kafka.letters_judged([{**GROUP, "deadLetters": 2}]),
        names="2 of inventory-orders",
        way_out="fullhouse dlq list",
    ),
    "an account that may take no payments": Broken(
        finding=stripe_with(endpoint(), may_charge=False), names="no payments", way_out="Stripe's dashboard"
    ),
    "no webhook endpoint": Broken(
        finding=stripe_with(endpoint("/elsewhere")),
        names=f"{HERE}/api/webhooks/stripe",
        way_out="STRIPE_WEBHOOK_SECRET",
    ),
    "a disabled webhook endpoint": Broken(
        finding=stripe_with(endpoint(enabled=False)), names="disabled", way_out="Enable it"
    ),
    "a webhook endpoint that is told too little": Broken(
        finding=stripe_with(endpoint(types=frozenset({"charge.refunded"}))),
        names="checkout.session.completed",
        way_out="Add these events",
    ),
    "an endpoint for connected accounts whose secret is not set": Broken(
        finding=stripe_with(endpoint(), endpoint("/api/webhooks/stripe/connect")),
        names="is registered, and there is no secret of it",
        way_out="STRIPE_CONNECT_WEBHOOK_SECRET",
    ),
    "a suspended account at Twilio": Broken(
        finding=twilio_with("10", status="suspended"), names="suspended", way_out="Twilio's console"
    ),
    "spent money at Twilio": Broken(finding=twilio_with("-0.10"), names="-0.10 USD", way_out="Billing"),
    "a token that Slack has revoked": Broken(
        finding=slack.judged({"ok": False, "error": "token_revoked"}, stands_in=False),
        names="SLACK_BOT_TOKEN: token_revoked",
        way_out="Install the app again",
    ),
    "a key that PagerDuty does not know": Broken(
        finding=pagerduty_says(400), names="PAGERDUTY_ROUTING_KEY", way_out="Set the key."
    ),
    "PagerDuty in trouble": Broken(finding=pagerduty_says(500), names="HTTP 500", way_out="See status."),
    "a certificate that ends": Broken(
        finding=certificate("Nov 23 12:00:00 2026"), names="2 days", way_out="Renew the certificate"
    ),
    "an address without encryption": Broken(
        finding=addresses.plain("http://tickets.example.com"), names="not encrypted", way_out="https://"
    ),
    "a service behind the gateway that is away": Broken(
        finding=endpoints.judged({"/": answer(), "/api/inventory": answer(502)}),
        names="/api/inventory 502",
        way_out="fullhouse status",
    ),
    "a gateway that is away": Broken(
        finding=endpoints.judged({"/": None, "/login": None}), names="gateway", way_out="make status"
    ),
    "a service that is down": Broken(
        finding=operation.services_judged([{**SERVICE, "status": "unhealthy", "reason": "silent"}]),
        names="notifier unhealthy (silent)",
        way_out="fullhouse logs errors --service notifier",
    ),
    "a critical alert": Broken(
        finding=operation.alerts_judged([{"severity": "critical", "summary": "Payments are down"}]),
        names="Payments are down",
        way_out="fullhouse status",
    ),
    "a job that failed": Broken(
        finding=operation.jobs_judged({"data": [{**JOB, "standing": "failed"}], "silent": []}),
        names="forget-sessions of monitor failed",
        way_out="fullhouse jobs history forget-sessions",
    ),
    "a job that is late": Broken(
        finding=operation.jobs_judged({"data": [{**JOB, "standing": "late"}], "silent": []}),
        names="late",
        way_out="fullhouse playbook job-failed",
    ),
    "an invariant that is broken": Broken(
        finding=operation.rules_judged({"rules": [{"name": "oversold", "state": "broken", "count": 2}]}),
        names="oversold (2)",
        way_out="fullhouse maintenance start",
    ),
    "a clock that is wrong": Broken(
        finding=machine.clocks_judged({"gateway": 0.0, "checkout's database": -95.0}),
        names="checkout's database differs by -95.0 s",
        way_out="Synchronise",
    ),
    "a full disk": Broken(finding=machine.disk_judged(10**9, 100 * 10**9), names="1.0 of 100.0 GB", way_out="Remove"),
    "a health that is bad": Broken(
        finding=endpoints.health_judged(
            {"status": "unhealthy", "version": "1", "services": {"stripe": {"status": "unhealthy"}}}
        ),
        names="stripe unhealthy",
        way_out="fullhouse status",
    ),
}


@pytest.mark.proves("O-2")
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_the_broken_thing_is_named_with_the_way_out(broken: Broken) -> None:
    assert broken.finding.state is State.WRONG
    assert broken.names in broken.finding.detail
    assert broken.way_out in broken.finding.remedy


NOTED: Final = {
    "a variable that waits for a restart": configuration.changes_judged(
        {"checkout": ["STRIPE_SECRET_KEY"], "inventory": [], "notifier": [], "monitor": []}
    ),
    "a service that kept no start": configuration.changes_judged({"checkout": []}),
    "a newer database": databases.judged("checkout", FACTS, ["0001", "0999"], shipped=["0001"]),
    "few connections": databases.judged("checkout", {**FACTS, "used": 90}, ["0001"], shipped=["0001"]),
    "much to read": kafka.lag_judged({"inventory-orders": 5000}),
    "deferred events": kafka.letters_judged([{**GROUP, "deferred": 1}]),
    "two endpoints": stripe_with(endpoint(), endpoint()),
    "little money": twilio_with("2.50"),
    "a trial account": twilio_with("15", type="Trial"),
    "receipts that go elsewhere": sendgrid_with("https://old.example.com"),
    "a poor reputation": sendgrid_with(reputation=40),
    "PagerDuty asked too often": pagerduty_says(429),
    "a certificate that ends soon": certificate("Dec  1 12:00:00 2026"),
    "a slow page": endpoints.judged({"/": answer(seconds=4.2)}),
    "no city": stock.judged([]),
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
    "a clock that drifts": machine.clocks_judged({"gateway": 7.0}),
    "a disk that fills": machine.disk_judged(8 * 10**9, 100 * 10**9),
    "an alert": operation.alerts_judged([{"severity": "low", "summary": "Few seats are left"}]),
    "a service that is slow": operation.services_judged([{**SERVICE, "status": "degraded", "reason": "slow"}]),
    "a reminder": operation.jobs_judged({"data": [{**JOB, "standing": "open"}], "silent": []}),
    "a pause": operation.maintenance_judged({**CALM, "enabled": True, "reason": "We move.", "by": "sam@example.com"}),
}


@pytest.mark.proves("O-2")
@pytest.mark.parametrize("finding", NOTED.values(), ids=NOTED)
def test_what_is_not_broken_and_should_be_known_is_a_note(finding: Finding) -> None:
    assert finding.state is State.NOTE
    assert finding.remedy


WELL: Final = {
    "unchanged": configuration.changes_judged({service: [] for service in SERVICES}),
    "a database": databases.judged("checkout", FACTS, ["0001"], shipped=["0001"]),
    "groups": kafka.groups_judged([GROUP]),
    "letters": kafka.letters_judged([GROUP]),
    "lag": kafka.lag_judged({"inventory-orders": 3}),
    "stripe": stripe_with(endpoint(), endpoint("/elsewhere")),
    "stripe, all events": stripe_with(endpoint(types=None)),
    "twilio": twilio_with("20"),
    "sendgrid": sendgrid_with(reputation=99),
    "slack": slack.judged({"ok": True, "user": "fullhouse", "team": "Workshops"}, stands_in=True),
    "pagerduty": pagerduty_says(202),
    "certificate": certificate("Feb  1 12:00:00 2027"),
    "loopback": addresses.plain("http://127.0.0.1:8000"),
    "endpoints": endpoints.judged({"/": answer()}),
    "a health that is told": endpoints.judged({"/": answer(), "/api/health": answer(503, text='{"services": {}}')}),
    "health": endpoints.health_judged({"status": "healthy", "version": "1", "services": {}}),
    "clock": machine.clocks_judged({"gateway": 0.4}),
    "disk": machine.disk_judged(50 * 10**9, 100 * 10**9),
    "services": operation.services_judged([SERVICE]),
    "alerts": operation.alerts_judged([]),
    "jobs": operation.jobs_judged({"data": [JOB], "silent": []}),
    "invariants": operation.rules_judged({"rules": [{"name": "money", "state": "not_judged", "count": 0}]}),
    "maintenance": operation.maintenance_judged(CALM),
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


@pytest.mark.proves("O-2")
@pytest.mark.parametrize("finding", WELL.values(), ids=WELL)
def test_what_is_as_it_should_be_needs_nothing(finding: Finding) -> None:
    assert (finding.state, finding.remedy) == (State.WELL, "")


def test_stock_is_a_line_a_city() -> None:
    city = {"cityId": "tampa", "publicAvailable": {"ga": 12, "vip": 3}, "publicLimits": {"ga": 35, "vip": 15}}
    assert stock.judged([city, {**city, "cityId": "dallas"}]).detail == (
        "tampa GA(12/35) VIP(3/15)\ndallas GA(12/35) VIP(3/15)"
    )


def test_a_stand_in_is_said_to_be_one() -> None:
    assert WELL["slack"].detail.startswith("the sandbox stands in")


async def nothing(_: Examined) -> Finding:
    return WELL["disk"]


PART: Final = Check(part="payments", name="any", look=nothing, remedy="")


@pytest.mark.proves("P-12")
def test_what_was_found_is_counted_at_the_end() -> None:
    failed = {**CONNECTION, "status": "error", "issue": "connection_error", "last_error": "refused"}
    findings = [
        payments.connections_judged([failed, {**failed, "id": 8}, {**CONNECTION, **OLD, "id": 9}], now=NOW),
        payments.webhooks_judged([{**CONNECTION, "webhook_url": None, "webhook_secret": None}]),
        payments.tables_judged({"providers": 3}),
    ]
    assert tally([Result(PART, finding, 0.1) for finding in findings]) == [
        "Checks passed: 2/3",
        "Issues found: 2",
        f"  - {SEVENTH} is error: refused",
        "  - connection 8 of provider 3 to square is error: refused",
        "Warnings: 2",
        "  - connection 9 of provider 3 to square had no transaction for a day",
        f"  - {SEVENTH} has no webhook url and no webhook secret",
    ]


@pytest.mark.proves("P-3")
def test_a_workshop_of_a_provider_who_is_not_there_is_told() -> None:
    found = payments.routing_judged(7, {}, {"dallas-jan-2027": 12})
    assert (found.state, found.warnings) == (
        State.NOTE,
        ("dallas-jan-2027 is of provider 12, who is not there: we take its payments",),
    )
    assert found.remedy.startswith("fullhouse providers set ID")
