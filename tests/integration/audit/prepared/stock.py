"""Deeds about seats and tickets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from chassis.ids import short_number
from chassis.tokens import Role
from tests.integration.audit.house import House, email_of
from tests.integration.audit.prepared.wishes import Prepare, Wish

_CITY = "INSERT INTO cities VALUES ($1, 0, 1, true, false, now(), now() + interval '1 day')"
_POOL = """
INSERT INTO pools (city_id, tier, public_limit, actual_limit, starting_public_limit, starting_actual_limit)
VALUES ($1, 'ga', 5, 9, 4, 8)
"""
_LEDGER = """
INSERT INTO ledger (city_id, tier, operation, quantity, actor, reason, before, after, recorded_at)
VALUES ($1, 'ga', 'expand', 9, 'checkout', 'opened', '{}', $2, now())
"""
_TICKET = """
INSERT INTO tickets (order_id, seat, city_id, tier, code, valid, place, issued_at, order_number)
VALUES ($1, 1, 'dallas-jan-2026', 'ga', $2, true, 'public', now(), $2)
"""
_NONE = ("held", "sold", "spareSold", "oversold")


async def a_pool(house: House, service: str, **body: Any) -> Wish:
    city = f"city-{uuid4()}"
    await house.database(service).execute(_CITY, city)
    await house.database(service).execute(_POOL, city)
    asked = {"tier": "ga", "reason": "it was a test"}
    return Wish(body={"cityId": city, **asked, **body}, parts={"city_id": city}, form={**asked, "key": str(uuid4())})


async def to_expand(house: House, service: str) -> Wish:
    wish = await a_pool(house, service, additionalSpots=3, authorizedBy=email_of(Role.ADMIN))
    return replace(wish, form={**(wish.form or {}), "spots": "3"})


async def to_shrink(house: House, service: str) -> Wish:
    wish = await a_pool(house, service, spots=3)
    return replace(wish, form={**(wish.form or {}), "spots": "3"})


async def a_ticket(house: House, service: str) -> Wish:
    number = short_number()
    await house.database(service).execute(_TICKET, uuid4(), number)
    return Wish(body={"orderNumber": number, "seat": 1, "door": "Door A"})


async def a_used_ticket(house: House, service: str) -> Wish:
    wish = await a_ticket(house, service)
    used = await house.ask(service, "POST", "/api/admin/checkin", role=Role.OPERATOR, body=wish.body)
    return Wish(body={"orderNumber": used.json["orderNumber"], "seat": 1, "reason": "it was a test"})


async def a_wrong_pool(house: House, service: str) -> Wish:
    wish = await a_pool(house, service)
    city = (wish.body or {})["cityId"]
    await house.database(service).execute(
        _LEDGER, city, {"publicLimit": 5, "actualLimit": 9, **dict.fromkeys(_NONE, 0)}
    )
    await house.database(service).execute("UPDATE pools SET sold = 1 WHERE city_id = $1", city)
    return wish


DEEDS: Final[Mapping[str, Prepare]] = {
    "inventory_expanded": to_expand,
    "inventory_shrunk": to_shrink,
    "inventory_reset": a_pool,
    "inventory_corrected": a_wrong_pool,
    "ticket_checked_in": a_ticket,
    "ticket_check_in_undone": a_used_ticket,
}
