"""`/docs/playbooks`: each playbook as a page that needs nothing but the disk, at every width (O-3)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser

import config
from chassis.app import create_app
from chassis.http.deps import provide
from monitor.playbooks.page import ASSETS, PlaybookDeps, PlaybookPages, as_html, router
from playbooks import playbooks
from tests.fixtures.barriers import barriers
from tests.fixtures.serving import served
from tests.unit.chassis.asgi import call
from tests.unit.chassis.samples import sample_settings
from ui import static_app

pytestmark = pytest.mark.proves("O-3")


@pytest.fixture(scope="module")
def app() -> FastAPI:
    loaded = config.load(Path("deploy/config"))
    pages = PlaybookPages(loaded.brand, vendors=lambda: loaded.vendors)
    made = create_app(service="monitor", settings=sample_settings(), routers=[router])
    provide(made, PlaybookDeps(pages=pages))
    made.mount(ASSETS, static_app(pages.assets))
    return made


@pytest.fixture(scope="module", name="address")
def served_pages(app: FastAPI) -> Iterator[str]:
    with served(app) as address:
        yield address


@pytest.mark.asyncio
async def test_every_playbook_is_listed_and_has_a_page(app: FastAPI) -> None:
    listed = (await call(app, "GET", "/docs/playbooks")).body.decode()
    for name, playbook in playbooks().items():
        assert f'href="/docs/playbooks/{name}"' in listed
        page = (await call(app, "GET", f"/docs/playbooks/{name}")).body.decode()
        assert page.count("<h1>") == 1
        assert "<h2>Whom to call</h2>" in page
        assert all(config.load("deploy/config").vendors.vendors[vendor].status in page for vendor in playbook.vendors)
    assert (await call(app, "GET", "/docs/playbooks/no-such-trouble")).status == 404


def test_a_page_runs_nothing_and_its_commands_are_reached_by_keyboard() -> None:
    html = as_html("# <b>x</b>\n\n```\nfullhouse status <x>\n```\n")
    assert "&lt;b&gt;" in html
    assert '<pre tabindex="0"><code>fullhouse status &lt;x&gt;' in html


def test_the_pages_fit_every_screen_and_have_no_barriers(browser: Browser, address: str) -> None:
    page = browser.new_page()
    longest = max(playbooks().values(), key=lambda playbook: len(playbook.text))
    for path in ("/docs/playbooks", f"/docs/playbooks/{longest.name}"):
        page.goto(address + path)
        for width in (360, 820, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
        page.emulate_media(color_scheme="light")
        assert barriers(page) == []
        page.emulate_media(color_scheme="dark")
        assert barriers(page) == []
