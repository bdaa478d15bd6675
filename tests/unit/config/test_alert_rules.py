from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from config import Config, ConfigError, load
from events import AlertKind, Severity


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree("deploy/config", tmp_path / "config"))


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load("deploy/config")


@pytest.mark.proves("M-5", "A-4", "A-5")
def test_shipped_rules_have_the_limits_of_the_tables(shipped: Config) -> None:
    rules = shipped.alert_rules.rules
    table = {
        name: (rule.severity.value, rule.category, str(rule.limit), rule.held_for.total_seconds())
        for name, rule in rules.items()
    }
    assert table == {
        "payment_success_low": ("critical", "payments", "95%", 120),
        "payment_failure_high": ("high", "payments", "5%", 0),
        "dead_letters": ("high", "api", "1", 0),
        "consumer_stopped": ("critical", "api", "1", 0),
        "consumer_lag": ("high", "api", "30 s", 60),
        "events_refused": ("critical", "api", "1", 0),
        "job_failed": ("medium", "api", "1", 0),
        "job_late": ("medium", "api", "900 s", 120),
        "key_old": ("low", "security", "90 days", 0),
        "service_down": ("critical", "api", "60 s", 0),
        "invariant_broken": ("critical", "data_integrity", "1", 0),
        "fulfilment_late": ("high", "payments", "1", 0),
        "reconciliation_found": ("high", "payments", "1", 0),
        "account_unreadable": ("high", "payments", "1", 0),
        "connection_failed": ("high", "payments", "1", 0),
        "payments_check_failed": ("high", "payments", "1", 0),
        "collections_failed": ("high", "payments", "5", 0),
        "collections_stuck": ("medium", "payments", "1", 0),
        "invoices_overdue": ("medium", "payments", "1", 0),
        "commission_back": ("medium", "payments", "1", 0),
        "commission_blocked": ("medium", "payments", "50", 0),
        "connection_inactive": ("medium", "payments", "1", 0),
        "connection_webhook_missing": ("medium", "payments", "1", 0),
        "refund_standing": ("high", "payments", "1", 0),
        "webhook_success_low": ("high", "payments", "98%", 0),
        "inventory_negative": ("critical", "inventory", "1", 0),
        "inventory_sync_failed": ("high", "inventory", "1", 0),
        "concurrent_purchase_conflict": ("medium", "inventory", "5", 0),
        "reservation_expired": ("low", "inventory", "1", 0),
        "admin_refusals": ("high", "security", "3", 0),
        "fraud_suspected": ("medium", "security", "1", 0),
        "sellout_predicted": ("medium", "business", "24 hours", 0),
        "velocity_high": ("medium", "business", "2", 0),
        "funnel_drop_off": ("medium", "business", "20%", 0),
        "payment_completion": ("medium", "business", "90%", 0),
        "payment_completion_second": ("high", "business", "85%", 0),
        "support_volume": ("medium", "business", "2%", 0),
        "support_volume_second": ("high", "business", "5%", 0),
        "missing_purchase_reports": ("high", "payments", "2", 0),
        "missing_purchase_unknown": ("low", "payments", "1", 0),
        "conversion_drop": ("medium", "business", "20%", 0),
        "payments_slow": ("medium", "payments", "3000", 0),
        "processing_slow_critical": ("high", "payments", "5000", 0),
        "refund_rate_raised": ("low", "business", "2%", 0),
        "refund_rate": ("medium", "business", "5%", 0),
        "refund_rate_second": ("high", "business", "10%", 0),
        "dispute_rate": ("medium", "business", "1%", 0),
        "web_vitals": ("medium", "business", "2500", 0),
        "second_charge": ("medium", "payments", "1", 0),
        "second_charge_refused": ("high", "payments", "1", 0),
        "refund_refused": ("high", "payments", "1", 0),
        "appointment_mismatched": ("high", "payments", "1", 0),
        "refund_failed": ("high", "payments", "1", 0),
        "payment_inquiry": ("medium", "payments", "1", 0),
    }
    assert {name: str(limit) for name, limit in rules["web_vitals"].limits.items()} == {"INP": "200", "CLS": "0.1"}
    assert rules["payment_success_low"].every.total_seconds() == 15
    assert rules["payment_failure_high"].every.total_seconds() == 120
    assert [name for name, rule in rules.items() if rule.kind is AlertKind.NOTICE] == ["reservation_expired"]


@pytest.mark.proves("A-13")
def test_a_summary_carries_the_value_with_its_unit_and_the_limit(shipped: Config) -> None:
    rules = shipped.alert_rules.rules
    assert rules["payment_failure_high"].summarize(6.1, {}) == "High payment failure rate: 6.1% (limit 5%)"
    down = rules["service_down"].summarize(75.4, {"service": "checkout"})
    assert down == "checkout is down: no heartbeat for 75 s (limit 60 s)"


