"""When a condition begins and ends, as tables; the moment is an argument."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, cast
from uuid import UUID

import pytest

from chassis.clock import ManualClock
from chassis.database import Reader
from chassis.errors import Dead
from config import AlertRules, load
from events import AlertKind, ServiceHeartbeat, Severity, StockLow, StockScope, StockSoldOut
from invariants import Kind
from monitor.alerts.domain import (
    ConditionState,
    Reading,
    RuleAction,
    fingerprint,
    free_code,
    holds,
    matter_of,
    next_action,
)
from monitor.alerts.measures.domain import Measuring, Sources
from monitor.alerts.measures.instances import (
    consumer_behind,
    dead_letters,
    refused_events,
    secret_age,
    service_silence,
    stopped_groups,
)
from monitor.alerts.measures.invariants import invariant_readings, late_reading
from monitor.alerts.measures.jobs import failed_jobs, late_jobs
from monitor.alerts.measures.payments import rate
from monitor.alerts.stock import matter_of as stock_matter
from monitor.figures.domain import PaymentCounts, PoolState
from monitor.health.domain import Situation
from monitor.health.instances import Instances
from tests.unit.monitor.proof.samples import a_look, lost
from tests.unit.monitor.samples import NOW, heartbeat, level

RULES: AlertRules = load(Path("deploy/config")).alert_rules
SUCCESS = RULES.rules["payment_success_low"]
DOWN = RULES.rules["service_down"]
ALERT = UUID("0193476e-8a00-7000-8000-00000000000a")


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def success(paid: int, failed: int, declined: int = 0) -> Reading:
    counts = PaymentCounts(paid=paid, failed=failed, declined=declined)
    return rate(counts, counts.success_rate)


@pytest.mark.proves("M-5", "A-4")
@pytest.mark.parametrize(
    ("paid", "failed", "declined", "expected"),
    [
        (0, 0, 0, False),  # nothing happened, nothing is wrong
        (0, 4, 0, False),  # four bad events at night page nobody
        (0, 5, 0, True),
        (100, 5, 0, False),  # 95.2 %
        (90, 5, 0, True),
        (0, 0, 50, False),  # the buyers' own declines
        (10, 5, 500, True),
    ],
)
def test_a_rate_needs_five_bad_events_and_leaves_declines_out(
    paid: int, failed: int, declined: int, expected: bool
) -> None:
    assert holds(SUCCESS, success(paid, failed, declined)) is expected


def test_what_is_not_known_neither_begins_nor_ends_anything() -> None:
    unknown = holds(DOWN, Reading(labels={"service": "checkout"}, value=None))
    assert unknown is None
    for standing in (
        ConditionState(),
        ConditionState(pending_since=ago(500)),
        ConditionState(alert_id=ALERT, clear_since=ago(500)),
    ):
        assert next_action(DOWN, standing, breached=unknown, now=NOW) is RuleAction.NOTHING


@pytest.mark.proves("M-6")
@pytest.mark.parametrize(
    ("standing", "breached", "expected"),
    [
        (ConditionState(), False, RuleAction.NOTHING),
        (ConditionState(), True, RuleAction.WAIT),
        (ConditionState(pending_since=ago(119)), True, RuleAction.NOTHING),
        (ConditionState(pending_since=ago(120)), True, RuleAction.RAISE),
        (ConditionState(pending_since=ago(119)), False, RuleAction.FORGET),
        (ConditionState(alert_id=ALERT), True, RuleAction.NOTHING),
        (ConditionState(alert_id=ALERT), False, RuleAction.CLEAR),
        (ConditionState(alert_id=ALERT, clear_since=ago(59)), False, RuleAction.NOTHING),
        (ConditionState(alert_id=ALERT, clear_since=ago(60)), False, RuleAction.RESOLVE),
        (ConditionState(alert_id=ALERT, clear_since=ago(59)), True, RuleAction.HOLD),  # it flaps: the alert stays
    ],
)
def test_a_condition_holds_two_minutes_before_it_fires_and_one_before_it_is_over(
    standing: ConditionState, breached: bool, expected: RuleAction
) -> None:
    assert next_action(SUCCESS, standing, breached=breached, now=NOW) is expected


def test_a_rule_without_for_fires_at_once() -> None:
    assert next_action(DOWN, ConditionState(), breached=True, now=NOW) is RuleAction.RAISE


@pytest.mark.proves("A-13")
def test_a_broken_rule_says_what_was_measured() -> None:
    matter = matter_of("payment_success_low", SUCCESS, success(7, 5))
    assert matter.summary == "Low payment success rate: 58.3% (limit 95%)"
    assert (matter.value, matter.unit, matter.limit) == (58.33, "%", 95.0)
    assert (matter.severity, matter.kind, matter.category) == (Severity.CRITICAL, AlertKind.CONDITION, "payments")
    assert matter.fingerprint == "payment_success_low"


def test_fingerprints_do_not_depend_on_the_order_of_labels() -> None:
    assert fingerprint("stock_level", {"tier": "ga", "city": "x"}) == "stock_level{city=x,tier=ga}"
    assert fingerprint("stock_level", {"city": "x", "tier": "ga"}) == "stock_level{city=x,tier=ga}"


def test_codes_are_four_digits_and_never_those_of_another_open_alert() -> None:
    rng = Random(7)  # seed 7
    taken = [str(number) for number in range(1000, 9999)]
    assert free_code([], 0.0) == "1000"
    assert free_code(["1000", "1001"], 0.0) == "1002"
    assert free_code(taken, rng.random()) == "9999"
    assert len(free_code([*taken, "9999"], rng.random())) == 6


def situation(*heartbeats: ServiceHeartbeat, silent: float = 0, listening: float = 600) -> Situation:
    """`silent`: seconds since the words were heard; the monitor's own are fresh."""
    clock = ManualClock(NOW - timedelta(seconds=listening))
    instances = Instances(clock=clock)
    clock.advance(timedelta(seconds=listening - silent))
    for word in heartbeats:
        instances.hear(word)
    clock.advance(timedelta(seconds=silent))
    own = heartbeat("monitor")
    instances.hear(own)
    return instances.situation(own)


