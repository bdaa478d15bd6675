"""Every state of every page, at many widths and in both languages: nothing cut, covered, off the screen or broken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.unit.pages.boxes import WIDTHS, sweep
from tests.unit.pages.states import STATES

pytestmark = pytest.mark.browser


# Every other width each way round. Spanish words are longer; staff's pages stay English.
@pytest.mark.proves("W-3", "W-4")
@pytest.mark.parametrize(
    ("scheme", "widths", "language"), [("light", WIDTHS[::2], "en"), ("dark", (360, *WIDTHS[1::6]), "es")]
)
def test_every_page_fits_every_width(
    browser: Browser, pages: str, scheme: Literal["light", "dark"], widths: Sequence[int], language: str
) -> None:
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(pages)
    found = {name: sweep(page, f"/state/{name}?lang={language}", widths) for name in STATES}
    context.close()
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.proves("W-3", "M-11")
def test_no_column_of_the_board_is_out_of_sight(browser: Browser, pages: str) -> None:
    page = browser.new_page(base_url=pages)
    page.goto("/state/operations, busy")
    for width in (360, 390, 820, 1200, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        hidden = page.locator(".table-box").evaluate_all(
            "boxes => boxes.filter(box => box.scrollWidth > box.clientWidth).map(box => box.parentElement.id)"
        )
        assert hidden == [], width
    page.close()
