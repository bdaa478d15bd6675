"""Rules on what visitors, buyers and customers do, and on their money, on a real database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.ids import uuid7
from events import (
    ActivityFormStart,
    ActivityPageView,
    ActivitySupportClosed,
    ActivitySupportRequest,
    ActivityTicketSelected,
    ActivityWebVital,
    AlertRaised,
    AlertResolved,
    OrderDisputed,
    OrderRefunded,
    OrderSource,
)
from tests.fixtures.postgres import MakeDatabase
from tests.integration.monitor.alert_bench import bench
from tests.unit.monitor.samples import (
    attempt_failed,
    checkout_started,
    commission_blocked,
    commission_collected,
    commission_failed,
    commission_invoiced,
    commission_started,
    connection_changed,
    order_paid,
)

pytestmark = pytest.mark.asyncio


@pytest.mark.proves("A-6", "C-10")
async def test_steps_that_lose_visitors_and_pages_that_feel_slow_are_told(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("funnel_drop_off", "web_vitals")
        who = {"visitor_id": "4f-a0-17-9c", "occurred_at": b.clock.now()}
        seen = [ActivityPageView(**who, page="register", city_id="tampa")] * 100
        begun = [ActivityFormStart(**who, city_id="tampa")] * 60
        chosen = [ActivityTicketSelected(**who, city_id="tampa", tier="ga")] * 55
        slow = [ActivityWebVital(**who, page="register", vital="INP", value=260)] * 20
        started, paid = checkout_started(occurred_at=b.clock.now()), order_paid(occurred_at=b.clock.now())
        await b.counted(*seen, ActivityPageView(**who, page="workshops"), *begun, *chosen, *slow)
        await b.counted(*[started] * 50, *[paid] * 45)
        await b.look()
        assert sorted(each.summary for each in await b.told()) == [
            "40% of visitors don't go on to form_start (limit 20%): 40 of 100 in a day",
            "Pages are slow for their visitors: INP is 300 at p75 in a day (limit 200), worst on register",
        ]


@pytest.mark.proves("A-10", "M-1")
async def test_who_begins_to_pay_and_does_not_is_told_and_a_free_order_is_no_payment(
    make_database: MakeDatabase,
) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("payment_completion", "payment_completion_second", "payment_success_low")
        started, now = checkout_started(occurred_at=b.clock.now()), b.clock.now()
        free = order_paid(amount=0, occurred_at=now)
        granted = order_paid(amount=0, source=OrderSource.GRANTED, occurred_at=now)
        failed = attempt_failed(buyers_fault=False).model_copy(update={"occurred_at": now})
        await b.counted(*[started] * 50, *[free] * 44, *[granted] * 30, *[failed] * 5)
        await b.look()
        await b.look(minutes=2)
        await b.counted(*[started] * 10)
        await b.look(minutes=5)
        assert [each.summary for each in await b.told()][:3] == [
            "Of those who begin to pay, 88% have paid within a day (limit 90%)",
            "Low payment success rate: 0% (limit 95%)",
            "Of those who begin to pay, only 73.3% have paid within a day (limit 85%)",
        ]


@pytest.mark.proves("A-5", "A-10", "C-10")
async def test_customers_who_call_for_help_are_told_of_by_what_they_miss_and_how_many_they_are(
    make_database: MakeDatabase,
) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("missing_purchase_reports", "missing_purchase_unknown", "support_volume", "support_volume_second")
        paid, calls = order_paid(occurred_at=b.clock.now()), [uuid7() for _ in range(6)]
        kinds = ["missing_purchase", "missing_purchase", "refund", "other", "other", "other"]
        facts = [
            {"visitor_id": str(call), "request_id": call, "kind": kind, "occurred_at": b.clock.now()}
            for call, kind in zip(calls, kinds, strict=True)
        ]
        await b.counted(*[paid] * 100, *(ActivitySupportRequest.model_validate(each) for each in facts))
        known, b.evidence = b.evidence, {}
        await b.look()
        assert "missing_purchase_reports" not in [each.rule for each in await b.told()], "it waits for its evidence"
        b.evidence = known
        await b.look(seconds=1)
        told = {each.rule: each.evidence for each in await b.told() if isinstance(each, AlertRaised)}
        assert told["missing_purchase_reports"] == ("✗ endpoint: disabled",)
        assert told["support_volume"] == ()
        assert sorted(each.summary for each in await b.told()) == [
            "Customers say that they paid and something is missing: 2 in a day, or still open",
            "Many customers call for help: 6 on 100 orders in a day, 6% (limit 2%)",
            "Very many customers call for help: 6 on 100 orders in a day, 6% (limit 5%)",
        ]
        await b.look(minutes=24 * 60 + 1)
        await b.look(minutes=2)
        assert "missing_purchase_reports" not in [name for step, name in await b.story() if step == "resolved"]
        await b.counted(ActivitySupportClosed.model_validate({**facts[0], "occurred_at": b.clock.now()}))
        await b.look(seconds=15)
        await b.look(minutes=2)
        assert ("resolved", "missing_purchase_reports") in await b.story()
        invented = [{**facts[0], "request_id": uuid7(), "known": False, "occurred_at": b.clock.now()} for _ in range(9)]
        await b.counted(*(ActivitySupportRequest.model_validate(each) for each in invented))
        await b.look(seconds=15)
        raised = [name for step, name in await b.story() if step == "raised"]
        assert (raised.count("missing_purchase_reports"), raised.count("missing_purchase_unknown")) == (1, 1)
        await b.counted(*(ActivitySupportClosed.model_validate(each) for each in invented))
        await b.look(minutes=24 * 60 + 1)
        await b.look(minutes=2)
        assert ("resolved", "missing_purchase_unknown") in await b.story()


@pytest.mark.proves("A-6", "A-7", "A-10")
async def test_money_that_goes_back_is_told_by_its_share_of_payments(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("refund_rate_raised", "refund_rate", "refund_rate_second", "dispute_rate")
        paid = order_paid(occurred_at=b.clock.now() - timedelta(days=20))
        of_it = {"refunded_amount": 1, "refunded_seats": (), "return_seats": False}
        back = OrderRefunded.model_validate({**paid.model_dump(), **of_it})
        bank = OrderDisputed.model_validate({**paid.model_dump(), "cause": "fraudulent"})
        free = order_paid(amount=0, occurred_at=b.clock.now())
        await b.counted(*[paid] * 100, *[free] * 900, *[back] * 6, *[bank] * 5)
        await b.look()
        assert sorted(each.summary for each in await b.told()) == [
            "Many disputes: 5% of payments within 30 days (limit 1%)",
            "Many refunds: 6% of payments within 30 days (limit 5%)",
            "Refunds are 6% of payments within 30 days (limit 2%)",
        ]


@pytest.mark.proves("A-5", "A-6", "A-13")
async def test_fewer_who_buy_than_usual_and_payments_that_take_long_are_told(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("conversion_drop", "payments_slow", "processing_slow_critical")
        now, before = b.clock.now(), b.clock.now() - timedelta(days=9)
        slow = order_paid(occurred_at=now, paid_at=now, processor_time=now - timedelta(seconds=7))
        views = [
            ActivityPageView(visitor_id="4f-a0-17-9c", occurred_at=at, page="register", city_id="tampa")
            for at in (now, before)
        ]
        await b.counted(*[views[1]] * 200, *[order_paid(occurred_at=before)] * 20, *[views[0]] * 100, *[slow] * 6)
        await b.look()
        assert sorted(each.summary for each in await b.told()) == [
            "Fewer visitors buy than usual: 6.0%, usually 10.0%, 40% less (limit 20%)",
            "Slow payment processing: 10000ms at p95 (limit 5000ms)",
            "Slow payment processing: 7000ms (limit 3000ms)",
        ]


@pytest.mark.proves("A-5", "P-12")
async def test_connections_that_take_no_payments_are_told_each_by_itself(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("connection_failed")
        now = b.clock.now()
        await b.counted(
            connection_changed("pending", occurred_at=now),
            connection_changed("error", connection_id=8, version=5, occurred_at=now),
            connection_changed("connected", connection_id=9, occurred_at=now),
        )
        await b.counted(connection_changed("connected", connection_id=8, version=4, occurred_at=now))
        await b.look()
        await b.look(minutes=16)
        await b.counted(connection_changed("revoked", connection_id=8, version=6, occurred_at=b.clock.now()))
        await b.look()
        await b.look(minutes=2)
        told = await b.told()
        assert [each.summary for each in told if isinstance(each, AlertRaised)] == [
            "Connection 8 of provider 3 to square is error: it takes no payments",
            "Connection 7 of provider 3 to square is pending: it takes no payments",
        ]
        assert [type(each) for each in told[2:]] == [AlertResolved]


@pytest.mark.proves("A-5", "A-6", "P-12")
async def test_commission_that_is_refused_or_stands_still_is_told(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("collections_failed", "collections_stuck", "invoices_overdue")
        now = b.clock.now()
        await b.counted(*(commission_failed(collection_id=number, occurred_at=now) for number in range(1, 6)))
        await b.counted(commission_collected(collection_id=8, occurred_at=now))
        await b.counted(*(commission_started(collection_id=number, occurred_at=now) for number in (7, 8, 9)))
        await b.counted(commission_invoiced(collection_id=9, occurred_at=now, payable_until=now + timedelta(hours=1)))
        await b.counted(commission_failed(collection_id=9, occurred_at=now, version=4, cause="invoice_overdue"))
        await b.look()
        await b.look(minutes=121)
        await b.counted(
            *(commission_collected(collection_id=each, occurred_at=b.clock.now(), version=5) for each in (7, 9))
        )
        await b.look()
        await b.look(minutes=2)
        told = await b.told()
        assert [each.summary for each in told if isinstance(each, AlertRaised)] == [
            "Commission is not collected: 6 collections were refused in 7 days (limit 5)",
            "Invoices of commission are overdue: 1 were not paid in time",
            "Collections of commission stand still: 1 are under way for more than two hours",
        ]
        assert [type(each) for each in told[3:]] == [AlertResolved, AlertResolved]


@pytest.mark.proves("A-6", "P-7")
async def test_commission_that_waits_for_long_is_told_above_a_sum(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("commission_blocked")
        long_ago, now = b.clock.now() - timedelta(days=8), b.clock.now()
        await b.counted(commission_blocked(collection_id=1, amount=4_000, occurred_at=long_ago))
        await b.counted(commission_blocked(collection_id=2, amount=4_000, occurred_at=now))
        await b.counted(commission_blocked(collection_id=3, amount=4_999, currency="EUR", occurred_at=long_ago))
        await b.look()
        assert await b.told() == [], "50.00 and above, for more than 7 days"
        await b.counted(commission_blocked(collection_id=4, provider_id=8, amount=1_001, occurred_at=long_ago))
        await b.look()
        await b.look(minutes=2)
        await b.counted(commission_started(collection_id=1, occurred_at=b.clock.now()))
        await b.look()
        await b.look(minutes=2)
        raised, resolved = await b.told()
        assert isinstance(raised, AlertRaised)
        assert raised.summary == "Commission can't be collected: 50 USD of 2 providers wait for more than 7 days"
        assert isinstance(resolved, AlertResolved)
