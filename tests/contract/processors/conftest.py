"""Each test runs on every adapter of the list."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from checkout.processors.domain import Credentials
from tests.contract.processors.adapters import ADAPTERS
from tests.contract.processors.support import Counterpart


@pytest_asyncio.fixture(params=sorted(ADAPTERS))
async def counterpart(request: pytest.FixtureRequest) -> AsyncIterator[Counterpart]:
    async with ADAPTERS[request.param]() as opened:
        yield opened


@pytest_asyncio.fixture
async def credentials(counterpart: Counterpart) -> Credentials:
    """Of an account that takes dollars."""
    return await counterpart.connect()
