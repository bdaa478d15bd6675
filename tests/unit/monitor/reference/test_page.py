"""`/docs/events`: every type with its way and its fields, on a phone and on a desk (E-8)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, expect

import config
from chassis.app import create_app
from chassis.http.deps import provide
from contracts.exchange import SERVICES
from events import REGISTRY
from monitor.reference.api import ASSETS, ReferenceDeps, ReferencePage, router
from tests.contract.asyncapi.model import AsyncAPI3
from tests.fixtures.barriers import barriers
from tests.fixtures.serving import served
from tests.unit.chassis.asgi import call
from tests.unit.chassis.samples import sample_settings
from ui import static_app


@pytest.fixture(scope="module")
def app() -> FastAPI:
    page = ReferencePage(config.load(Path("deploy/config")).brand)
    made = create_app(service="monitor", settings=sample_settings(), routers=[router])
    provide(made, ReferenceDeps(page=page))
    made.mount(ASSETS, static_app(page.assets))
    return made


@pytest.fixture(scope="module", name="served")
def served_page(app: FastAPI) -> Iterator[str]:
    with served(app) as address:
        yield address


@pytest.mark.proves("E-8")
@pytest.mark.asyncio
async def test_every_type_is_on_the_page_with_a_place_of_its_own(app: FastAPI) -> None:
    html = (await call(app, "GET", "/docs/events")).body.decode()
    for name in REGISTRY:
        assert f"<code>{name}</code>" in html
        assert html.count(f'id="{name.removeprefix("fullhouse.").removesuffix(".v1")}"') == 1


@pytest.mark.proves("E-8")
@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.asyncio
async def test_the_documents_are_served(app: FastAPI, service: str) -> None:
    answer = await call(app, "GET", f"/docs/events/asyncapi-{service}.json")
    assert answer.headers["content-type"] == "application/vnd.aai.asyncapi+json;version=3.0.0"
    assert AsyncAPI3.model_validate(answer.json).info.title == f"Fullhouse {service}"
    unknown = await call(app, "GET", "/docs/events/asyncapi-nobody.json")
    assert (unknown.status, unknown.json["code"]) == (404, "not_found")


@pytest.mark.browser
@pytest.mark.proves("E-8", "W-3")
@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1440)])
def test_it_has_no_barrier_and_opens_by_keyboard(
    browser: Browser, served: str, scheme: Literal["light", "dark"], width: int
) -> None:
    context = browser.new_context(base_url=served, color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if "Security Policy" in message.text else None)
    page.goto("/docs/events#order.paid")
    event = page.locator("[id='order.paid']")
    event.locator("summary").focus()
    if event.get_attribute("open") is None:
        page.keyboard.press("Enter")
    expect(event.get_by_role("row", name="tickets[].code")).to_contain_text("secret")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert barriers(page) == []
    assert said == [], "the page keeps to its own security policy"
    context.close()