def measured(measuring: Measuring, found: Situation) -> Sequence[Reading]:
    """By what processes say, for which the database isn't read."""

    async def measure() -> Sequence[Reading]:
        return await measuring(Sources(reader=cast("Reader", None), situation=found))

    return asyncio.run(measure())


def seconds_silent(found: Situation) -> dict[str, float | None]:
    return {reading.labels["service"]: reading.value for reading in measured(service_silence, found)}


@pytest.mark.proves("A-4")
def test_a_service_is_silent_since_the_last_word_of_any_of_its_processes() -> None:
    heard = situation(heartbeat("checkout"), heartbeat("checkout", instance="checkout@host:1"), silent=75)
    assert seconds_silent(heard) == {"checkout": 75, "inventory": 600, "notifier": 600}


def test_a_monitor_that_just_began_or_hears_not_even_itself_knows_nothing() -> None:
    just_began = situation(listening=50)
    assert set(seconds_silent(just_began).values()) == {None}
    heard = situation(heartbeat("checkout"), silent=300)
    deaf = Situation(
        now=NOW, since=ago(600), instances=dict(list(heard.instances.items())[:1]), own=heartbeat("monitor")
    )
    assert set(seconds_silent(deaf).values()) == {None}


@pytest.mark.proves("A-5")
def test_letters_and_stops_are_told_by_group_once_for_all_processes() -> None:
    told: dict[str, Any] = {"dead_letters": {"notifier-sms": 2}, "stopped_groups": ("notifier-sms",)}
    found = situation(heartbeat("notifier", **told), heartbeat("notifier", instance="notifier@host:1", **told))
    labels = {"service": "notifier", "group": "notifier-sms"}
    assert [(reading.labels, reading.value) for reading in measured(dead_letters, found)] == [(labels, 2)]
    assert [(reading.labels, reading.value) for reading in measured(stopped_groups, found)] == [(labels, 1)]


