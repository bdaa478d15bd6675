"""A buyer with a phone: registers, pays, sees the tickets appear, and the messages are there (W-1)."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.browser import PATIENCE_MS
from tests.fixtures.hands import ask, control
from tests.fixtures.stack import WholeStack
from tests.fixtures.waiting import pauses

pytestmark = [pytest.mark.browser]

CITY = "thread-journey"
PHONE = {"width": 390, "height": 844}
LATE_SECONDS = 120


@pytest.fixture
def page(browser: Browser, stocked: WholeStack, everything_runs: WholeStack) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=stocked.gateway_url)
    context.set_default_timeout(PATIENCE_MS)
    control(stocked, "DELETE", "faults")
    yield context.new_page()
    context.close()
    control(stocked, "DELETE", "faults")


def register(page: Page, *, tier: str, seats: int, email: str) -> None:
    page.goto(f"/register?city={CITY}")
    page.get_by_role("radio", name=tier).check()
    for _ in range(seats - 1):
        page.get_by_role("button", name="One seat more").click()
    page.get_by_label("member", exact=False).first.check()
    page.get_by_label("First name").fill("Jordan")
    page.get_by_label("Last name").fill("Ellis")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Mobile").fill("(214) 555-0137")
    page.get_by_label("What do you do?").select_option("barber")


@pytest.mark.proves("W-1", "W-3", "C-1", "S-3", "I-11")
@pytest.mark.parametrize(
    ("tier", "seats", "total"),
    [("General Admission", 2, "$958.40"), ("VIP", 1, "$1,079.10")],
)
def test_a_member_buys_on_a_phone_and_everything_arrives(
    page: Page, stocked: WholeStack, tier: str, seats: int, total: str
) -> None:
    email = f"journey.{tier.split(maxsplit=1)[0].lower()}@example.com"
    register(page, tier=tier, seats=seats, email=email)
    expect(page.locator("[data-total]").first).to_have_text(total)
    # Late until the buyer is back, so that the page must fill in by itself.
    control(stocked, "POST", "faults", {"vendor": "stripe", "kind": "late_webhook", "delayMs": LATE_SECONDS * 1000})
    page.get_by_role("button", name="Go to payment").first.click()
    expect(page.get_by_text("No money moves.")).to_be_visible()
    page.get_by_role("button", name=f"Pay {total} in the sandbox").click()
    expect(page.get_by_text("Checking your payment …").first).to_be_visible()
    page.evaluate("window.sameDocument = true")
    control(stocked, "POST", "clock/advance", {"seconds": LATE_SECONDS})
    expect(page.get_by_role("heading", name="You’re in.")).to_be_visible()
    expect(page.locator(".ticket-code svg")).to_have_count(seats)
    assert page.evaluate("window.sameDocument") is True
    assert "token" not in page.url
    assert not Axe().run(page).response["violations"]
    number = order_number(page)
    expect(page.locator(".step.done", has_text="mail")).to_have_count(1, timeout=30_000)
    messages_arrive(page, stocked, number=number, email=email)
    comes_in(stocked, ticket=f"{number}-{seats}")


def comes_in(stack: WholeStack, *, ticket: str) -> None:
    """By what stands on the ticket; once."""
    order, _, seat = ticket.rpartition("-")
    wish = {"orderNumber": order, "seat": int(seat), "cityId": CITY, "door": "Door A"}
    for pause in pauses():
        status, answer = ask(f"{stack.gateway_url}/api/admin/checkin", "POST", wish, token=stack.token("operator"))
        assert status == 200, answer
        if answer["result"] != "unknown":
            break
        time.sleep(pause)  # Stock follows from the payment on its own.
    assert (answer["result"], answer["tier"]) in {("admitted", "ga"), ("admitted", "vip")}
    shown = json.loads(stack.fullhouse("tickets", "show", order, seat, "--json"))
    assert (shown["inside"], shown["used"]["door"]) == (True, "Door A")


def order_number(page: Page) -> str:
    shown = page.locator(".ticket-number").first.inner_text()
    found = re.search(r"([0-9A-Z]{4}-[0-9A-Z]{4})-1", shown)
    assert found, shown
    return found.group(1)


def messages_arrive(page: Page, stack: WholeStack, *, number: str, email: str) -> None:
    """As a person looks for them: on the sandbox' phone and in its inbox."""
    page.goto(f"{stack.sandbox_url}/messages")
    expect(page.get_by_text(number).first).to_be_visible()
    mails = control(stack, "GET", f"messages?channel=email&to={email}")["data"]
    assert len(mails) == 1
    names = {attachment["filename"].rsplit(".", 1)[1] for attachment in mails[0]["attachments"]}
    assert names == {"png", "ics"}
    texts = control(stack, "GET", "messages?channel=sms&limit=500")["data"]
    told = [text for text in texts if number in text["text"]]
    assert len(told) == len(stack.value("SMS_TARGET_NUMBERS").split(","))
