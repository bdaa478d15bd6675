"""The door's page on the whole stack: signed in at the monitor, answered by inventory (I-11, W-2)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from chassis.http.guards import SESSION_COOKIE
from tests.fixtures.stack import WholeStack

pytestmark = [pytest.mark.browser]


@pytest.fixture
def page(browser: Browser, stocked: WholeStack, everything_runs: WholeStack) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=stocked.gateway_url)
    yield context.new_page()
    context.close()


@pytest.mark.proves("I-11", "W-2")
def test_a_door_signs_in_once_and_its_session_is_renewed_while_it_works(page: Page, stocked: WholeStack) -> None:
    page.goto("/staff/door")
    page.get_by_label("Email").fill(stocked.value("ADMIN_EMAIL"))
    page.get_by_label("Password").fill(stocked.value("ADMIN_PASSWORD"))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("City").select_option("thread-journey")
    page.get_by_role("button", name="Start checking in").click()
    expect(page.locator("[data-listed]")).to_contain_text("List of")
    page.context.clear_cookies(name=SESSION_COOKIE)
    page.get_by_role("button", name="Type code").click()
    page.get_by_role("textbox", name="Code").fill("7K3M-2QXD-1")
    page.get_by_role("button", name="Check the code").click()
    expect(page.locator("[data-answer-title]")).to_have_text("No such ticket")
    expect(page.locator("[data-signed-out]")).to_be_hidden()
