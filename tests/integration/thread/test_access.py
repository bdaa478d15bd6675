"""C-12 on the whole stack: a token that one service gave out ends at all of them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from stack.layout import SERVICES
from tests.integration.thread.shop import Shop, eventually

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("C-12")]

PAT = "pat.on.call@example.com"


async def users(shop: Shop, *arguments: str) -> Any:
    return json.loads(await asyncio.to_thread(shop.stack.fullhouse, "users", *arguments, "--json"))


async def test_a_disabled_persons_token_ends_at_every_service(shop: Shop) -> None:
    password = (await users(shop, "add", PAT, "--role", "viewer", "--replace"))["password"]
    _, tokens = await shop.ask("POST", "/api/auth/login", {"email": PAT, "password": password})

    async def answers() -> set[int]:
        paths = [f"/api/admin/{service}/subscriptions" for service in SERVICES]
        return {await shop.status(path, token=tokens["token"]) for path in paths}

    async def in_everywhere() -> bool:
        return await answers() == {200}

    async def out_everywhere() -> bool:
        return await answers() == {401}

    await eventually(in_everywhere)
    await users(shop, "disable", PAT)
    await eventually(out_everywhere)
