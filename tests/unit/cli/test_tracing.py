"""A payment's steps: told, kept, and ended by what fails."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cli.errors import CommandError
from cli.tracing import Trace, of_appointment, of_connection, of_life

pytestmark = pytest.mark.proves("P-10")

NOW = datetime(2027, 3, 1, 9, 5, 7, tzinfo=UTC)
FEES = {"processor": 2.62, "commission": 16.0}
ANSWERS: dict[str, Mapping[str, Any]] = {
    "/api/v1/appointments/12": {"id": 12, "provider": 7, "price": 80.0, "state": "booked"},
    "/api/v1/hybrid-payments/settings/7": {"payment_mode": "hybrid", "commission_rate": 0.2, "currency": "USD"},
    "/api/v1/external-payments/connections?provider=7&limit=500": {"data": [{"id": 3}, {"id": 4}]},
    "/api/v1/hybrid-payments/test-routing?appointment_id=12&amount=80.00": {
        "decision": "external", "processor": "square", "estimated_fees": FEES, "why": [],
    },
    "/api/v1/external-payments/connections/3": {
        "id": 3, "processor": "square", "status": "connected", "account_id": "M1", "last_sync_at": None,
        "healthy": True, "supports_payments": True, "supports_refunds": False,
    },
    "/api/v1/hybrid-payments/trace?order=0190": {
        "steps": [{"timestamp": "2027-03-01T08:00:00Z", "step": "ORDER", "data": {"number": "AB12CD34"}}],
    },
}  # fmt: skip


def ask(path: str) -> Mapping[str, Any]:
    if path not in ANSWERS:
        raise CommandError("Refused: nobody can take this payment.")
    return ANSWERS[path]


def steps(trace: Trace) -> dict[str, Any]:
    return {each["step"]: each["data"] for each in trace.steps}


def test_an_appointments_payment_is_traced_to_who_would_take_it(tmp_path: Path) -> None:
    told: list[Mapping[str, Any]] = []
    trace = Trace(told.append, now=lambda: NOW)
    assert trace.follow(of_appointment(ask, 12, "80.00"))
    assert list(steps(trace)) == ["START", "APPOINTMENT", "CONFIGURATION", "ROUTING_DECISION", "SUCCESS"]
    assert steps(trace)["APPOINTMENT"] == {"id": 12, "provider_id": 7, "price": 80.0}
    assert steps(trace)["CONFIGURATION"] == {
        "payment_mode": "hybrid", "commission_rate": 0.2, "external_connections": 2,
    }  # fmt: skip
    assert steps(trace)["ROUTING_DECISION"] == {"decision": "external", "processor": "square", "estimated_fees": FEES}
    file = trace.save(tmp_path)
    assert file.name == "payment_trace_20270301_090507.json"
    assert json.loads(file.read_text()) == trace.steps == told
    assert trace.steps[0].keys() == {"timestamp", "step", "data"}
    assert trace.steps[0]["timestamp"] == "2027-03-01T09:05:07Z"


def test_what_fails_is_the_last_step() -> None:
    trace = Trace(lambda _step: None, now=lambda: NOW)
    assert not trace.follow(of_appointment(ask, 12, "79.00"))
    assert list(steps(trace))[-2:] == ["CONFIGURATION", "ERROR"]
    assert steps(trace)["ERROR"] == "Refused: nobody can take this payment."


@pytest.mark.parametrize("healthy", [True, False])
def test_a_connection_is_traced_to_what_its_processor_says_now(*, healthy: bool) -> None:
    def validate(path: str) -> Mapping[str, Any]:
        return {**ask(path.removesuffix("/validate")), "healthy": healthy}

    trace = Trace(lambda _step: None, now=lambda: NOW)
    assert trace.follow(of_connection(ask, validate, 3)) is healthy
    assert steps(trace) == {
        "START": "Tracing connection 3",
        "CONNECTION_INFO": {
            "processor_type": "square", "status": "connected", "account_id": "M1", "last_sync": None,
        },
        "CONNECTION_HEALTH": {"healthy": healthy, "supports_payments": True, "supports_refunds": False},
    }  # fmt: skip


def test_what_happened_to_a_payment_is_told_with_the_times_when_it_did() -> None:
    told: list[Mapping[str, Any]] = []
    trace = Trace(told.append, now=lambda: NOW)
    assert trace.follow(of_life(ask, "order", "0190"))
    assert [(each["step"], each["timestamp"]) for each in told] == [
        ("START", "2027-03-01T09:05:07Z"),
        ("ORDER", "2027-03-01T08:00:00Z"),
        ("SUCCESS", "2027-03-01T09:05:07Z"),
    ]
    assert not Trace(told.append, now=lambda: NOW).follow(of_life(ask, "order", "unknown"))
