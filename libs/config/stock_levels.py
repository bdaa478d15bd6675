"""stock-levels.yaml: the numbers of remaining public seats at which a pool or a city falls to a level (I-9, A-3).

Inventory announces the crossings and shows its pools' status by them; alert rules name a level, never a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from config.values import Flag, Id, Model, Percent, Seats


class StockLevel(StrEnum):
    """A level of stock, the mildest first."""

    INFO = "INFO"
    LOW = "LOW"
    CRITICAL = "CRITICAL"
    SOLD_OUT = "SOLD OUT"


_MILD_TO_BAD: Final = tuple(StockLevel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A number of remaining public seats that is announced when a pool falls to it.

    seats: the number
    level: what a pool is called from here on down
    urgent: whether somebody should act although the level is not CRITICAL yet
    """

    seats: int
    level: StockLevel
    urgent: bool = False

    @property
    def low(self) -> bool:
        """Whether a pool at this threshold is shown to buyers as low (I-1)."""
        return self.level is not StockLevel.INFO


def is_low(thresholds: Sequence[Threshold], remaining: int) -> bool:
    """Whether so many public seats are at or below a threshold whose level is LOW or worse."""
    return any(remaining <= each.seats and each.low for each in thresholds)


class PoolStatus(StrEnum):
    """How a pool is shown to buyers (I-1)."""

    AVAILABLE = "available"
    LOW = "low"
    SOLD_OUT = "sold_out"
    CLOSED = "closed"


def pool_status(thresholds: Sequence[Threshold], remaining: int, *, on_sale: bool) -> PoolStatus:
    """How a pool with so many public seats left is shown."""
    if not on_sale:
        return PoolStatus.CLOSED
    if remaining == 0:
        return PoolStatus.SOLD_OUT
    return PoolStatus.LOW if is_low(thresholds, remaining) else PoolStatus.AVAILABLE


class LevelStep(Model):
    """One step of a tier: the remaining seats that are announced, and their level."""

    at_or_below: tuple[Seats, ...] = Field(min_length=1, description="remaining public seats, each told by itself")
    level: StockLevel = Field(description="what a pool is called from here on down")
    urgent: Flag = Field(default=False, description="somebody should act although the level is not CRITICAL yet")

    def thresholds(self) -> Iterator[Threshold]:
        """The step's thresholds, one per number of seats."""
        for seats in self.at_or_below:
            yield Threshold(seats=seats, level=self.level, urgent=self.urgent)


def _orderly(steps: tuple[LevelStep, ...]) -> tuple[LevelStep, ...]:
    found = [threshold for step in steps for threshold in step.thresholds()]
    for upper, lower in pairwise(found):
        if upper.seats <= lower.seats:
            raise ValueError(f"atOrBelow must fall from step to step, each number once; {lower.seats} does not")
        if _MILD_TO_BAD.index(upper.level) > _MILD_TO_BAD.index(lower.level):
            raise ValueError(f"{lower.seats} seats are fewer than {upper.seats}, and their level is milder")
    if [each.seats for each in found if each.level is StockLevel.SOLD_OUT] != [0]:
        raise ValueError("must end with {atOrBelow: [0], level: SOLD OUT}, and nothing else is SOLD OUT")
    return steps


Steps = Annotated[tuple[LevelStep, ...], Field(min_length=1), AfterValidator(_orderly)]


class CityStep(Model):
    """The step at which a whole city, all tiers together, is announced as nearly sold out."""

    at_or_below_percent: Percent = Field(description="per cent of the city's public limit")
    level: StockLevel = Field(description="what the city is called then")

    def threshold(self, public_limit: int) -> Threshold:
        """The threshold in whole seats, for this public limit."""
        return Threshold(seats=public_limit * self.at_or_below_percent // 100, level=self.level)


class StockLevels(Model):
    """stock-levels.yaml: the steps of each tier, and of a whole city."""

    default: Steps = Field(description="the steps of every tier that `tiers` does not name")
    tiers: Mapping[Id, Steps] = Field(default_factory=dict, description="tier id → its own steps")
    city: CityStep = Field(description="the step of a whole city")

    def tables(self) -> Iterator[tuple[tuple[str, ...], tuple[LevelStep, ...]]]:
        """Each tier's steps, with their place in the file."""
        yield ("default",), self.default
        yield from ((("tiers", tier), steps) for tier, steps in self.tiers.items())

    def thresholds(self, tier: str, own: tuple[int, ...] | None = None) -> tuple[Threshold, ...]:
        """A tier's thresholds, falling. `own` are numbers that the catalogue gives the tier instead of the steps'.

        An own number gets the level of the step in which it lies; above all steps, that of the highest.
        """
        known = self._known.get((tier, own))
        if known is None:
            known = self._known[tier, own] = self._worked_out(tier, own)
        return known

    def highest(self, tier: str, level: StockLevel) -> int | None:
        """The most seats at which a tier is on this level; None where it has no such step."""
        return next((step.seats for step in self.thresholds(tier) if step.level is level), None)

    def level(self, tier: str, seats: int, own: tuple[int, ...] | None = None) -> StockLevel | None:
        """The level of a tier with so many seats left; None above all thresholds."""
        found = [each.level for each in self.thresholds(tier, own) if seats <= each.seats]
        return found[-1] if found else None

    @cached_property
    def _known(self) -> dict[tuple[str, tuple[int, ...] | None], tuple[Threshold, ...]]:
        """The thresholds computed so far: every change of stock needs them, and they cost some 30 µs."""
        return {}

    def _worked_out(self, tier: str, own: tuple[int, ...] | None) -> tuple[Threshold, ...]:
        steps = [threshold for step in self.tiers.get(tier, self.default) for threshold in step.thresholds()]
        if own is None:
            return tuple(steps)
        return tuple(replace(_covering(steps, seats), seats=seats) for seats in sorted(set(own), reverse=True))


def _covering(falling: Sequence[Threshold], seats: int) -> Threshold:
    return next((step for step in reversed(falling) if seats <= step.seats), falling[0])
