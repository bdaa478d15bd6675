"""The pages, served on a free loopback port, and a browser to look at them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright

from tests.unit.checkout.web.shop import FakeShop, make_app


@pytest.fixture
def shop() -> FakeShop:
    """Cities, stock, prices and one order, to be changed by a test."""
    return FakeShop()


@pytest.fixture
def served(shop: FakeShop) -> Iterator[str]:
    """The address of the pages; stopped, with its open streams, at the end of the test."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(make_app(shop), log_level="warning", ws="none", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """One browser for a module; each test opens contexts of its own."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield opened
        opened.close()