@pytest.mark.proves("E-5")
def test_refused_events_and_groups_that_are_behind_are_told_once_for_all_processes() -> None:
    first: dict[str, Any] = {"refused_events": 3, "consumer_behind_seconds": {"notifier-sms": 2.5}}
    second: dict[str, Any] = {"refused_events": 3, "consumer_behind_seconds": {"notifier-sms": 40.0}}
    found = situation(heartbeat("notifier", **first), heartbeat("notifier", instance="notifier@host:1", **second))
    told = {reading.labels["service"]: reading.value for reading in measured(refused_events, found)}
    assert told == {"monitor": 0, "notifier": 3}
    labels = {"service": "notifier", "group": "notifier-sms"}
    assert [(reading.labels, reading.value) for reading in measured(consumer_behind, found)] == [(labels, 40.0)]


@pytest.mark.proves("O-5")
def test_jobs_that_failed_or_are_late_are_told_by_processes_that_speak() -> None:
    first: dict[str, Any] = {"late_jobs": {"stock-audit": 1200.0}, "failed_jobs": ("count",)}
    second: dict[str, Any] = {"late_jobs": {"stock-audit": 1210.0}, "failed_jobs": ("count",)}
    found = situation(heartbeat("inventory", **first), heartbeat("inventory", instance="inventory@host:1", **second))
    late, failed = {"service": "inventory", "job": "stock-audit"}, {"service": "inventory", "job": "count"}
    assert [(reading.labels, reading.value) for reading in measured(late_jobs, found)] == [(late, 1210.0)]
    assert [(reading.labels, reading.value) for reading in measured(failed_jobs, found)] == [(failed, 1)]
    silent = situation(heartbeat("inventory", **first), silent=75)
    assert measured(late_jobs, silent) == measured(failed_jobs, silent) == []


@pytest.mark.proves("O-9")
def test_the_oldest_secret_of_each_name_counts_and_an_old_one_is_an_alert() -> None:
    day = 24 * 3600.0
    found = situation(
        heartbeat("checkout", secret_age_seconds={"SERVICE_TOKEN_KEY": day, "DATABASE_URL": 91 * day}),
        heartbeat("inventory", secret_age_seconds={"SERVICE_TOKEN_KEY": 90 * day, "DATABASE_URL": day}),
    )
    read = {reading.labels["variable"]: reading for reading in measured(secret_age, found)}
    assert {name: reading.value for name, reading in read.items()} == {
        "SERVICE_TOKEN_KEY": 90 * day,
        "DATABASE_URL": 91 * day,
    }
    rule = RULES.rules["key_old"]
    assert rule.severity == "low"
    assert [name for name, reading in read.items() if holds(rule, reading)] == ["DATABASE_URL"]


def low(
    threshold: int,
    available: int,
    *,
    tier: str = "ga",
    scope: StockScope = StockScope.TIER,
    level_name: str = "LOW",
    urgent: bool = False,
) -> StockLow:
    return StockLow(
        city_id="dallas",
        stock_version=5,
        remaining_inventory={"ga": available},
        pools={"ga": level(available)},
        occurred_at=NOW,
        scope=scope,
        tier=tier,
        available=available,
        level=level_name,
        urgent=urgent,
        threshold=threshold,
    )


@pytest.mark.proves("A-3", "A-13")
@pytest.mark.parametrize(
    ("level_name", "urgent", "severity", "kind"),
    [
        ("INFO", False, Severity.LOW, AlertKind.NOTICE),
        ("LOW", False, Severity.MEDIUM, AlertKind.NOTICE),
        ("LOW", True, Severity.HIGH, AlertKind.CONDITION),
        ("CRITICAL", False, Severity.HIGH, AlertKind.CONDITION),
        ("CRITICAL", True, Severity.HIGH, AlertKind.CONDITION),
    ],
)
def test_a_crossing_means_what_its_level_says_whatever_the_number(
    level_name: str, urgent: bool, severity: Severity, kind: AlertKind
) -> None:
    for tier, threshold in (("vip", 3), ("student", 800)):
        crossed = low(threshold, threshold, tier=tier, level_name=level_name, urgent=urgent)
        matter = stock_matter(RULES, crossed)
        assert matter.summary == f"INVENTORY {level_name}: dallas {tier.upper()} - {threshold} tickets remaining"
        assert (matter.rule, matter.severity, matter.kind) == ("stock_level", severity, kind)
        assert matter.labels == {"city": "dallas", "tier": tier, "threshold": str(threshold)}


