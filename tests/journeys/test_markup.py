"""Markup in what strangers write stays text, on every page and in every message that shows it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.fixtures.browser import PATIENCE_MS
from tests.fixtures.cities import ON_PAGES
from tests.fixtures.hands import ask, control
from tests.fixtures.stack import WholeStack

pytestmark = [pytest.mark.browser]

MARK = '"><img src=x onerror="window.ran=1">'
ESCAPED = "&lt;img src=x"
EVERYBODY = "<!channel> @channel"
EMAIL = "markup@example.com"
SECONDS = 45

Json = dict[str, Any]


@pytest.fixture
def page(browser: Browser, stocked: WholeStack, everything_runs: WholeStack) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def harmless(page: Page, *, shows: str) -> None:
    """The words are there as words, and nothing of them became a part of the page."""
    assert shows in page.locator("body").inner_text()
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("window.ran") is None


def eventually(look: Callable[[], list[Json]]) -> Json:
    until = time.monotonic() + SECONDS
    while not (found := look()):
        assert time.monotonic() < until
        time.sleep(0.2)
    return found[0]


@pytest.mark.proves("W-1", "N-12", "C-1")
def test_a_buyers_name_is_a_name_on_page_ticket_and_mail(page: Page, stocked: WholeStack) -> None:
    buyer = {"firstName": MARK, "lastName": EVERYBODY, "email": EMAIL, "businessType": "barber"}
    body = {"ticketType": "GA", "quantity": 1, "isSixFBMember": False, "customerData": buyer, "cityId": ON_PAGES}
    status, made = ask(f"{stocked.gateway_url}/api/create-checkout-session", "POST", body)
    assert status == 200, made
    control(stocked, "POST", f"stripe/sessions/{made['sessionId']}/pay", {"card": "4242424242424242", "email": EMAIL})

    mail = eventually(lambda: control(stocked, "GET", f"messages?channel=email&to={EMAIL}")["data"])
    assert "<img src=x" not in mail["html"]
    assert ESCAPED in mail["html"]
    page.goto(f"{stocked.gateway_url}/success?order={made['orderId']}&token={made['orderToken']}")
    harmless(page, shows=MARK)
    page.goto(f"{stocked.sandbox_url}/messages?mail={mail['id']}")
    letter = page.frame_locator("iframe.letter-frame")
    assert MARK in letter.locator("body").inner_text()
    assert letter.locator("img[src=x]").count() == 0
    page.goto(f"{stocked.sandbox_url}/payments")
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.proves("N-12", "M-8", "W-2")
def test_an_alerts_words_ring_nobody_and_run_nowhere(page: Page, stocked: WholeStack) -> None:
    gateway, operator = stocked.gateway_url, stocked.token("operator")
    summary = f"Lantern {EVERYBODY} {MARK}"
    wish = {"severity": "critical", "category": "security", "summary": summary}
    status, raised = ask(f"{gateway}/api/alerts", "POST", wish, token=operator)
    assert status == 201, raised
    try:
        posted, mailed = told(stocked, "slack"), told(stocked, "email")
        slack = control(stocked, "GET", f"slack/messages/{posted['id'].removeprefix('slack_')}")
        assert "<!channel>" not in str(slack)
        assert "@channel" not in str(slack)
        assert ESCAPED in str(slack)
        assert "<img src=x" not in mailed["html"]
        assert ESCAPED in mailed["html"]
        for address in (f"{stocked.sandbox_url}/chat", f"{stocked.sandbox_url}/pager"):
            page.goto(address)
            harmless(page, shows=MARK)
        sign_in(page, stocked)
        page.get_by_text(MARK).first.wait_for()
        harmless(page, shows=summary)
    finally:
        ask(f"{gateway}/api/alerts/{raised['id']}/resolve", "POST", token=operator)


def told(stack: WholeStack, channel: str) -> Json:
    return eventually(
        lambda: [
            each for each in control(stack, "GET", f"messages?channel={channel}")["data"] if "Lantern" in str(each)
        ]
    )


def sign_in(page: Page, stack: WholeStack) -> None:
    page.goto(f"{stack.gateway_url}/operations")
    page.get_by_label("Email").fill(stack.value("ADMIN_EMAIL"))
    page.get_by_label("Password").fill(stack.value("ADMIN_PASSWORD"))
    page.get_by_role("button", name="Sign in").click()
