"""Deeds about those who buy, or try to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import uuid4

from chassis.tokens import Role
from tests.integration.audit.house import ADDRESS, House
from tests.integration.audit.prepared.wishes import Prepare, Wish


async def a_buyer(_house: House, _service: str) -> Wish:
    return Wish(body={"address": ADDRESS, "reason": "it was a test"})


async def a_block(house: House, service: str) -> Wish:
    made = await house.ask(
        service, "POST", "/api/admin/blocks", role=Role.ADMIN, body=(await a_buyer(house, service)).body
    )
    return Wish(parts={"block_id": made.json["blockId"]}, body={"reason": "it was a test"})


async def a_call_for_help(house: House, service: str) -> Wish:
    asked = {"kind": "other", "email": "jordan@example.com", "text": f"Please help, {uuid4()}"}
    taken = await house.ask(service, "POST", "/api/support", body=asked)
    return Wish(parts={"request_id": taken.json["requestId"]}, body={"reason": "it was a test"})


DEEDS: Final[Mapping[str, Prepare]] = {
    "buyer_blocked": a_buyer,
    "block_lifted": a_block,
    "support_closed": a_call_for_help,
}
