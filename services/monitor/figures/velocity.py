"""How fast tickets sell, and when a pool is sold out if it goes on like this (I-12). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

WINDOW: Final = timedelta(hours=24)
SOON: Final = timedelta(hours=48)
_HOUR: Final = timedelta(hours=1)
_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Velocity:
    """How fast the seats of a tier, or of a whole city, sell.

    per_hour: tickets sold in an hour, over the last 24 and smoothed
    remaining: public seats that are left
    """

    per_hour: float
    remaining: int

    @property
    def hours_left(self) -> float | None:
        """Hours until nothing is left; None when nothing sells."""
        return self.remaining / self.per_hour if self.per_hour else None

    @property
    def soon(self) -> bool:
        """Whether it is sold out within 48 hours."""
        return self.hours_left is not None and self.hours_left < SOON / _HOUR


@dataclass(frozen=True, slots=True)
class CityVelocity:
    """How fast a city sells.

    tiers: tier id → its velocity
    """

    tiers: Mapping[str, Velocity]

    @property
    def whole(self) -> Velocity:
        """All tiers together."""
        each = self.tiers.values()
        return Velocity(sum(tier.per_hour for tier in each), sum(tier.remaining for tier in each))


@dataclass(frozen=True, slots=True)
class SalesPace:
    """How many tickets of a city were sold of late, beside what is usual for it.

    tickets: those of the window
    usual: tickets an hour before it, over 28 days at most
    hours: how long the window is
    """

    tickets: int
    usual: float
    hours: float

    @property
    def times(self) -> float:
        """How many times as fast as usual."""
        return self.tickets / self.hours / self.usual


def per_hour(sold: Iterable[tuple[datetime, int]], *, now: datetime) -> float:
    """Tickets an hour, from those sold in each hour (by its beginning) of the last 24.

    A sale weighs two when it is new, and evenly less until it weighs nothing after 24 hours: so the figure never jumps
    because an old sale is over, and an even pace gives just that pace.
    """
    weighed = sum(count * _weight(_age(hour, now)) for hour, count in sold)
    return round(weighed / (WINDOW / _HOUR), _DIGITS)


def _age(hour: datetime, now: datetime) -> timedelta:
    """Since the middle of the hour, as far as it is over."""
    return max(timedelta(0), now - hour - min(_HOUR, now - hour) / 2)


def _weight(age: timedelta) -> float:
    return max(0.0, 2 * (1 - age / WINDOW))
