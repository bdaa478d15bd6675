"""How much is left of a pool: its status, when that is announced (I-9), and what may be paid later (X-5). Pure.

At how many seats is configuration: `config.stock_levels`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from config import PoolStatus, StockLevels, Threshold, is_low, pool_status
from inventory.pools.domain import City, Pool


@dataclass(frozen=True, slots=True)
class Crossing:
    """One change's way down.

    threshold: the lowest one that was crossed, which is announced
    also_crossed: the seats of the others, rising
    """

    threshold: Threshold
    also_crossed: tuple[int, ...]


def crossing(thresholds: Sequence[Threshold], *, before: int, after: int) -> Crossing | None:
    """What a change from `before` to `after` remaining seats crosses downwards.

    Each change is compared, so a threshold is crossed again only after the level has risen above it.
    """
    crossed = sorted((each for each in thresholds if after <= each.seats < before), key=lambda each: each.seats)
    return Crossing(crossed[0], tuple(each.seats for each in crossed[1:])) if crossed else None


def status_of(city: City, pool: Pool, levels: StockLevels, now: datetime) -> PoolStatus:
    """How a pool of the city is shown now."""
    thresholds = levels.thresholds(pool.tier, pool.thresholds)
    return pool_status(thresholds, pool.remaining, on_sale=city.shown.sells(pool.tier, now))


def may_delay(thresholds: Sequence[Threshold], pool: Pool, quantity: int, *, percent: int) -> bool:
    """Whether the money for so many more seats of the pool may come later than the buyer.

    All that may come to wait stays within `percent` of the public limit, and a pool that is low takes none.
    """
    within = (pool.delayable + quantity) * 100 <= pool.public_limit * percent
    return within and not is_low(thresholds, pool.remaining - quantity)
