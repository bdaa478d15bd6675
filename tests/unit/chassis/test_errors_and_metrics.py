from __future__ import annotations

import pytest

from chassis.errors import Condition, InvalidRequest, registered_conditions
from chassis.metrics import CATALOGUE, Metric, Metrics
from chassis.queries import query_name
from chassis.shares import WINDOW_SECONDS, RecentShare


@pytest.mark.proves("C-13")
def test_conditions_register_with_all_that_a_caller_needs() -> None:
    for row in registered_conditions():
        assert 400 <= row.status <= 599
        assert row.title, row.code
        assert row.meaning, row.code
        assert row.remedy, row.code


def test_a_code_has_one_status() -> None:
    with pytest.raises(TypeError, match="already stands for status 422"):
        type("Other", (Condition,), {"status": 400, "code": "invalid_request", "title": "x"})


def test_own_members_can_not_replace_the_standard_ones() -> None:
    document = InvalidRequest(fields={"email": "Needed."}, extra={"code": "other", "hint": 1}).problem(trace_id="t")
    assert document["code"] == "invalid_request"
    assert (document["hint"], document["fields"], document["traceId"]) == (1, {"email": "Needed."}, "t")


@pytest.mark.proves("M-4")
def test_metrics_have_exactly_the_names_and_labels_of_the_catalogue() -> None:
    expected = {
        "http_requests_total": ("method", "route", "status"),
        "http_request_duration_seconds": ("method", "route", "status"),
        "workshop_tickets_sold_total": ("city", "type"),
        "workshop_revenue_total": ("currency",),
        "inventory_tickets_available": ("city", "type"),
        "sms_notifications_sent_total": (),
        "sms_notifications_failed_total": (),
        "errors_total": ("category", "error"),
        "stripe_payment_success_rate": (),
        "inventory_negative_count": (),
        "api_error_rate_5xx": (),
        "process_uptime_seconds": (),
    }
    assert {name: CATALOGUE[Metric(name)].labels for name in expected} == expected
    assert set(CATALOGUE) == set(Metric)


def test_metrics_count_set_and_observe() -> None:
    metrics = Metrics(process=True)
    metrics.count(Metric.REVENUE, 958.4, currency="USD")
    metrics.count(Metric.SMS_SENT)
    metrics.set(Metric.TICKETS_AVAILABLE, 5, city="demo", type="ga")
    metrics.observe(Metric.EVENT_HANDLING, 0.02, group="inventory")
    assert metrics.value(Metric.REVENUE, currency="USD") == 958.4
    assert metrics.value(Metric.TICKETS_AVAILABLE, city="demo", type="ga") == 5
    assert metrics.value(Metric.EMAIL_SENT) == 0
    assert "email" not in metrics.text().decode()
    text = metrics.text().decode()
    for line in (
        'workshop_revenue_total{currency="USD"} 958.4',
        "sms_notifications_sent_total 1.0",
        'event_handling_duration_seconds_count{group="inventory"} 1.0',
        "process_resident_memory_bytes",
    ):
        assert line in text


def test_wrong_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="label"):
        Metrics().count(Metric.REVENUE, city="demo")


@pytest.mark.proves("M-4")
def test_only_the_owner_shows_a_figure_before_there_is_something_to_show() -> None:
    inventory, notifier = Metrics(process=True), Metrics(process=True)
    inventory.own("inventory")
    notifier.own("notifier")
    assert "sms_notifications_sent_total 0.0" in notifier.text().decode()
    shown = inventory.text().decode()
    for metric, definition in CATALOGUE.items():
        assert (f"\n{metric} " in shown) is (metric is Metric.UPTIME), metric
        assert definition.owner in {None, "notifier", "monitor"}


@pytest.mark.proves("M-4")
def test_the_share_of_failures_is_that_of_the_last_minute() -> None:
    now = [100.0]
    share = RecentShare(lambda: now[0])
    assert share.value() == 0.0
    for failed in (True, False, False, False):
        share.add(failed=failed)
    assert share.value() == 0.25
    now[0] += 30
    share.add(failed=True)
    assert share.value() == 0.4
    now[0] += WINDOW_SECONDS - 25
    assert share.value() == 1.0
    now[0] += WINDOW_SECONDS
    assert share.value() == 0.0


@pytest.mark.proves("M-4", "A-8")
@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("SELECT a, b FROM orders WHERE c = $1 FOR UPDATE SKIP LOCKED", "select orders"),
        ("WITH sent AS (DELETE FROM outbox WHERE id = $1) INSERT INTO outbox_sent SELECT 1", "delete outbox"),
        ("INSERT INTO inbox_20261129 (a) VALUES ($1) ON CONFLICT DO NOTHING", "insert inbox"),
        ("UPDATE breakers SET state = $2", "update breakers"),
        ("SELECT app_now()", "other"),
        ("SELECT extract(epoch FROM now()) FROM jobs", "select jobs"),
    ],
)
def test_statements_are_named_after_what_they_do_to_which_table(sql: str, name: str) -> None:
    assert query_name(sql) == name
