"""The choice of ways to pay follows the price: looked up again, and offered anew where that failed (W-1)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.unit.pages.states import STATES

pytestmark = [pytest.mark.browser, pytest.mark.proves("W-1")]

_SHOWN, _ONE = "register, three ways to pay", "register, one way to pay"


def test_ways_are_looked_up_for_another_price_and_again_where_that_failed(browser: Browser, pages: str) -> None:
    page = browser.new_page(base_url=pages)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"/state/{_SHOWN}")
    ways = page.locator("#ways")
    expect(ways.get_by_role("radio")).to_have_count(3)
    page.route("**/register", lambda route: route.abort())
    page.get_by_role("button", name="One seat more").click()
    expect(ways.get_by_text("We could not look up the ways to pay.")).to_be_visible()
    expect(ways.get_by_role("radio", name="Card or wallet, by Square")).to_be_checked()
    waiting = _held_back(page)
    with page.expect_request("**/register"):
        ways.get_by_role("button", name="Try again").click()
    expect(ways.get_by_text("Looking up the ways to pay…")).to_be_visible()
    expect(ways).to_have_attribute("aria-busy", "true")
    waiting[0].fulfill(body=STATES[_ONE](), content_type="text/html")
    expect(ways.get_by_role("radio")).to_have_count(0)
    expect(ways.get_by_text("PayPal")).to_be_visible()
    assert faults == []
    page.close()


def test_ways_of_a_pass_are_looked_up_for_a_members_price(browser: Browser, pages: str) -> None:
    page = browser.new_page(base_url=pages)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("/state/buy a pass, two ways to pay")
    ways = page.locator("#ways")
    page.route("**/passes/buy?*", lambda route: route.abort())
    member = page.get_by_label("Are you a member?")
    with page.expect_request("**/passes/buy?*member=yes*"):
        member.select_option("yes")
    expect(ways.get_by_role("radio")).to_have_count(2)
    page.unroute("**/passes/buy?*")
    one = STATES["buy a pass, one way to pay"]()
    page.route("**/passes/buy?*", lambda route: route.fulfill(body=one, content_type="text/html"))
    with page.expect_request("**/passes/buy?*member=no*"):
        member.select_option("no")
    expect(ways.get_by_role("radio")).to_have_count(0)
    assert faults == []
    page.close()


def _held_back(page: Page) -> list[Route]:
    """Requests that wait for the test's answer."""
    waiting: list[Route] = []
    page.unroute("**/register")

    def wait(route: Route) -> None:
        waiting.append(route)

    page.route("**/register", wait)
    return waiting
