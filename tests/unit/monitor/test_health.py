"""The verdict, from what every process says of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis.clock import ManualClock
from events import DependencyHealth, ServiceHeartbeat, ServiceStopping
from monitor.health.domain import HealthEntry, HealthStatus, Instance, Situation, assess, overall
from monitor.health.instances import Instances
from monitor.health.schemas import HealthOut, PublicHealthOut
from tests.unit.monitor.samples import NOW, heartbeat

pytestmark = pytest.mark.proves("M-3")

GOLDEN = Path(__file__).parents[2] / "contract" / "monitor" / "health.json"
FINE = DependencyHealth(status="healthy", latency_ms=1.5)
VENDOR = DependencyHealth(status="healthy", latency_ms=80.0)
DOWN = DependencyHealth(status="unhealthy", reason="TimeoutError")
OWN = heartbeat("monitor", consumer_lag={"monitor-figures": 3})


def everybody(**changes: ServiceHeartbeat) -> dict[str, ServiceHeartbeat]:
    said = {
        "checkout": heartbeat("checkout", dependencies={"database": FINE, "stripe": VENDOR}),
        "inventory": heartbeat("inventory", consumer_lag={"inventory-orders": 2}),
        "notifier": heartbeat("notifier", dependencies={"database": FINE, "twilio": VENDOR, "sendgrid": VENDOR}),
        "monitor": OWN,
    }
    return said | changes


def situation(
    said: Mapping[str, ServiceHeartbeat], *, now: datetime = NOW, silent: Mapping[str, timedelta] | None = None
) -> Situation:
    ages = silent or {}
    heard = {
        each.instance: Instance(heartbeat=each, heard_at=now - ages.get(name, timedelta(0)))
        for name, each in said.items()
    }
    return Situation(now=now, since=now - timedelta(hours=1), instances=heard, own=OWN)


def test_all_well_is_the_golden_document() -> None:
    shown = HealthOut.of(assess(situation(everybody())), OWN, now=NOW)
    answered = json.loads(shown.model_dump_json(by_alias=True, exclude_unset=True))
    assert answered == json.loads(GOLDEN.read_text())


def test_without_a_token_only_each_services_status_is_shown() -> None:
    shown = PublicHealthOut.of(assess(situation(everybody())), OWN, now=NOW).model_dump()
    assert set(shown) == {"status", "timestamp", "version", "services"}
    assert {tuple(entry) for entry in shown["services"].values()} == {("status",)}


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        (0, HealthStatus.HEALTHY),
        (1, HealthStatus.DEGRADED),
        (2, HealthStatus.DEGRADED),
        (3, HealthStatus.UNHEALTHY),
        (8, HealthStatus.UNHEALTHY),
    ],
)
def test_the_number_of_entries_that_are_not_healthy_decides(bad: int, status: HealthStatus) -> None:
    entries = [HealthEntry(status=HealthStatus.DEGRADED)] * bad + [HealthEntry(status=HealthStatus.HEALTHY)] * (8 - bad)
    assert overall(entries) is status


def test_a_silent_service_is_unhealthy_and_its_vendors_unknown() -> None:
    found = assess(situation(everybody(), silent={"notifier": timedelta(seconds=40)}))
    assert found.entries["notifier"].status is HealthStatus.UNHEALTHY
    assert "40 s" in (found.entries["notifier"].reason or "")
    assert found.entries["sms"].status is found.entries["email"].status is HealthStatus.DEGRADED
    assert found.status is HealthStatus.UNHEALTHY


def test_silence_before_we_listened_proves_nothing() -> None:
    young = Situation(now=NOW, since=NOW - timedelta(seconds=5), instances={}, own=OWN)
    old = Situation(now=NOW, since=NOW - timedelta(seconds=16), instances={}, own=OWN)
    assert assess(young).status is HealthStatus.HEALTHY
    assert assess(old).status is HealthStatus.UNHEALTHY


def test_a_vendor_that_fails_is_named_with_its_reason() -> None:
    broken = heartbeat("notifier", dependencies={"database": FINE, "twilio": DOWN, "sendgrid": VENDOR})
    found = assess(situation(everybody(notifier=broken)))
    assert (found.entries["sms"].status, found.entries["sms"].reason) == (HealthStatus.UNHEALTHY, "TimeoutError")
    assert found.external["twilio"].status is HealthStatus.UNHEALTHY
    assert found.entries["notifier"].status is HealthStatus.HEALTHY
    assert found.status is HealthStatus.DEGRADED


def test_a_vendor_that_nobody_pings_is_not_configured() -> None:
    found = assess(situation(everybody(checkout=heartbeat("checkout"))))
    assert (found.entries["stripe"].status, found.entries["stripe"].reason) == (HealthStatus.HEALTHY, "not configured")


def test_another_services_database_is_ours_to_tell() -> None:
    found = assess(situation(everybody(inventory=heartbeat("inventory", dependencies={"database": DOWN}))))
    assert found.entries["database"].status is HealthStatus.UNHEALTHY
    assert (found.entries["database"].reason or "").startswith("inventory")


def test_an_outbox_that_stands_still_degrades_its_service() -> None:
    stuck = heartbeat("inventory", outbox_depth=12, outbox_age_seconds=45.0)
    found = assess(situation(everybody(inventory=stuck)))
    assert found.entries["inventory"].reason == "12 events wait for Kafka, the oldest for 45 s"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"refused_events": 2}, "2 events that Kafka refused wait for a person"),
        ({"consumer_unanswered_seconds": {"a": 0.2, "b": 45.0}}, "group b has had no answer of Kafka for 45 s"),
        ({"consumer_unanswered_seconds": {"a": 45.0}, "stopped_groups": ("a",)}, None),
        ({"consumer_unanswered_seconds": {"a": 0.3}, "consumer_lag": {"a": 500}}, None),
        ({"unsorted_rows": 1}, "1 rows of archive and inbox lie in no day's partition"),
    ],
)
def test_what_stands_still_or_waits_for_a_person_degrades_its_service(said: dict[str, Any], reason: str | None) -> None:
    found = assess(situation(everybody(inventory=heartbeat("inventory", **said))))
    assert found.entries["inventory"].reason == reason


def test_kafka_is_judged_by_our_own_heartbeats_coming_back() -> None:
    found = assess(situation(everybody(), silent={"monitor": timedelta(seconds=20)}))
    assert found.entries["kafka"].status is HealthStatus.UNHEALTHY


def test_a_process_that_was_replaced_is_not_missed_for_ever() -> None:
    said = everybody() | {"old": heartbeat("checkout", instance="checkout@host:1")}
    missed = assess(situation(said, silent={"old": timedelta(seconds=30)}))
    gone = assess(situation(said, silent={"old": timedelta(seconds=61)}))
    assert missed.entries["checkout"].status is HealthStatus.DEGRADED
    assert gone.entries["checkout"].status is HealthStatus.HEALTHY


def test_a_monitor_that_starts_anew_does_not_miss_who_was_gone_long_before() -> None:
    said = everybody() | {"old": heartbeat("checkout", instance="checkout@host:1")}
    known = situation(said, silent={"old": timedelta(minutes=11)})
    entry = assess(replace(known, since=NOW - timedelta(seconds=30))).entries["checkout"]
    assert entry.status is HealthStatus.HEALTHY, entry.reason


def test_lag_is_added_up_over_processes() -> None:
    said = everybody() | {"two": heartbeat("inventory", instance="inventory@b:0", consumer_lag={"inventory-orders": 5})}
    assert assess(situation(said)).consumer_lag == {"inventory-orders": 7, "monitor-figures": 3}


def test_the_board_keeps_the_newest_word_and_hears_goodbyes() -> None:
    clock = ManualClock(NOW)
    instances = Instances(clock=clock)
    instances.hear(heartbeat("checkout", at=NOW, memory_bytes=2))
    instances.hear(heartbeat("checkout", at=NOW - timedelta(seconds=5), memory_bytes=1))
    assert [heard.heartbeat.memory_bytes for heard in instances.all()] == [2]
    instances.hear_goodbye(ServiceStopping(service="checkout", instance="checkout@host:0", occurred_at=NOW))
    assert instances.situation(OWN).of("checkout") == []
    instances.hear(heartbeat("checkout", at=NOW + timedelta(seconds=1)))
    assert len(instances.situation(OWN).of("checkout")) == 1


def test_the_board_forgets_who_has_been_gone_for_long() -> None:
    clock = ManualClock(NOW)
    instances = Instances(clock=clock)
    instances.hear(heartbeat("checkout"))
    instances.forget(before=NOW + timedelta(seconds=1))
    assert instances.all() == []


def test_when_a_stopped_service_was_heard_last_is_known() -> None:
    said = heartbeat("notifier")
    heard = {said.instance: Instance(heartbeat=said, heard_at=NOW - timedelta(minutes=4), stopped=True)}
    known = Situation(now=NOW, since=NOW - timedelta(hours=1), instances=heard, own=OWN)
    assert known.of("notifier") == []
    assert known.since_heard("notifier") == timedelta(minutes=4)
    assert known.since_heard("checkout") is None
