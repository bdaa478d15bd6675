"""The pages, served on a free loopback port, and a browser to look at them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.fixtures.serving import served
from tests.unit.checkout.web.shop import FakeShop, make_app


@pytest.fixture
def shop() -> FakeShop:
    """Cities, stock, prices and one order, to be changed by a test."""
    return FakeShop()


@pytest.fixture(name="served")
def served_pages(shop: FakeShop) -> Iterator[str]:
    """The address of the pages."""
    with served(make_app(shop)) as address:
        yield address


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """One browser for a module; each test opens contexts of its own."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield opened
        opened.close()
