"""Each test runs on every adapter of the list; the sandbox behind most of them is started once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from checkout.processors.accounts import Credentials
from tests.contract.processors.adapters import ADAPTERS
from tests.contract.processors.support import Counterpart
from tests.contract.sandbox.support import Running, receiving, serving


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Running]:
    """What it knows of earlier tests stays: each has accounts, keys and addresses of its own."""
    with receiving() as receiver, serving(receiver) as sandbox:
        yield sandbox


@pytest_asyncio.fixture(params=sorted(ADAPTERS))
async def counterpart(request: pytest.FixtureRequest, shared_sandbox: Running) -> AsyncIterator[Counterpart]:
    async with ADAPTERS[request.param](shared_sandbox) as opened:
        yield opened
    shared_sandbox.control("DELETE", "faults")


@pytest_asyncio.fixture
async def credentials(counterpart: Counterpart) -> Credentials:
    """Of an account that takes dollars."""
    return await counterpart.connect()