@pytest.mark.proves("M-5")
@pytest.mark.parametrize(
    ("rule", "value", "breached"),
    [
        ("payment_success_low", 94.9, True),
        ("payment_success_low", 95.0, False),
        ("payment_failure_high", 5.0, False),
        ("payment_failure_high", 5.1, True),
        ("dead_letters", 1, True),
        ("dead_letters", 0, False),
    ],
)
def test_a_limit_itself_is_still_good_unless_it_says_at_least(
    shipped: Config, rule: str, value: float, breached: bool
) -> None:
    assert shipped.alert_rules.rules[rule].breached(value) is breached


@pytest.mark.proves("M-5")
def test_a_label_with_a_limit_of_its_own_is_judged_by_that(shipped: Config) -> None:
    rule = shipped.alert_rules.rules["web_vitals"]
    judged = {vital: rule.of({"vital": vital}) for vital in ("LCP", "INP", "CLS")}
    assert [judged["LCP"].breached(value) for value in (2500, 3000)] == [False, True]
    assert [judged["INP"].breached(value) for value in (200, 300)] == [False, True]
    assert [judged["CLS"].breached(value) for value in (0.1, 0.15)] == [False, True]
    told = judged["CLS"].summarize(0.15, {"vital": "CLS", "p75": "0.15", "page": "register"})
    assert told == "Pages are slow for their visitors: CLS is 0.15 at p75 in a day (limit 0.1), worst on register"


@pytest.mark.proves("A-1")
def test_channels_follow_the_severity_and_a_notice_pages_nobody(shipped: Config) -> None:
    routing = shipped.routing
    assert routing.channels(Severity.CRITICAL, AlertKind.CONDITION) == ("sms", "slack", "email", "pagerduty")
    assert routing.channels(Severity.CRITICAL, AlertKind.NOTICE) == ("sms", "slack", "email")
    assert routing.channels(Severity.HIGH, AlertKind.CONDITION) == ("sms", "slack", "email")
    assert routing.channels(Severity.MEDIUM, AlertKind.NOTICE) == ("slack",)
    assert routing.channels(Severity.LOW, AlertKind.NOTICE) == ("slack",)


@pytest.mark.proves("A-1")
def test_categories_have_a_first_step_of_their_own_for_critical_and_high(shipped: Config) -> None:
    rules = shipped.alert_rules
    assert rules.first_step(Severity.CRITICAL, "communication") == ("engineering_lead", "devops_oncall")
    assert rules.first_step(Severity.HIGH, "payments") == ("engineering_lead", "development_team")
    assert rules.first_step(Severity.HIGH, "business") == ("engineering_team",)
    assert rules.first_step(Severity.MEDIUM, "inventory") == ()


# The first rule that leads there.
LETTERS = "runbook: /docs/playbooks/subscription-stopped"


@pytest.mark.proves("M-5")
@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        ("below: 95%", "below: high", "rules.payment_success_low.below", "a share such as 95%"),
        ("    below: 95%\n", "", "rules.payment_success_low", "exactly one of below, above and atLeast"),
        ("figure: dead_letters", "figure: Dead Letters", "rules.dead_letters.figure", "must be an id"),
        (LETTERS, "runbook: /docs/letters", "rules.dead_letters.runbook", "must be one of our playbooks"),
        (LETTERS, "runbook: http://wiki.example.com", "rules.dead_letters.runbook", "https://"),
        ("INVENTORY {level}: {cityId} {tier}", "{seats} {tier}", "stock.summary", "names {seats}"),
        ("  consumer_stopped:", "  stock_level:", "", "is the name of the rule under stock"),
        ("[engineering_lead, operations]", "[engineering_lead, ops]", "categories.inventory.firstStep[1]",
         "ops is no role or person"),
    ],
)  # fmt: skip
def test_a_wrong_rule_names_file_line_place_and_remedy(folder: Path, old: str, new: str, place: str, says: str) -> None:
    path = folder / "alert-rules.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load(folder)
    [finding] = map(str, refused.value.findings)
    assert finding.startswith("alert-rules.yaml:")
    assert place in finding
    assert says in finding


@pytest.mark.proves("M-5")
@pytest.mark.parametrize("runbook", ["/docs/playbooks/dead-letters", "https://wiki.example.com/dead-letters?for=us"])
def test_a_rule_leads_to_a_playbook_of_ours_or_to_a_page_elsewhere(folder: Path, runbook: str) -> None:
    path = folder / "alert-rules.yaml"
    text = path.read_text(encoding="utf-8").replace(LETTERS, f"runbook: {runbook}", 1)
    path.write_text(text, encoding="utf-8")
    assert load(folder).alert_rules.rules["dead_letters"].runbook == runbook


@pytest.mark.parametrize("runbook", ["/docs/playbooks/", "/docs/playbooks/../x", "//evil.example.com", "https:// x"])
def test_no_other_address_is_a_runbook(folder: Path, runbook: str) -> None:
    path = folder / "alert-rules.yaml"
    text = path.read_text(encoding="utf-8").replace(LETTERS, f"runbook: {runbook!r}", 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError):
        load(folder)
