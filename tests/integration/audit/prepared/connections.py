"""Deeds about providers' connections to processors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Final
from uuid import uuid4

from chassis.tokens import Role
from tests.integration.audit.house import House
from tests.integration.audit.prepared.wishes import Prepare, Wish, nothing

# Each connects something once.
_NUMBERS: Final = count(1)


async def to_connect(_house: House, _service: str) -> Wish:
    provider = next(_NUMBERS)
    return Wish(body={"provider": provider, "processor": "square", "credentials": {"access_token": f"tok-{uuid4()}"}})


async def to_be_permitted(_house: House, _service: str) -> Wish:
    return Wish(body={"provider": next(_NUMBERS), "processor": "square"})


async def a_connection(house: House, service: str) -> Wish:
    wish = await to_connect(house, service)
    path = "/api/v1/external-payments/connections"
    made = await house.ask(service, "POST", path, role=Role.ADMIN, body=wish.body)
    return Wish(parts={"connection_id": str(made.json["id"])}, body={"account_name": "Studio North"})


async def a_plain_connection(house: House, service: str) -> Wish:
    return replace(await a_connection(house, service), body=None)


async def a_connected_account(house: House, service: str) -> Wish:
    wish = await a_plain_connection(house, service)
    assert wish.parts is not None
    await house.database(service).execute(
        "UPDATE processor_connections SET status = 'connected' WHERE connection_id = $1",
        int(wish.parts["connection_id"]),
    )
    return wish


async def a_connection_without_webhooks(house: House, service: str) -> Wish:
    return replace(await a_connection(house, service), body={"repair": True})


DEEDS: Final[Mapping[str, Prepare]] = {
    "connection_created": to_connect,
    "connection_changed": a_connection,
    "connection_revoked": a_connection,
    "connection_permission_asked": to_be_permitted,
    "connection_validated": a_plain_connection,
    "connection_reset": a_plain_connection,
    "connection_webhook_checked": a_connection_without_webhooks,
    "connection_sync_asked": a_connected_account,
    "connection_keys_rotated": nothing,
}
