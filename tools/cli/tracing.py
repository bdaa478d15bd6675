"""The steps of a payment, told as they are looked at and kept in a file (P-10)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from chassis.clock import utc_text
from cli.errors import CommandError

APPOINTMENTS: Final = "/api/v1/appointments"
ROUTING: Final = "/api/v1/hybrid-payments"
CONNECTIONS: Final = "/api/v1/external-payments/connections"

# Asks a path of the installation and gives the document of its answer; raises CommandError.
Ask = Callable[[str], Mapping[str, Any]]
Tell = Callable[[Mapping[str, Any]], None]
# Makes the steps, and says whether all is well.
Walk = Callable[["Trace"], bool]


class Trace:
    """Steps with their times, in their order."""

    def __init__(self, tell: Tell, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """`tell` hears of each step as it is made."""
        self.steps: list[Mapping[str, Any]] = []
        self._tell = tell
        self._now = now

    def step(self, name: str, data: object) -> None:
        self.steps.append({"timestamp": utc_text(self._now()), "step": name, "data": data})
        self._tell(self.steps[-1])

    def happened(self, step: Mapping[str, Any]) -> None:
        """A step that has its own time."""
        self.steps.append(step)
        self._tell(step)

    def follow(self, walk: Walk) -> bool:
        """Whether the walk came to a good end; what stopped it is its last step."""
        try:
            return walk(self)
        except CommandError as error:
            self.step("ERROR", str(error))
            return False

    def save(self, folder: Path) -> Path:
        """Writes `payment_trace_YYYYMMDD_HHMMSS.json` into the folder."""
        file = folder / f"payment_trace_{self._now():%Y%m%d_%H%M%S}.json"
        file.write_text(json.dumps(self.steps, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return file


def of_appointment(ask: Ask, appointment: int, amount: str) -> Walk:
    """A dry run of an appointment's payment."""

    def walk(trace: Trace) -> bool:
        trace.step("START", f"Tracing payment for appointment {appointment}, amount {amount}")
        found = ask(f"{APPOINTMENTS}/{appointment}")
        provider = found["provider"]
        trace.step("APPOINTMENT", {"id": found["id"], "provider_id": provider, "price": found["price"]})
        settings = ask(f"{ROUTING}/settings/{provider}")
        connections = ask(f"{CONNECTIONS}?{urlencode({'provider': provider, 'limit': 500})}")["data"]
        configured = {name: settings[name] for name in ("payment_mode", "commission_rate")}
        trace.step("CONFIGURATION", {**configured, "external_connections": len(connections)})
        routed = ask(f"{ROUTING}/test-routing?{urlencode({'appointment_id': appointment, 'amount': amount})}")
        trace.step("ROUTING_DECISION", {name: routed[name] for name in ("decision", "processor", "estimated_fees")})
        trace.step("SUCCESS", "The payment would be routed like this.")
        return True

    return walk


def of_life(ask: Ask, subject: str, number: str) -> Walk:
    """What has happened to the payment of an order or an appointment, at the times when it did."""

    def walk(trace: Trace) -> bool:
        trace.step("START", f"Tracing the payment of {subject} {number}")
        for each in ask(f"{ROUTING}/trace?{urlencode({subject: number})}")["steps"]:
            trace.happened(each)
        trace.step("SUCCESS", "That is all that is known of it.")
        return True

    return walk


def of_connection(ask: Ask, validate: Ask, connection: int) -> Walk:
    """How a connection stands, and what its processor says of it now, who is asked by `validate`."""

    def walk(trace: Trace) -> bool:
        trace.step("START", f"Tracing connection {connection}")
        found = ask(f"{CONNECTIONS}/{connection}")
        info = {name: found[name] for name in ("status", "account_id")}
        trace.step(
            "CONNECTION_INFO", {"processor_type": found["processor"], **info, "last_sync": found["last_sync_at"]}
        )
        now = validate(f"{CONNECTIONS}/{connection}/validate")
        health = {name: now[name] for name in ("healthy", "supports_payments", "supports_refunds")}
        trace.step("CONNECTION_HEALTH", health)
        return bool(now["healthy"])

    return walk


def look(ask: Ask, provider: int) -> Mapping[str, Any]:
    """Who would take a payment of a provider now, or the error that says why nobody would."""
    try:
        found = ask(f"{ROUTING}/test-routing?{urlencode({'provider': provider})}")
    except CommandError as error:
        return {"error": str(error)}
    return {name: found[name] for name in ("decision", "processor", "estimated_fees")}
