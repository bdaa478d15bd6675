"""Tickets on paper: a white page each, with what one needs at the door."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.proves("W-1", "W-3")]

A_PAGE = re.compile(rb"/Type\s*/Page\b")


@pytest.fixture(params=["light", "dark"])
def sheet(request: pytest.FixtureRequest, browser: Browser, pages: str) -> Iterator[Page]:
    """Ten tickets, about to be printed by somebody who reads light or dark."""
    scheme: Literal["light", "dark"] = request.param
    page = browser.new_page(base_url=pages, color_scheme=scheme)
    page.goto("/state/ten tickets")
    page.emulate_media(media="print")
    yield page
    page.close()


@pytest.mark.parametrize("landscape", [False, True])
@pytest.mark.parametrize("paper", ["Letter", "A4"])
def test_each_ticket_is_a_page(sheet: Page, paper: str, landscape: bool) -> None:
    printed = sheet.pdf(format=paper, landscape=landscape, print_background=True)
    assert len(A_PAGE.findall(printed)) == 10


def test_a_ticket_is_black_on_white_and_says_where_and_when(sheet: Page) -> None:
    ticket = sheet.locator(".ticket").first
    assert "Straßburger-Allee-Verlängerung 100" in ticket.inner_text()
    assert "9 AM – 5 PM CST" in ticket.inner_text()
    painted = ticket.evaluate(
        """ticket => [ticket, ...ticket.querySelectorAll(":not(svg, svg *)")].map(getComputedStyle)
            .filter(style => style.backgroundImage !== "none" || style.backgroundColor !== "rgba(0, 0, 0, 0)").length"""
    )
    assert painted == 0
    colours = ticket.evaluate(
        """ticket => [...ticket.querySelectorAll("p, dt, dd, span")].map(node => getComputedStyle(node).color)"""
    )
    assert set(colours) == {"rgb(15, 17, 19)"}
    assert sheet.locator(".band:visible").count() == 0
