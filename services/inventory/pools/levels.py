"""When the remaining public seats are worth announcing (I-9, A-3). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Level(StrEnum):
    """A-3."""

    INFO = "INFO"
    LOW = "LOW"
    CRITICAL = "CRITICAL"
    SOLD_OUT = "SOLD OUT"


_GA: Final = {25: Level.INFO, 15: Level.INFO, 10: Level.LOW, 9: Level.LOW, 5: Level.CRITICAL, 2: Level.CRITICAL}
_VIP: Final = {10: Level.INFO, 5: Level.LOW, 3: Level.LOW, 2: Level.CRITICAL, 1: Level.CRITICAL}
_TABLES: Final = {"ga": _GA, "vip": _VIP}
CITY_PERCENT: Final = 10


@dataclass(frozen=True, slots=True)
class Crossing:
    """One change's way down: the lowest threshold is announced, the others are named."""

    threshold: int
    also_crossed: tuple[int, ...]


def default_thresholds(tier: str) -> tuple[int, ...]:
    """A tier without a list of its own uses ga's, unless it is vip."""
    return (*_TABLES.get(tier, _GA), 0)


def crossing(thresholds: Sequence[int], *, before: int, after: int) -> Crossing | None:
    """What a change from `before` to `after` remaining seats crosses downwards.

    Each change is compared, so a threshold is crossed again only after the level has risen above it.
    """
    crossed = sorted(threshold for threshold in set(thresholds) if after <= threshold < before)
    return Crossing(crossed[0], tuple(crossed[1:])) if crossed else None


def level_of(tier: str, threshold: int) -> Level:
    """A threshold of a tier's own list has the level of the step of A-3 in which it lies."""
    if threshold <= 0:
        return Level.SOLD_OUT
    table = _TABLES.get(tier, _GA)
    return next((table[step] for step in sorted(table) if threshold <= step), Level.INFO)


def is_low(tier: str, thresholds: Sequence[int], remaining: int) -> bool:
    """Whether a pool counts as low: at or below a threshold that says LOW or worse (I-1's status)."""
    return any(remaining <= threshold and level_of(tier, threshold) is not Level.INFO for threshold in thresholds)


def city_threshold(public_limit: int) -> int:
    """10 % of a city's public seats, in whole seats."""
    return public_limit * CITY_PERCENT // 100
