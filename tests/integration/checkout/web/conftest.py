"""A shop that the tests of a module share, and a browser to look at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.integration.checkout.neighbours import Neighbours
from tests.integration.checkout.web.shop import Shop, open_shop


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(neighbours: Neighbours) -> AsyncIterator[Shop]:
    """The whole shop: checkout, inventory, and the sandbox in Stripe's place."""
    async with neighbours.world() as world:
        yield await open_shop(world)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    """One browser for a module; each test opens contexts of its own."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield opened
        await opened.close()
