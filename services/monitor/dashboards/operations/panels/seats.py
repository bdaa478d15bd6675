"""Panel `inventory_levels_all_cities`: what is sold, held and left of every tier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Self

from chassis import formats
from config import STOCK_LEVEL, Catalogue
from monitor.alerts.domain import Alert
from monitor.dashboards.formats import NONE_YET
from monitor.figures.domain import PoolState
from ui.comb import comb_ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatRow:
    """A tier of a city.

    city: its name, in the first of its rows
    days: when the workshop is, in the first of its rows
    tier: its name
    ticks: a picture of its seats, a tick a seat: sold, held, free or spare
    sold: seats
    held: seats
    left: seats that are for sale
    mark: the severity of what is wrong with it, or empty
    """

    city: str
    days: str
    tier: str
    ticks: Sequence[str]
    sold: int
    held: str
    left: int
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatsPanel:
    """Every tier of every city."""

    rows: Sequence[SeatRow]

    @classmethod
    def of(cls, pools: Sequence[PoolState], alerts: Sequence[Alert], catalogue: Catalogue) -> Self:
        """By city in the order of their dates, without those that no page lists, such as the demonstration's.

        A city that the catalogue doesn't know comes last, under its id.
        """
        marks = _marks(alerts)
        cities = {name: at for at, name in enumerate(_by_date(catalogue))}
        ordered = sorted(
            (pool for pool in pools if _shown(pool.city, catalogue)),
            key=lambda pool: (cities.get(pool.city, len(cities)), pool.city, pool.tier),
        )
        rows = [
            _row(pool, first=first, mark=marks.get((pool.city, pool.tier), ""), catalogue=catalogue)
            for _, group in groupby(ordered, key=lambda pool: pool.city)
            for first, pool in ((at == 0, pool) for at, pool in enumerate(group))
        ]
        return cls(rows=rows)


def _shown(city_id: str, catalogue: Catalogue) -> bool:
    city = catalogue.cities.get(city_id)
    return city is None or city.listed


def _marks(alerts: Sequence[Alert]) -> Mapping[tuple[str | None, str | None], str]:
    """The severity of the open stock alert of each tier."""
    return {
        (alert.matter.labels.get("city"), alert.matter.labels.get("tier")): alert.matter.severity.value
        for alert in alerts
        if alert.matter.rule == STOCK_LEVEL
    }


def _row(pool: PoolState, *, first: bool, mark: str, catalogue: Catalogue) -> SeatRow:
    city = catalogue.cities.get(pool.city)
    return SeatRow(
        city=(city.name if city else pool.city) if first else "",
        days=formats.day_range(city.starts, city.ends, str(city.time_zone)) if city and first else "",
        tier=pool.tier.upper(),
        ticks=comb(pool),
        sold=pool.sold,
        held=str(pool.held or NONE_YET),
        left=pool.available,
        mark=mark or ("critical" if pool.available == 0 else ""),
    )


def _by_date(catalogue: Catalogue) -> Sequence[str]:
    return sorted(catalogue.cities, key=lambda name: catalogue.cities[name].starts)


def comb(pool: PoolState, *, most: int = 40) -> list[str]:
    """A tick a seat, scaled down to at most `most`: sold, held, free, and spare ones beyond the public limit."""
    spare = max(0, pool.actual_limit - pool.public_limit)
    free = max(0, pool.public_limit - pool.sold - pool.held)
    parts = [("sold", min(pool.sold, pool.actual_limit)), ("held", pool.held), ("free", free), ("spare", spare)]
    return comb_ticks(parts, most=most)
