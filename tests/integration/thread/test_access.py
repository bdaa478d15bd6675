"""C-12 on the whole stack: a token that one service gave out ends at all of them, and the audit tells of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from stack.layout import SERVICES
from tests.integration.thread.shop import Shop, eventually

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("C-12")]

PAT = "pat.on.call@example.com"
# Where a request comes from that the gateway forwards.
ADDRESS = "203.0.113.90"


async def users(shop: Shop, *arguments: str) -> Any:
    return json.loads(await asyncio.to_thread(shop.stack.fullhouse, "users", *arguments, "--json"))


async def audit(shop: Shop, *arguments: str) -> list[dict[str, Any]]:
    found = json.loads(await asyncio.to_thread(shop.stack.fullhouse, "audit", *arguments, "--json"))
    assert found["silent"] == []
    rows: list[dict[str, Any]] = found["data"]
    return rows


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
    refused = await shop.status("/api/alerts", token=tokens["token"], method="POST", address=ADDRESS)
    await users(shop, "disable", PAT)
    await eventually(out_everywhere)
    mine, about_me = await audit(shop, "--actor", PAT), await audit(shop, "--target", f"user:{PAT}", "--limit", "1")
    told = [(row["service"], row["action"], row["code"], row["address"]) for row in mine]
    assert (refused, told) == (403, [("monitor", "alert_raised", "role_missing", ADDRESS)])
    assert [(row["action"], row["after"]["disabled"]) for row in about_me] == [("user_disabled", True)]
