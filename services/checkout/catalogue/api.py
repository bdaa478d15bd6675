from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from chassis.app import json_answer
from checkout.catalogue.domain import Catalogue
from checkout.catalogue.memory import CatalogueMemory
from events import CatalogueCityChanged


def catalogue_router(
    memory: Callable[[], CatalogueMemory], *, brand: Mapping[str, Any], publishable_key: str | None, live_mode: bool
) -> APIRouter:
    """`memory` gives the catalogue once the service has started."""
    router = APIRouter(tags=["catalogue"])

    @router.get("/api/config/public", response_model=None)
    async def public_config() -> Response:
        """What a web client needs to know (C-6)."""
        document = {
            "publishableKey": publishable_key,
            "liveMode": live_mode,
            "mode": "live" if live_mode else "test",
            "brand": brand,
            **_sold(memory().current),
            "maintenance": {"enabled": False, "reason": None, "until": None},
        }
        return json_answer(document, headers={"Cache-Control": "public, max-age=5"})

    return router


def _sold(catalogue: Catalogue) -> dict[str, Any]:
    return {
        "maxQuantity": catalogue.terms.max_quantity,
        "businessTypes": [kind.model_dump() for kind in catalogue.terms.business_types],
        "cities": [_city(city) for city in catalogue.listed()],
    }


def _city(city: CatalogueCityChanged) -> dict[str, Any]:
    """The announced entry; what only matters inside stays inside."""
    entry = city.model_dump(by_alias=True, exclude={"tiers", "withdrawn", "listed", "version"})
    hidden = {"public_limit", "actual_limit", "thresholds"}
    tiers = {tier_id: tier.model_dump(by_alias=True, exclude=hidden) for tier_id, tier in city.tiers.items()}
    return {**entry, "tiers": tiers}
