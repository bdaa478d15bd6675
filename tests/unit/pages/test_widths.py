"""Every state of every page at every width: nothing cut, covered, off the screen, or a letter a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.sync_api import Browser, sync_playwright

from checkout.staff import site as staff
from monitor.accounts import page as login
from monitor.dashboards.operations import page as board
from monitor.reference import api as reference
from notifier.acknowledgements import page as acknowledge
from tests.fixtures.serving import served
from tests.unit.pages import shop_states, staff_states
from tests.unit.pages.boxes import WIDTHS, sweep
from ui import static_app

pytestmark = pytest.mark.browser

STATES = {**shop_states.STATES, **staff_states.STATES}


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    """The address below which each state is drawn, under its name."""
    app = FastAPI()
    for prefix, shown in (
        ("/static", shop_states.SITE),
        (staff.ASSETS, staff_states.STAFF),
        (login.ASSETS, staff_states.LOGIN),
        (board.ASSETS, staff_states.OPERATIONS),
        (acknowledge.ASSETS, staff_states.ACKNOWLEDGE),
        (reference.ASSETS, staff_states.REFERENCE),
    ):
        app.mount(prefix, static_app(shown.assets))

    @app.get("/")
    def empty() -> HTMLResponse:
        return HTMLResponse("<!doctype html><title>Frame</title><body style='margin: 0'>")

    @app.get("/state/{name}")
    def show(name: str) -> HTMLResponse:
        return HTMLResponse(STATES[name]())

    with served(app) as address:
        yield address


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.proves("W-3")
@pytest.mark.parametrize(("scheme", "widths"), [("light", WIDTHS), ("dark", WIDTHS[::6])])
def test_every_page_fits_every_width(
    browser: Browser, pages: str, scheme: Literal["light", "dark"], widths: Sequence[int]
) -> None:
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(pages)
    found = {name: sweep(page, f"/state/{name}", widths) for name in STATES}
    context.close()
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.proves("W-3", "M-11")
def test_the_seats_that_are_left_are_seen_on_a_phone(browser: Browser, pages: str) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 700}, base_url=pages)
    page.goto("/state/operations, busy")
    table = page.locator("#inventory_levels_all_cities .table-box")
    assert table.evaluate("box => box.scrollWidth <= box.clientWidth")
    page.close()
