"""A shop that the tests of a module share, and a browser to look at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright

from tests.fixtures.browser import PATIENCE_MS
from tests.fixtures.serving import fresh_connections
from tests.integration.checkout.neighbours import Neighbours
from tests.integration.checkout.web.shop import Bought, Shop, open_shop


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(neighbours: Neighbours) -> AsyncIterator[Shop]:
    """The whole shop: checkout, inventory, and the sandbox in Stripe's place."""
    async with neighbours.world() as world:
        yield await open_shop(world)


@pytest_asyncio.fixture(loop_scope="module")
async def visitor(shop: Shop) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser that keeps cookies."""
    async with aiohttp.ClientSession(
        shop.world.base, cookie_jar=aiohttp.CookieJar(unsafe=True), connector=fresh_connections()
    ) as session:
        yield session


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def paid(shop: Shop) -> Bought:
    """Somebody's paid order."""
    return await shop.paid()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    """One browser for a module; each test opens contexts of its own."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def phone(browser: Browser, shop: Shop) -> AsyncIterator[BrowserContext]:
    """A phone-sized context whose scripts must not fail."""
    context = await browser.new_context(base_url=shop.world.base, viewport={"width": 390, "height": 844})
    context.set_default_timeout(PATIENCE_MS)
    faults: list[str] = []
    context.on("weberror", lambda fault: faults.append(str(fault.error)))
    context.on("console", lambda message: faults.append(message.text) if "Security Policy" in message.text else None)
    yield context
    await context.close()
    assert faults == []
