"""Samples of what the checks of our own parts find."""

from __future__ import annotations

from typing import Any, Final

from cli.doctor import addresses, configuration, databases, endpoints, kafka, machine, operation, stock
from cli.doctor.check import Finding
from cli.environment import SERVICES
from tests.unit.cli.doctor.findings import NOW, Broken, answer

FACTS: Final = {"version": "16.4 (Debian)", "size": 12_000_000, "used": 21, "most": 97}
GROUP: Final[dict[str, Any]] = {
    "group": "inventory-orders", "stopped": None, "stoppedPartitions": [], "deadLetters": 0, "deferred": 0,
}  # fmt: skip
JOB: Final = {"name": "forget-sessions", "service": "monitor", "standing": "waiting"}
SERVICE: Final[dict[str, Any]] = {
    "service": "notifier", "status": "healthy", "reason": None, "lag": 0, "outbox": {"depth": 0, "age": 0.0},
}  # fmt: skip
CALM: Final = {"enabled": False, "reason": None, "until": None, "by": None}


def certificate(until: str) -> Finding:
    issuer = ((("organizationName", "Let's Encrypt"),),)
    found = {"notBefore": "Oct  1 00:00:00 2026 GMT", "notAfter": f"{until} GMT", "issuer": issuer}
    return addresses.dated(found, now=NOW)


BROKEN: Final = {
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
NOTED: Final = {
    "a variable that waits for a restart": configuration.changes_judged(
        {"checkout": ["STRIPE_SECRET_KEY"], "inventory": [], "notifier": [], "monitor": []}
    ),
    "a service that kept no start": configuration.changes_judged({"checkout": []}),
    "a newer database": databases.judged("checkout", FACTS, ["0001", "0999"], shipped=["0001"]),
    "few connections": databases.judged("checkout", {**FACTS, "used": 90}, ["0001"], shipped=["0001"]),
    "much to read": kafka.lag_judged({"inventory-orders": 5000}),
    "deferred events": kafka.letters_judged([{**GROUP, "deferred": 1}]),
    "a certificate that ends soon": certificate("Dec  1 12:00:00 2026"),
    "a slow page": endpoints.judged({"/": answer(seconds=4.2)}),
    "no city": stock.judged([]),
    "a clock that drifts": machine.clocks_judged({"gateway": 7.0}),
    "a disk that fills": machine.disk_judged(8 * 10**9, 100 * 10**9),
    "an alert": operation.alerts_judged([{"severity": "low", "summary": "Few seats are left"}]),
    "a service that is slow": operation.services_judged([{**SERVICE, "status": "degraded", "reason": "slow"}]),
    "a reminder": operation.jobs_judged({"data": [{**JOB, "standing": "open"}], "silent": []}),
    "a pause": operation.maintenance_judged({**CALM, "enabled": True, "reason": "We move.", "by": "sam@example.com"}),
}
WELL: Final = {
    "unchanged": configuration.changes_judged({service: [] for service in SERVICES}),
    "a database": databases.judged("checkout", FACTS, ["0001"], shipped=["0001"]),
    "groups": kafka.groups_judged([GROUP]),
    "letters": kafka.letters_judged([GROUP]),
    "lag": kafka.lag_judged({"inventory-orders": 3}),
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
}
