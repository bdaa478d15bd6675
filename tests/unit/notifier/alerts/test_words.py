"""Whom an alert reaches, and in which words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

import config
from chassis.ids import uuid7
from events import AlertAcknowledged, AlertKind, AlertRaised, AlertStatus, Channel, Severity
from notifier.alerts.domain import (
    ALERT,
    ALERT_ACKNOWLEDGED,
    ALERT_RESOLVED,
    AlertRoutes,
    Standing,
    next_opening,
    targets,
)
from notifier.alerts.wording import alert_words
from notifier.channels import gsm7
from notifier.channels.pagerduty import PageAction, PageMessage, dedup_key
from notifier.channels.pagerduty_events import event_json
from notifier.channels.slack import ChatMessage, slack_blocks, slack_line, slack_text
from notifier.channels.slack_chat import chat_json
from notifier.channels.sms import alert_text
from notifier.texts.templates import shipped_templates

CONFIG = config.load(Path(__file__).parents[4] / "deploy" / "config")
NEW_YORK = ZoneInfo("America/New_York")
KNOWN: dict[str, Any] = {"zone": NEW_YORK, "contacts": CONFIG.contacts, "vendors": CONFIG.vendors}
ROUTES = AlertRoutes(routing=CONFIG.routing, owners=("+13525550188",), **KNOWN)
TUESDAY = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)


def raised(**changes: Any) -> AlertRaised:
    known: dict[str, Any] = {
        "alert_id": uuid7(), "fingerprint": "payment_success_low", "version": 1, "rule": "payment_success_low",
        "kind": AlertKind.CONDITION, "severity": Severity.CRITICAL, "category": "payments", "labels": {},
        "summary": "Low payment success rate: 40.0% (limit 95%)", "status": AlertStatus.FIRING, "code": "4471",
        "triggered_at": TUESDAY, "occurred_at": TUESDAY, "roles": ("engineering_lead", "development_team"),
        "channels": ("sms", "slack", "email", "pagerduty", "phone"),
    }  # fmt: skip
    return AlertRaised(**known | changes)


@pytest.mark.proves("N-15", "A-1", "A-2")
def test_roles_become_people_each_once_and_channels_that_we_do_not_know_are_left_out() -> None:
    found = {target.channel: target.recipients for target in targets(raised(), ROUTES, now=TUESDAY)}
    assert found == {
        Channel.SMS: ("+13525550100", "+18135550101"),
        Channel.EMAIL: ("alex@example.com", "sam@example.com"),
        Channel.SLACK: ("#critical-alerts",),
        Channel.PAGERDUTY: ("critical",),
    }


@pytest.mark.proves("A-1", "N-15")
def test_the_owners_hear_of_stock_by_their_own_numbers() -> None:
    alert = raised(severity=Severity.HIGH, category="inventory", roles=("operations", "nobody"))
    found = {target.channel: target.recipients for target in targets(alert, ROUTES, now=TUESDAY)}
    assert found[Channel.SMS] == ("+12145550102", "+13525550188")
    assert found[Channel.SLACK] == ("#inventory-alerts",)


@pytest.mark.proves("A-1", "N-7")
@pytest.mark.parametrize(("now", "opens"), [
    (TUESDAY, TUESDAY),
    (SATURDAY, datetime(2026, 11, 23, 9, 0, tzinfo=NEW_YORK)),
    (datetime(2026, 11, 24, 23, 0, tzinfo=UTC), datetime(2026, 11, 25, 9, 0, tzinfo=NEW_YORK)),
    (datetime(2026, 11, 24, 13, 59, tzinfo=UTC), datetime(2026, 11, 24, 9, 0, tzinfo=NEW_YORK)),
])  # fmt: skip
def test_a_medium_alert_waits_in_chat_for_the_next_opening(now: datetime, opens: datetime) -> None:
    assert next_opening(CONFIG.contacts.business_hours, NEW_YORK, now) == opens
    [target] = targets(raised(severity=Severity.MEDIUM, channels=("slack",), roles=()), ROUTES, now=now)
    assert target.not_before == (opens if opens > now else None)
    [urgent] = targets(raised(channels=("slack",)), ROUTES, now=now)
    assert urgent.not_before is None


@pytest.mark.proves("M-5", "M-7")
def test_what_is_no_news_any_more() -> None:
    def outdated(kind: AlertKind, status: AlertStatus) -> list[str | None]:
        standing = Standing(uuid7(), "f", 1, kind, status, "4471")
        return [standing.outdates(message) for message in (ALERT, ALERT_ACKNOWLEDGED, ALERT_RESOLVED)]

    assert outdated(AlertKind.CONDITION, AlertStatus.FIRING) == [None, None, None]
    assert outdated(AlertKind.CONDITION, AlertStatus.ACKNOWLEDGED) == ["acknowledged", None, None]
    assert outdated(AlertKind.CONDITION, AlertStatus.RESOLVED) == ["resolved", "resolved", None]
    assert outdated(AlertKind.NOTICE, AlertStatus.RESOLVED) == [None, None, None]


@pytest.mark.proves("X-8", "N-12")
@pytest.mark.parametrize("summary", ["Short", "Long " * 60, "Çedilla 💀 " * 30])
def test_a_text_is_one_sms_of_plain_characters_and_ends_with_the_code(summary: str) -> None:
    route = CONFIG.routing.severities[Severity.CRITICAL]
    words = alert_words(raised(summary=summary), route, **KNOWN)
    text = alert_text(shipped_templates(), words)
    assert text.startswith("CRITICAL: ")
    assert text.endswith(". Reply ACK 4471")
    assert gsm7.fits(text)


@pytest.mark.proves("X-8", "N-12")
def test_a_text_of_other_letters_begins_with_the_code() -> None:
    route = CONFIG.routing.severities[Severity.CRITICAL]
    words = alert_words(raised(summary="Київ: оплата не проходить " * 9), route, **KNOWN)
    text = alert_text(shipped_templates(), words)
    assert text.startswith("Reply ACK 4471. CRITICAL: Київ: оплата")
    assert gsm7.fits(text)


@pytest.mark.proves("N-2", "M-7")
def test_a_message_says_who_has_taken_it() -> None:
    facts = raised().model_dump(exclude={"roles", "channels", "step"}) | {"status": AlertStatus.ACKNOWLEDGED}
    alert = AlertAcknowledged(**facts, by="alex", way="sms_reply")
    route = CONFIG.routing.severities[Severity.CRITICAL]
    words = alert_words(alert, route, **KNOWN)
    assert words.status == "Acknowledged by Alex Rivera (by text), 10:00 AM."
    assert words.code == ""


@pytest.mark.proves("N-2")
def test_a_fingerprint_too_long_for_pagerduty_has_a_key_of_its_own() -> None:
    assert dedup_key("rule{a=1}") == "rule{a=1}"
    assert len(dedup_key("x" * 256)) <= 255
    assert dedup_key("x" * 256) != dedup_key("x" * 257)


@pytest.mark.proves("N-2")
def test_a_chat_message_says_each_sentence_once() -> None:
    route = CONFIG.routing.severities[Severity.CRITICAL]
    words = alert_words(raised(summary="Payments fail"), route, **KNOWN)
    shown = slack_line(words) + str(slack_blocks(words, link="https://tickets.example.com/a/x"))
    assert shown.count("Payments fail") == 1
    assert "|Acknowledge>" in shown


@pytest.mark.proves("N-12", "N-2")
def test_nothing_in_a_summary_rings_a_channel_or_makes_a_link() -> None:
    alert = raised(summary="<!channel> <https://evil.example.com|pay> & @here", runbook="javascript:alert(1)")
    route = CONFIG.routing.severities[alert.severity]
    words = alert_words(alert, route, **KNOWN)
    shown = slack_line(words) + str(slack_blocks(words, link=None))
    assert "<!" not in shown
    assert "<https" not in shown
    assert "@here" not in shown
    assert "javascript" not in shown
    assert slack_text("a@example.com <b>") == "a@example.com &lt;b&gt;"


@pytest.mark.proves("N-2", "A-1")
def test_a_critical_chat_message_mentions_and_has_its_colour() -> None:
    body = chat_json(
        ChatMessage(
            delivery_id=uuid7(),
            to="#c",
            hook="critical",
            text="💀 x",
            colour="#000000",
            blocks=(),
            mentions=("@a", "@b"),
        )
    )
    assert body["text"] == "@a @b 💀 x"
    assert body["attachments"][0]["color"] == "#000000"


@pytest.mark.proves("N-2")
def test_pagerduty_gets_the_fingerprint_as_its_dedup_key_and_facts_at_the_trigger_only() -> None:
    key = SecretStr("r" * 32)
    trigger = PageMessage(
        delivery_id=uuid7(),
        key="critical",
        action=PageAction.TRIGGER,
        dedup_key="f",
        payload={"summary": "s"},
        link="l",
    )
    assert event_json(trigger, key)["payload"] == {"summary": "s"}
    end = event_json(PageMessage(delivery_id=uuid7(), key="critical", action=PageAction.RESOLVE, dedup_key="f"), key)
    assert end == {"routing_key": "r" * 32, "event_action": "resolve", "dedup_key": "f"}


@pytest.mark.proves("M-5")
@pytest.mark.parametrize(
    ("runbook", "shown"),
    [
        ("/docs/playbooks/payments", "https://shop.example.com/docs/playbooks/payments"),
        ("https://wiki.example.com/payments", "https://wiki.example.com/payments"),
        ("/orders", ""),
        ("//evil.example.com", ""),
        ("javascript:alert(1)", ""),
        (None, ""),
    ],
)
def test_a_playbook_of_ours_is_shown_with_our_address(runbook: str | None, shown: str) -> None:
    alert = raised(runbook=runbook)
    route = CONFIG.routing.severities[alert.severity]
    words = alert_words(alert, route, **KNOWN, public_url="https://shop.example.com")
    assert words.runbook == shown
    assert (f"<{shown}|What to do>" in str(slack_blocks(words, link=None))) is bool(shown)


@pytest.mark.proves("O-3")
@pytest.mark.parametrize(
    ("runbook", "shown"),
    [("/docs/playbooks/payment-failure", True), ("/docs/playbooks/job-failed", False), (None, False)],
)
def test_an_alert_about_a_vendor_has_the_vendors_pages(runbook: str | None, shown: bool) -> None:
    alert = raised(runbook=runbook)
    words = alert_words(alert, CONFIG.routing.severities[alert.severity], **KNOWN)
    pages = "status https://status.stripe.com, support https://support.stripe.com"
    assert (("Stripe", pages) in words.facts) is shown
    assert (pages in str(slack_blocks(words, link=None))) is shown


@pytest.mark.proves("A-5", "N-10")
def test_what_was_found_out_goes_with_the_alert_within_measure() -> None:
    found = tuple(f"✗ endpoint {number}: {'x' * 400}" for number in range(9))
    words = alert_words(raised(evidence=found), CONFIG.routing.severities[Severity.HIGH], **KNOWN)
    shown = [value for name, value in words.facts if name == "Found"]
    assert (len(shown), max(map(len, shown)), shown[0][:12]) == (5, 300, "✗ endpoint 0")
