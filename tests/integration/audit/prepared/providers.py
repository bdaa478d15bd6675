"""Deeds about providers, and how they are paid."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Final

from chassis.tokens import Role
from tests.integration.audit.house import House
from tests.integration.audit.prepared.wishes import Prepare, Wish, nothing

# Each is somebody once.
_NUMBERS: Final = count(1)


async def a_provider(_house: House, _service: str) -> Wish:
    return Wish(parts={"provider": "7"}, body={"name": "Pat", "email": "pat@example.com"})


async def provider_settings(house: House, service: str) -> Wish:
    known = await a_provider(house, service)
    await house.ask(service, "PUT", "/api/admin/providers/7", role=Role.ADMIN, body=known.body)
    form = {"payment_mode": "hybrid", "min_external_amount": "20", "max_platform_amount": f"{100 + next(_NUMBERS)}"}
    return Wish(parts=known.parts, body={"payment_mode": "hybrid"}, form=form)


async def an_emergency(house: House, service: str) -> Wish:
    await provider_settings(house, service)
    path, body = "/api/v1/hybrid-payments/settings/7", {"payment_mode": "decentralized"}
    await house.ask(service, "PATCH", path, role=Role.ADMIN, body=body)
    return Wish(body={"action": "centralize"})


_COLLECTION = """
INSERT INTO commission_collections (provider_id, currency, number, period_from, period_to, commission, amount,
    created_at)
VALUES ($1, 'USD', 1, app_now(), app_now(), 500, 500, app_now()) RETURNING collection_id
"""


async def a_collection(house: House, service: str) -> Wish:
    return Wish(parts={"collection_id": str(await a_collection_of(house, service, next(_NUMBERS)))})


async def a_collection_of(house: House, service: str, provider: int) -> int:
    """One of a wrong amount, for nothing was paid; its number."""
    number: int = await house.database(service).fetchval(_COLLECTION, provider)
    return number


DEEDS: Final[Mapping[str, Prepare]] = {
    "provider_kept": a_provider,
    "providers_emergency": an_emergency,
    "provider_settings_changed": provider_settings,
    "revenue_rebuilt": nothing,
    "collections_made": nothing,
    "collection_verified": a_collection,
    "collection_retried": a_collection,
    "collection_recalculated": a_collection,
}
