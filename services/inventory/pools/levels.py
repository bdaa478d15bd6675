"""When the remaining public seats are worth announcing (I-9), and when they count as low (I-1). Pure.

At how many seats is configuration: `config.stock_levels`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config import Threshold


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


def is_low(thresholds: Sequence[Threshold], remaining: int) -> bool:
    """Whether so many seats are at or below a threshold whose level is LOW or worse."""
    return any(remaining <= each.seats and each.low for each in thresholds)
