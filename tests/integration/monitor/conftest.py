from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.fixtures.postgres import fresh_databases
from tests.integration.monitor.service import Client, environ, running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def refusing(postgres: str) -> AsyncIterator[Client]:
    """A monitor for what it refuses: nothing of that changes it, and one is enough for a module."""
    with fresh_databases(postgres) as make:
        async with running(environ(make("monitor"))) as monitor:
            yield monitor
