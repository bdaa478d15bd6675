"""What all pages have in common: one left edge, an icon, and the theme that a person has chosen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.unit.pages.states import STATES

pytestmark = [pytest.mark.browser, pytest.mark.proves("W-3")]

LEFT = "nodes => nodes.map(node => node.getBoundingClientRect().left)"


def test_every_page_has_the_icon_of_the_business() -> None:
    assert [name for name, draw in STATES.items() if b'rel="icon"' not in draw()] == []


@pytest.mark.parametrize("width", [360, 820, 1040, 1181, 1300, 1439, 1700])
def test_what_a_page_says_begins_where_its_logo_does(browser: Browser, pages: str, width: int) -> None:
    page = browser.new_page(base_url=pages, viewport={"width": width, "height": 900})
    for name, selector in (
        ("register", ".part-title"),
        ("message", "h1"),
        ("tickets", ".ticket"),
        ("turned back", ".hold .stub"),
    ):
        page.goto(f"/state/{name}")
        logo, first, *_ = page.locator(f".logo, main {selector}").evaluate_all(LEFT)
        assert first == pytest.approx(logo, abs=0.5), name
    page.close()


@pytest.mark.parametrize("name", ["sign in", "acknowledge, open", "operations, calm", "webhooks"])
def test_a_person_on_call_keeps_the_theme_and_acts_in_ink(browser: Browser, pages: str, name: str) -> None:
    page = browser.new_page(base_url=pages, color_scheme="light")
    page.goto("/state/operations, calm")
    page.get_by_role("button", name="Light or dark").click()
    page.goto(f"/state/{name}")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("body")).to_have_css("color", re.compile(r"rgb\(243, 244, 245\)"))
    assert page.locator(".button.primary:visible").count() == 0
    page.close()
