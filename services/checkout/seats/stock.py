"""A copy of inventory's public stock, for pages: no staler than a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from chassis.clock import Clock
from chassis.http_client import VendorClient, VendorFailure
from config import PoolStatus

FRESH: Final = timedelta(seconds=1)
_TIMEOUT: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class TierStock:
    """One tier of inventory's public answer (I-1).

    public_limit: how many seats are sold publicly
    available: how many of them are left
    sold: how many are sold
    held: how many are kept for buyers who have not paid yet
    status: inventory's word for it
    """

    public_limit: int
    available: int
    sold: int
    held: int
    status: PoolStatus


# City id → tier id → stock.
Stock = Mapping[str, Mapping[str, TierStock]]


def with_available(stock: Stock | None, city_id: str, available: Mapping[str, int]) -> Stock | None:
    """The stock, with what inventory has said meanwhile about the tiers of a city."""
    if stock is None or city_id not in stock:
        return stock
    tiers = {tier: _now(level, available.get(tier, level.available)) for tier, level in stock[city_id].items()}
    return {**stock, city_id: tiers}


def _now(level: TierStock, available: int) -> TierStock:
    status = level.status
    if status is not PoolStatus.CLOSED and (available == 0) != (status is PoolStatus.SOLD_OUT):
        status = PoolStatus.AVAILABLE if available else PoolStatus.SOLD_OUT
    held = max(0, level.public_limit - level.sold - available)
    return replace(level, available=available, held=held, status=status)


class StockCopy:
    """Inventory's public answer, no staler than 1 s; None while inventory is away. Pages are shown without it, too."""

    def __init__(self, client: VendorClient, *, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._stock: Stock | None = None
        self._read_at: float | None = None

    async def read(self) -> Stock | None:
        """The stock of all cities, or None while inventory is away; waits a second at most."""
        now = self._clock.monotonic()
        if self._read_at is None or now - self._read_at >= FRESH.total_seconds():
            self._read_at = now
            self._stock = await self._fetch()
        return self._stock

    async def _fetch(self) -> Stock | None:
        try:
            answer = await self._client.request("GET", "/api/inventory", operation="stock.read", timeout=_TIMEOUT)
            return _stock(answer.json()) if answer.ok else None
        except (VendorFailure, ValueError, KeyError, TypeError):
            return None


def _stock(document: Mapping[str, Any]) -> Stock:
    return {city["cityId"]: {tier: _tier(city, tier) for tier in city["publicLimits"]} for city in document["data"]}


def _tier(city: Mapping[str, Any], tier: str) -> TierStock:
    return TierStock(
        public_limit=city["publicLimits"][tier],
        available=city["publicAvailable"][tier],
        sold=city["sold"][tier],
        held=city["held"][tier],
        status=PoolStatus(city["status"][tier]),
    )
