"""Measured rules on a real database: raised once, ended once, and told with every step."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from config import FigureForm, MeasuredRule, Unit
from events import (
    AlertKind,
    AlertRaised,
    AlertResolved,
    OrderSource,
    SecondChargeOutcome,
    Severity,
    Topic,
)
from monitor.alerts.domain import Reading
from monitor.alerts.measures.domain import Measure, Sources
from tests.fixtures.postgres import MakeDatabase
from tests.integration.monitor.alert_bench import bench
from tests.unit.monitor.samples import (
    counted_error,
    expansion_refused,
    fraud_suspected,
    heartbeat,
    level,
    order_paid,
    second_charge,
    stock_sold,
)

pytestmark = pytest.mark.asyncio


@pytest.mark.proves("M-5", "M-6", "A-4")
async def test_a_payment_outage_raises_one_critical_alert_and_resolves_by_itself(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("payment_success_low", "payment_failure_high")
        await b.count(paid=7, failed=5)
        await b.look()
        assert await b.story() == [("raised", "payment_failure_high")]  # the other must hold for two minutes
        await b.look(seconds=119)
        assert len(await b.told()) == 1
        await b.look(seconds=1)
        await b.look(seconds=15)
        _, raised = await b.told()
        assert isinstance(raised, AlertRaised)
        assert (raised.rule, raised.destination, raised.version) == ("payment_success_low", Topic.ALERTS_CRITICAL, 1)
        assert raised.roles == ("engineering_lead", "development_team")
        assert raised.channels == ("sms", "slack", "email", "pagerduty")
        assert raised.summary == "Low payment success rate: 58.3% (limit 95%)"
        assert len(raised.code) == 4
        assert raised.code.isdigit()
        await b.look(minutes=5)  # the window has passed: it is over, but must stay so for a minute
        assert len(await b.told()) == 2
        await b.look(seconds=60)
        resolved = (await b.told())[-1]
        assert isinstance(resolved, AlertResolved)
        assert (resolved.alert_id, resolved.version, resolved.by) == (raised.alert_id, 2, "")
        assert resolved.reason == "The condition is over."


@pytest.mark.proves("M-5")
async def test_a_figure_with_a_window_is_measured_by_its_own_function(make_database: MakeDatabase) -> None:
    """Whatever payments do meanwhile."""
    windows: list[datetime] = []

    async def refunds(sources: Sources) -> Sequence[Reading]:
        windows.append(sources.since)
        return [Reading(labels={}, value=4)]

    form = FigureForm(unit=Unit.COUNT, windowed=True)
    rule = {"figure": "refunds", "over": "1h", "above": 3, "severity": "high", "category": "payments"}
    told = MeasuredRule.model_validate({**rule, "summary": "{value} refunds (limit {limit})"})
    async with bench(make_database("monitor")) as b:
        b.measures = {"refunds": Measure(refunds, form)}
        b.ruled({"refunds_many": told})
        await b.count(paid=7, failed=5)
        await b.look()
        (raised,) = await b.told()
        assert (raised.rule, raised.summary, raised.value) == ("refunds_many", "4 refunds (limit 3)", 4)
        assert windows == [b.clock.now() - timedelta(hours=1)]


@pytest.mark.proves("C-5")
async def test_a_second_charge_is_told_and_one_that_was_not_given_back_is_a_persons(
    make_database: MakeDatabase,
) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("second_charge", "second_charge_refused")
        await b.counted(second_charge(SecondChargeOutcome.REFUNDED, at=b.clock.now()))
        await b.look()
        assert [(alert.rule, alert.severity) for alert in await b.told()] == [("second_charge", Severity.MEDIUM)]
        await b.counted(second_charge(SecondChargeOutcome.REFUSED, at=b.clock.now()))
        await b.look()
        raised = (await b.told())[-1]
        assert (raised.rule, raised.severity) == ("second_charge_refused", Severity.HIGH)
        assert raised.summary == "A processor did not give back a second charge: 1 in a day wait for a person"
        await b.look(hours=2)
        await b.look(minutes=2)
        assert [step for step in await b.story() if step[0] == "resolved"] == [("resolved", "second_charge")]


@pytest.mark.proves("A-4", "A-11")
async def test_a_pool_that_is_wrong_is_one_alert_of_inventory(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("inventory_negative", "invariant_broken", "inventory_sync_failed", "concurrent_purchase_conflict")
        short = {"ga": level(0, sold=35).model_copy(update={"oversold": 1})}
        await b.counted(stock_sold(7, 0).model_copy(update={"pools": short}))
        await b.counted(counted_error("inventory_sync_failed", at=b.clock.now()))
        await b.counted(counted_error("concurrent_purchase_conflict", 4, at=b.clock.now()))
        await b.look()
        assert await b.story() == [
            ("raised", "inventory_negative{invariant=oversold}"),
            ("raised", "inventory_sync_failed"),
        ]
        assert (await b.told())[0].summary == "INVENTORY WRONG (oversold): 1 times, first dallas-jan-2027/ga"
        await b.counted(counted_error("concurrent_purchase_conflict", at=b.clock.now()))
        await b.look(seconds=15)
        assert (await b.story())[-1] == ("raised", "concurrent_purchase_conflict")


@pytest.mark.proves("A-11", "M-5")
async def test_holds_that_end_are_told_in_one_notice_for_a_quarter_of_an_hour(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("reservation_expired")
        await b.look()
        await b.counted(counted_error("reservation_expired", 3, at=b.clock.now()))
        await b.look()
        await b.counted(counted_error("reservation_expired", 2, at=b.clock.now()))
        await b.look(minutes=15)
        assert await b.story() == [("raised", "reservation_expired"), ("resolved", "reservation_expired")]
        raised = (await b.told())[0]
        assert (raised.kind, raised.severity, raised.category) == (AlertKind.NOTICE, Severity.LOW, "inventory")
        assert raised.summary == "Holds ended unpaid: 3 within a quarter of an hour. Their seats are free again"
        await b.look(minutes=1)
        assert len(await b.told()) == 2, "what was counted in the minute of the notice is over as well"
        await b.counted(counted_error("reservation_expired", at=b.clock.now()))
        await b.look(seconds=15)
        assert [step for step, _ in await b.story()] == ["raised", "resolved"] * 2


@pytest.mark.proves("A-6", "C-11")
async def test_a_buyer_who_was_blocked_by_a_rule_is_told_once_a_rule(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("fraud_suspected")
        await b.counted(fraud_suspected("declined_cards", at=b.clock.now()))
        await b.counted(fraud_suspected("declined_cards", at=b.clock.now()))
        await b.counted(fraud_suspected("unpaid_address", at=b.clock.now()))
        await b.look()
        summaries = sorted(each.summary for each in await b.told())
        assert summaries == [
            "Buyers were blocked by the rule declined_cards: 2 within an hour",
            "Buyers were blocked by the rule unpaid_address: 1 within an hour",
        ]
        await b.look(minutes=61)
        await b.look(minutes=2)
        assert sorted(step for step, _ in await b.story()) == ["raised", "raised", "resolved", "resolved"]


@pytest.mark.proves("A-5", "I-8")
async def test_who_is_refused_to_open_seats_three_times_within_an_hour_is_told(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("admin_refusals")
        await b.counted(expansion_refused("ann@example.com", 2, at=b.clock.now()))
        await b.counted(expansion_refused("pat@example.com", 2, at=b.clock.now()))
        other = expansion_refused("pat@example.com", 9, at=b.clock.now())
        await b.counted(other.model_copy(update={"what": "POST /api/admin/inventory/shrink"}))
        await b.look()
        assert await b.story() == []
        await b.counted(expansion_refused("pat@example.com", at=b.clock.now()))
        await b.look(minutes=10)
        (raised,) = await b.told()
        assert (raised.severity, raised.summary) == (
            Severity.HIGH,
            "pat@example.com was refused to open seats: 3 times within an hour",
        )


@pytest.mark.proves("M-6")
async def test_ten_evaluators_at_once_raise_one_alert(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("dead_letters")
        b.instances.hear(heartbeat("notifier", at=b.clock.now(), dead_letters={"notifier-sms": 3}))
        await asyncio.gather(*(b.evaluator().look() for _ in range(10)))
        assert await b.story() == [("raised", "dead_letters{group=notifier-sms,service=notifier}")]
        b.instances.hear(heartbeat("notifier", at=b.clock.now() + timedelta(seconds=1)))
        await b.look(seconds=20)
        await b.look(seconds=60)
        assert [step for step, _ in await b.story()] == ["raised", "resolved"]


@pytest.mark.proves("A-4", "M-6")
async def test_a_silent_service_is_down_and_a_rule_that_is_taken_away_ends_its_alerts(
    make_database: MakeDatabase,
) -> None:
    async with bench(make_database("monitor")) as b:
        b.clock.advance(timedelta(seconds=1))
        for service in ("checkout", "inventory", "notifier"):
            b.instances.hear(heartbeat(service, at=b.clock.now()))
        await b.look(seconds=60)
        assert await b.told() == []
        b.clock.advance(timedelta(seconds=15))
        for service in ("inventory", "notifier"):
            b.instances.hear(heartbeat(service, at=b.clock.now()))
        await b.look()
        (raised,) = await b.told()
        assert raised.summary == "checkout is down: no heartbeat for 75 s (limit 60 s)"
        b.only("dead_letters")
        await b.look(seconds=15)
        assert [step for step, _ in await b.story()] == ["raised", "resolved"]


@pytest.mark.proves("I-12", "A-6")
async def test_a_city_that_sells_out_within_a_day_is_told_once(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("sellout_predicted")
        await b.counted(stock_sold(1, 24), *[order_paid(occurred_at=b.clock.now()) for _ in range(5)])
        await b.look()
        await b.counted(order_paid(occurred_at=b.clock.now(), source=OrderSource.DEMO))
        assert await b.told() == [], "ten tickets now are 0.8 an hour: 29 hours"
        await b.counted(*[order_paid(occurred_at=b.clock.now()) for _ in range(2)])
        await b.look(minutes=1)
        await b.look(minutes=1)
        (raised,) = await b.told()
        assert isinstance(raised, AlertRaised)
        assert (raised.severity, raised.category) == (Severity.MEDIUM, "business")
        assert raised.summary == "dallas-jan-2027 sells out in 21 hours if it goes on like this (limit 24 hours)"
        await b.counted(stock_sold(2, 0).model_copy(update={"occurred_at": b.clock.now()}))
        await b.look(minutes=1)
        await b.look(minutes=1)
        assert [type(event) for event in await b.told()] == [AlertRaised, AlertResolved], "sold out is no forecast"


@pytest.mark.proves("I-12", "A-6")
async def test_a_city_that_sells_twice_as_fast_as_usual_is_told(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("velocity_high")
        now = b.clock.now()
        usual = [order_paid(occurred_at=now - timedelta(hours=hours)) for hours in range(2, 50)]
        await b.counted(*usual, *[order_paid(occurred_at=now) for _ in range(2)])
        await b.look()
        assert await b.told() == [], "four tickets are no pace, and not more than twice of two"
        await b.counted(order_paid(occurred_at=now))
        await b.look(minutes=1)
        (raised,) = await b.told()
        assert isinstance(raised, AlertRaised)
        assert raised.summary.endswith("6 tickets in an hour, usually 2.0")
        await b.look(hours=1, minutes=2)
        await b.look(minutes=1)
        assert isinstance((await b.told())[-1], AlertResolved)


@pytest.mark.proves("I-12")
async def test_a_city_that_sells_for_less_than_a_day_has_no_usual_pace(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("velocity_high")
        now = b.clock.now()
        await b.counted(order_paid(occurred_at=now - timedelta(hours=23)), *[order_paid(occurred_at=now)] * 20)
        await b.look()
        assert await b.told() == []
