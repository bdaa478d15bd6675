"""A payment outage from its first refused buyer to its end, as the people on call live through it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.fixtures.browser import PATIENCE_MS
from tests.fixtures.hands import ask, control
from tests.fixtures.scratch import CITY, GROUP, scratch_stack
from tests.fixtures.stack import WholeStack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group(GROUP), pytest.mark.timeout(300)]

RULE = "payment_success_low"
SUMMARY = "Low payment success rate"
REFUSED = 5
BOUGHT = 8
ALEX = "+13525550100"
FAR_OFF = timedelta(days=3)

Json = dict[str, Any]


def shorten(rules: Json) -> None:
    """As shipped, but told of at once, and over as soon as most buyers get through again."""
    rules["rules"][RULE] |= {"below": "50%", "for": "1s", "endsAfter": "1s", "every": "1s"}


def close(contacts: Json) -> None:
    """Nobody is at work, whenever the test runs."""
    day = (datetime.now(UTC) + FAR_OFF).strftime("%a").lower()
    contacts["businessHours"] = {"days": [day], "from": "09:00", "until": "18:00"}


@pytest.fixture(scope="module")
def house() -> Iterator[WholeStack]:
    with scratch_stack(seats=200, edits={"alert-rules.yaml": shorten, "contacts.yaml": close}) as stack:
        yield stack


@pytest.fixture
def person(browser: Browser, house: WholeStack) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.mark.proves("M-5", "M-6", "M-11", "N-2", "N-13", "N-14", "S-3", "A-4")
def test_a_payment_outage_is_told_taken_by_text_and_ends_by_itself(person: BrowserContext, house: WholeStack) -> None:
    board = operations(person, house)
    row = board.locator("#open_alerts li").filter(has_text=SUMMARY)
    expect(row).to_have_count(0)
    break_stripe(person, house)
    refused_on_a_phone(person, house)
    for number in range(REFUSED):
        assert buy(house, f"refused{number}@example.com")[0] == 502

    expect(row).to_contain_text("Critical")
    expect(row.get_by_role("button", name="Acknowledge")).to_be_visible()
    alert = the_critical_alert(house)
    reached_by_chat(person, house, "Rule: payment_success_low")
    code = reached_by_text(person, house)
    reached_by_mail(person, house)
    reached_by_pager(person, house, "Triggered")

    answer_by_text(person, house, f"ACK {code}")
    expect(row).to_contain_text("Alex Rivera")
    reached_by_chat(person, house, "Acknowledged by Alex Rivera (by text)")
    reached_by_pager(person, house, "Acknowledged")

    mend_stripe(person, house)
    for number in range(BOUGHT):
        pay(house, f"served{number}@example.com")
    expect(row).to_have_count(0)
    assert board.evaluate("window.sameDocument") is True
    reached_by_chat(person, house, "Resolved")
    reached_by_pager(person, house, "Resolved")
    assert the_critical_alert(house)["status"] == "resolved"
    told_on_the_timeline(house, alert["id"])


def operations(person: BrowserContext, house: WholeStack) -> Page:
    """The page stays open from here on, and is never loaded again."""
    page = person.new_page()
    page.goto(f"{house.gateway_url}/operations")
    page.get_by_label("Email").fill(house.value("ADMIN_EMAIL"))
    page.get_by_label("Password").fill(house.value("ADMIN_PASSWORD"))
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("[data-live-word]")).to_have_text("Live")
    page.evaluate("window.sameDocument = true")
    return page


def break_stripe(person: BrowserContext, house: WholeStack) -> None:
    page = person.new_page()
    page.goto(f"{house.sandbox_url}/control")
    page.get_by_label("Vendor and call").select_option("stripe")
    page.get_by_label("What goes wrong").select_option(label="Answers an error")
    page.get_by_label("HTTP status").fill("503")
    page.get_by_role("button", name="Set fault").click()
    expect(page.get_by_role("row", name="Stripe: error")).to_contain_text("In force")
    page.close()


def mend_stripe(person: BrowserContext, house: WholeStack) -> None:
    page = person.new_page()
    page.goto(f"{house.sandbox_url}/control")
    page.get_by_role("button", name="Remove all faults").click()
    expect(page.get_by_text("No faults. Every vendor answers as it should.")).to_be_visible()
    page.close()


def refused_on_a_phone(person: BrowserContext, house: WholeStack) -> None:
    page = person.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{house.gateway_url}/register?city={CITY}")
    page.get_by_role("radio", name="General Admission").check()
    page.get_by_label("First name").fill("Jordan")
    page.get_by_label("Last name").fill("Ellis")
    page.get_by_label("Email").fill("jordan.ellis@example.com")
    page.get_by_label("Mobile").fill("(214) 555-0137")
    page.get_by_label("What do you do?").select_option("barber")
    page.get_by_role("button", name="Go to payment").first.click()
    expect(page.get_by_role("alert").first).to_contain_text("Payments are not working right now.")
    page.close()


def buy(house: WholeStack, email: str) -> tuple[int, Json]:
    customer = {"firstName": "Jordan", "lastName": "Ellis", "email": email, "businessType": "barber"}
    wish = {"ticketType": "GA", "quantity": 1, "isSixFBMember": False, "customerData": customer, "cityId": CITY}
    return ask(f"{house.gateway_url}/api/create-checkout-session", "POST", wish)


def pay(house: WholeStack, email: str) -> None:
    status, made = buy(house, email)
    assert status == 200, made
    control(house, "POST", f"stripe/sessions/{made['sessionId']}/pay", {"card": "4242424242424242"})


def the_critical_alert(house: WholeStack) -> Json:
    status, page = ask(f"{house.gateway_url}/api/alerts?severity=critical", token=house.token("viewer"))
    assert status == 200, page
    (alert,) = page["data"]
    assert alert["rule"] == RULE
    found: Json = alert
    return found


def reached_by_chat(person: BrowserContext, house: WholeStack, words: str) -> None:
    """One message, changed in place."""
    page = person.new_page()
    page.goto(f"{house.sandbox_url}/chat")
    page.get_by_role("link", name="#critical-alerts").click()
    post = page.locator(".post").filter(has_text=SUMMARY)
    expect(post.filter(has_text=words)).to_be_visible()
    expect(post).to_have_count(1)
    page.close()


def reached_by_text(person: BrowserContext, house: WholeStack) -> str:
    """The code that Alex answers with."""
    page = phone(person, house)
    text = page.locator(".text").filter(has_text=SUMMARY)
    expect(text).to_have_count(1)
    found = re.search(r"ACK (\d+)", text.inner_text())
    assert found, text.inner_text()
    page.close()
    return found.group(1)


def answer_by_text(person: BrowserContext, house: WholeStack, answer: str) -> None:
    page = phone(person, house)
    page.get_by_label("Reply as").fill(answer)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".text.mine")).to_contain_text(answer)
    page.close()


def phone(person: BrowserContext, house: WholeStack) -> Page:
    page = person.new_page()
    page.goto(f"{house.sandbox_url}/messages?phone=%2B{ALEX.removeprefix('+')}#thread")
    return page


def reached_by_mail(person: BrowserContext, house: WholeStack) -> None:
    page = person.new_page()
    page.goto(f"{house.sandbox_url}/messages")
    page.locator(".mail").filter(has_text=SUMMARY).filter(has_text="alex@example.com").click()
    letter = page.frame_locator("iframe.letter-frame")
    expect(letter.get_by_text(SUMMARY).first).to_be_visible()
    page.close()


def reached_by_pager(person: BrowserContext, house: WholeStack, state: str) -> None:
    page = person.new_page()
    page.goto(f"{house.sandbox_url}/pager")
    incident = page.locator(".page").filter(has_text=SUMMARY)
    expect(incident.filter(has=page.locator(".page-top", has_text=state))).to_be_visible()
    expect(incident).to_have_count(1)
    page.close()


def told_on_the_timeline(house: WholeStack, alert_id: str) -> None:
    lines = timeline(house, alert_id)
    steps = [line for line in lines if line["what"] in {"raised", "answered", "acknowledged", "resolved"}]
    assert [line["what"] for line in steps] == ["raised", "answered", "acknowledged", "resolved"]
    assert (steps[1]["by"], steps[2]["way"]) == ("alex", "sms_reply")
    assert steps[3]["explanation"] == "The condition is over."
    told = [line for line in lines if line["what"] in {"sent", "delivered"}]
    assert len({(line["channel"], line["person"], line["why"]) for line in told}) == len(told)
    assert {line["person"] for line in told if line["channel"] == "sms"} == {"alex", "sam"}
    sent = {(line["channel"], line["why"]) for line in told}
    assert {(channel, "first") for channel in ("sms", "email", "slack", "pagerduty")} <= sent
    assert {(channel, "acknowledge") for channel in ("slack", "pagerduty")} <= sent
    assert {(channel, "resolve") for channel in ("sms", "email", "slack", "pagerduty")} <= sent


def timeline(house: WholeStack, alert_id: str) -> list[Json]:
    """What is known of it; nothing, before the alert has come to the notifier."""
    status, page = ask(f"{house.gateway_url}/api/alerts/{alert_id}/timeline", token=house.token("viewer"))
    assert status in (200, 404), page
    found: list[Json] = page["data"] if status == 200 else []
    return found


@pytest.mark.proves("N-7", "N-14", "M-7", "M-8", "A-1")
def test_what_waits_for_business_hours_and_is_then_taken_is_never_sent(
    person: BrowserContext, house: WholeStack
) -> None:
    summary = "Somebody should look at the badge printer"
    raised = house.fullhouse("alert", "raise", "--severity", "medium", "--category", "inventory", summary)
    found = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", raised)
    assert found, raised
    line = eventually(lambda: of_chat(house, found.group()), lambda line: line.get("what") == "waiting")
    assert (line["reason"], line["why"]) == ("business_hours", "first")

    board = operations(person, house)
    board.locator("#open_alerts li").filter(has_text=summary).get_by_role("button", name="Acknowledge").click()
    line = eventually(lambda: of_chat(house, found.group()), lambda line: line.get("what") == "not_sent")
    assert (line["reason"], line["explanation"]) == (
        "acknowledged",
        "Somebody had acknowledged the alert before it was sent.",
    )
    assert summary not in str(control(house, "GET", "messages?limit=500"))


def of_chat(house: WholeStack, alert_id: str) -> Json:
    """Nothing, until somebody is to be told."""
    return next((line for line in timeline(house, alert_id) if line["channel"] == "slack"), {})


def eventually(look: Callable[[], Json], wanted: Callable[[Json], bool], *, seconds: float = 30) -> Json:
    until = time.monotonic() + seconds
    while not wanted(found := look()):
        assert time.monotonic() < until, found
        time.sleep(0.2)
    return found
