"""The command line, as an admin of the test's installation."""

from __future__ import annotations

import asyncio
from subprocess import CompletedProcess

from tests.fixtures.command_line import without_installation
from tests.integration.checkout.world import SIGN_IN, World


async def fullhouse(world: World, *arguments: str) -> CompletedProcess[str]:
    """What `fullhouse` with these arguments came to."""
    return await asyncio.to_thread(
        without_installation,
        *arguments,
        FULLHOUSE_MODE="sandbox",
        PUBLIC_URL=world.base,
        AUTH_SIGNING_KEY=SIGN_IN.export(),
        AUTHORIZED_DOMAIN="example.com",
    )
