"""Every state of every page, at many widths and in both languages: nothing cut, covered, off the screen or broken."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.unit.pages.boxes import WIDTHS, sweep
from tests.unit.pages.states import STATES, TRANSLATED

pytestmark = pytest.mark.browser


# With WIDTHS=all each state is looked at in each of its languages, at each width.
ALL = os.environ.get("WIDTHS") == "all"


# Words of another language have other lengths: a page in two languages is looked at in each. One state is looked at
# every third width, the next state, or language, at those between. A scheme changes colours alone.
@pytest.mark.proves("W-3", "W-4")
@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "es")])
def test_every_page_fits_every_width(
    browser: Browser, pages: str, scheme: Literal["light", "dark"], language: str
) -> None:
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(pages)
    found = {name: sweep(page, f"/state/{name}?lang={language}", at) for name, at in swept(language).items()}
    context.close()
    assert {name: faults for name, faults in found.items() if faults} == {}


def swept(language: str) -> Mapping[str, Sequence[int]]:
    """The states that are looked at in a language, each at its widths."""
    seen, turn = (STATES, 0) if language == "en" else (TRANSLATED, 1)
    if ALL:
        return dict.fromkeys(seen, WIDTHS)
    return {name: WIDTHS[(at + turn) % 3 :: 3] for at, name in enumerate(STATES) if name in seen}


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