@pytest.mark.proves("A-3", "E-5")
def test_a_level_that_no_rule_knows_waits_for_a_person() -> None:
    with pytest.raises(Dead, match="level GONE"):
        stock_matter(RULES, low(3, 3, level_name="GONE"))


@pytest.mark.proves("A-3")
def test_sold_out_and_nearly_sold_out_are_notices() -> None:
    gone = low(0, 0).model_dump(exclude={"scope", "available", "level", "urgent", "threshold"})
    sold_out = stock_matter(RULES, StockSoldOut(**gone))
    assert sold_out.summary == "INVENTORY SOLD OUT: dallas GA - 0 tickets remaining"
    assert (sold_out.severity, sold_out.kind) == (Severity.CRITICAL, AlertKind.NOTICE)
    city = stock_matter(RULES, low(13, 13, tier="", scope=StockScope.CITY))
    assert (city.rule, city.severity, city.kind) == ("city_nearly_sold_out", Severity.HIGH, AlertKind.NOTICE)


def _pool(**changes: int) -> PoolState:
    facts: dict[str, int] = {"stock_version": 7, "public_limit": 20, "actual_limit": 25, "held": 2, "sold": 20}
    counts = {**facts, "oversold": 0, **changes}
    return PoolState(city="dallas", tier="ga", available=0, changed_at=NOW, **counts)


@pytest.mark.proves("I-4", "M-5")
@pytest.mark.parametrize(
    ("changes", "broken"), [({}, 0), ({"sold": 24}, 1), ({"oversold": 1}, 1), ({"sold": 25, "oversold": 2}, 2)]
)
def test_the_invariants_are_judged_on_what_the_monitor_was_told(changes: dict[str, int], broken: int) -> None:
    readings = {each.labels["invariant"]: each.value for each in invariant_readings(None, [_pool(), _pool(**changes)])}
    assert readings.pop("oversold") == broken
    assert set(readings.values()) == {None}


@pytest.mark.proves("M-5", "L-9")
def test_a_rule_is_as_broken_as_the_last_look_found_it_and_its_alert_says_where() -> None:
    wrong = [replace(lost("tickets", f"o{number}"), kind=Kind.WRONG) for number in range(5)]
    look = a_look(found=[*wrong, lost("tickets", "o6")], unjudged={"pools": "inventory: away"})
    readings = {each.labels["invariant"]: each for each in invariant_readings(look, [_pool(oversold=1)])}
    assert {rule: each.value for rule, each in readings.items()} == {
        **dict.fromkeys(("passes", "confirmations", "drained", "effects", "counted", "alerts", "routing"), 0),
        "tickets": 5,
        "oversold": 1,
        "pools": None,
    }
    matter = matter_of("invariant_broken", RULES.rules["invariant_broken"], readings["tickets"])
    assert matter.summary == "What must always hold does not: tickets, 5 times, first o0, o1, o2"
    assert matter.fingerprint == "invariant_broken{invariant=tickets}"


@pytest.mark.proves("A-5", "C-9")
@pytest.mark.parametrize("unjudged", [{}, {"tickets": "inventory: away"}])
def test_a_paid_order_without_seats_or_pass_is_late_once_however_much_it_lacks(unjudged: dict[str, str]) -> None:
    lacking = [lost("passes", "o1"), lost("passes", "o2"), lost("confirmations", "o3")]
    reading = late_reading(a_look(found=[*([] if unjudged else [lost("tickets", "o1")]), *lacking], unjudged=unjudged))
    assert (reading.value, reading.words["subjects"]) == (2, "o1, o2")


@pytest.mark.proves("A-5")
def test_that_nothing_is_late_is_said_only_of_what_was_looked_at() -> None:
    assert late_reading(a_look()).value == 0
    assert late_reading(a_look(unjudged={"tickets": "inventory: away"})).value is None
    assert late_reading(None).value is None
