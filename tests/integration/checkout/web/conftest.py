"""A shop that the tests of a module share, and a browser to look at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.fixtures.postgres import fresh_databases
from tests.integration.checkout.web.shop import Shop, open_shop
from tests.integration.checkout.world import open_world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(postgres: str, kafka: str, topic_prefix: str) -> AsyncIterator[Shop]:
    """The whole shop: checkout, inventory, and the sandbox in Stripe's place."""
    with fresh_databases(postgres) as make:
        urls = make("checkout"), make("inventory")
        async with (
            open_world(checkout_url=urls[0], inventory_url=urls[1], kafka=kafka, prefix=topic_prefix) as world,
            open_shop(world) as opened,
        ):
            yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    """One browser for a module; each test opens contexts of its own."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield opened
        await opened.close()
