"""Every state of every page at an address of its own, and a browser to look at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from checkout.staff import site as staff
from inventory.staff import site as stock
from languages import language_of, speaking
from monitor.accounts import page as login
from monitor.dashboards.operations import page as board
from monitor.reference import api as reference
from notifier.acknowledgements import page as acknowledge
from tests.fixtures.serving import served
from tests.unit.pages import shop_states, staff_states
from tests.unit.pages.states import STATES
from ui import static_app


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    """The address below which each state is drawn, under its name."""
    app = FastAPI()
    for prefix, shown in (
        ("/static", shop_states.SITE),
        (staff.ASSETS, staff_states.STAFF),
        (stock.ASSETS, staff_states.STOCK),
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
    def show(name: str, lang: str = "en") -> HTMLResponse:
        with speaking(language_of(lang)):
            return HTMLResponse(STATES[name]())

    with served(app) as address:
        yield address
