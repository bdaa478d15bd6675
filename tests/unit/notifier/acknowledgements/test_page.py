"""The page behind a link in a real browser: no axe violations in any of its states, in light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Route

import config
from notifier.acknowledgements.page import ASSETS, AcknowledgePage
from tests.fixtures.barriers import barriers
from tests.unit.notifier.acknowledgements.samples import VIEWS
from ui import static_app

pytestmark = pytest.mark.browser


@pytest.mark.proves("N-13", "W-3")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_state_of_the_page_has_a_barrier(browser: Browser, scheme: Literal["light", "dark"]) -> None:
    client = TestClient(_app())
    context = browser.new_context(color_scheme=scheme, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.route("**/*", lambda route: _answer(route, client))
    found = {}
    for name in VIEWS:
        page.goto(f"http://notifier.example.com/a/{name}")
        assert page.locator("h1").count() == 1
        assert page.get_by_role("button", name="Acknowledge").count() == (1 if name == "open" else 0)
        found[name] = barriers(page)
    context.close()
    assert {name: faults for name, faults in found.items() if faults} == {}


def _app() -> FastAPI:
    answers = AcknowledgePage(config.load(Path(__file__).parents[4] / "deploy" / "config").brand)
    app = FastAPI()
    app.mount(ASSETS, static_app(answers.assets))

    @app.get("/a/{name}")
    def show(name: str) -> HTMLResponse:
        return answers.render(VIEWS[name])

    return app


def _answer(route: Route, client: TestClient) -> None:
    response = client.get(route.request.url.removeprefix("http://notifier.example.com"))
    route.fulfill(status=response.status_code, headers=dict(response.headers), body=response.content)
