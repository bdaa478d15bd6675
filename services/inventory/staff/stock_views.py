"""What the pages of the stock say of its pools. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from chassis import formats
from config import PoolStatus
from inventory.pools.domain import City, Pool
from inventory.staff.inside_views import LASTS
from ui.comb import comb_ticks

HOME: Final = "/staff/inventory"
NONE: Final = "–"
_MINUS: Final = "−"
_LAST: Final = datetime.max.replace(tzinfo=UTC)

# Mark and word of each status.
_STATUSES: Final[Mapping[PoolStatus, tuple[str, str]]] = MappingProxyType(
    {
        PoolStatus.AVAILABLE: ("ok", "Available"),
        PoolStatus.LOW: ("high", "Low"),
        PoolStatus.SOLD_OUT: ("critical", "Sold out"),
        PoolStatus.CLOSED: ("off", "Closed"),
    }
)
_OVERSOLD: Final = ("critical", "Oversold")

# What a pool is called now, by the levels of the configuration.
Status = Callable[[City, Pool], PoolStatus]
# How many wait for a pool, by city and tier.
InLine = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRow:
    """A pool in numbers, as the pages show it; what there is none of is a dash.

    tier: the kind of seat
    ticks: a picture of its seats
    mark: the shape and colour of its status
    status: its status in a word
    public, actual: its limits
    held, pending: seats that are not paid yet, and those of them whose money is on its way
    sold, spare, oversold: paid seats, those of them beyond the public limit, and those without any room
    left, room: what a buyer can still have, and what the room has
    waiting: how many people wait
    """

    tier: str
    ticks: Sequence[str]
    mark: str
    status: str
    public: str
    actual: str
    held: str
    pending: str
    sold: str
    spare: str
    oversold: str
    left: str
    room: str
    waiting: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CityRows:
    """A city with its pools, as the pages show it.

    name: what people call it
    href: the page of it
    when: the day on which it begins; empty while that is not known
    listed: whether buyers find it
    pools: by tier
    """

    name: str
    href: str
    when: str
    listed: bool
    pools: Sequence[PoolRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A pool, or a city, that a person should look at.

    mark: the shape and colour of what it is
    word: what it is
    what: a sentence
    more: what goes with it; empty where nothing does
    href: where something can be done
    """

    mark: str
    word: str
    what: str
    more: str
    href: str


def address(city_id: str, *parts: str) -> str:
    """The page of a city, or one below it."""
    return "/".join((HOME, *(quote(part, safe="") for part in (city_id, *parts))))


def named(city: City) -> str:
    """What people call the city; its id where the catalogue has not said."""
    return city.shown.name or city.city_id


def number(count: int) -> str:
    """12,345; −3."""
    return f"{count:,}".replace("-", _MINUS)


def counted(count: int, thing: str) -> str:
    """1 seat; 1,200 seats."""
    return f"{number(count)} {thing}" if count == 1 else f"{number(count)} {thing}s"


def coming(cities: Iterable[City], now: datetime) -> list[City]:
    """Those that are not over, by their dates."""
    return sorted((city for city in cities if not _over(city, now)), key=_by_date)


def over(cities: Iterable[City], now: datetime) -> list[City]:
    """Those that are over, the last one first."""
    return sorted((city for city in cities if _over(city, now)), key=_by_date, reverse=True)


def city_rows(city: City, status: Status, in_line: InLine) -> CityRows:
    """The city with a row for each of its pools."""
    shown = city.shown
    return CityRows(
        name=named(city),
        href=address(city.city_id),
        when=formats.date_range(shown.starts, shown.starts, shown.time_zone) if shown.starts else "",
        listed=shown.listed and not shown.withdrawn,
        pools=[_pool_row(pool, status(city, pool), _waiting(city, pool, in_line)) for pool in _by_tier(city)],
    )


def needs(cities: Sequence[City], status: Status, in_line: InLine, now: datetime) -> list[Need]:
    """What needs a person, the worst first: oversold, closed, sold out, low.

    Whoever paid needs a seat wherever it is; all else counts for workshops to come that buyers find.
    """
    open_to_buyers = [city for city in coming(cities, now) if city.shown.listed]
    return [
        *(_oversold(city, pool) for city in cities for pool in _by_tier(city) if pool.oversold),
        *(each for city in open_to_buyers for each in _closed(city, status, now)),
        *_each(open_to_buyers, status, PoolStatus.SOLD_OUT, lambda city, pool: _sold_out(city, pool, in_line)),
        *_each(open_to_buyers, status, PoolStatus.LOW, _low),
    ]


def _by_date(city: City) -> tuple[datetime, str]:
    return (city.shown.starts or _LAST, named(city))


def _by_tier(city: City) -> list[Pool]:
    return [city.pools[tier] for tier in sorted(city.pools)]


def _over(city: City, now: datetime) -> bool:
    return city.shown.starts is not None and city.shown.starts + LASTS <= now


def _waiting(city: City, pool: Pool, in_line: InLine) -> int:
    return in_line.get((city.city_id, pool.tier), 0)


def _pool_row(pool: Pool, status: PoolStatus, waiting: int) -> PoolRow:
    mark, word = _OVERSOLD if pool.oversold else _STATUSES[status]
    return PoolRow(
        tier=pool.tier.upper(),
        ticks=_ticks(pool),
        mark=mark,
        status=word,
        public=number(pool.public_limit),
        actual=number(pool.actual_limit),
        held=_some(pool.held),
        pending=_some(pool.pending),
        sold=_some(pool.sold),
        spare=_some(pool.spare_sold),
        oversold=_some(pool.oversold),
        left=number(pool.remaining),
        room=number(pool.actual_available),
        waiting=_some(waiting),
    )


def _some(count: int) -> str:
    return number(count) if count else NONE


def _ticks(pool: Pool) -> list[str]:
    """Sold, held, free on the pages, and free in the room only."""
    free = pool.remaining
    return comb_ticks(
        (("sold", pool.sold), ("held", pool.held), ("free", free), ("spare", max(0, pool.actual_available - free)))
    )


def _each(
    cities: Iterable[City], status: Status, wanted: PoolStatus, need: Callable[[City, Pool], Need]
) -> Iterator[Need]:
    for city in cities:
        yield from (need(city, pool) for pool in _by_tier(city) if status(city, pool) is wanted and not pool.oversold)


def _need(kind: tuple[str, str], city: City, tiers: str, what: str, more: str = "") -> Need:
    mark, word = kind
    where = f"{named(city)} {tiers}".strip()
    return Need(mark=mark, word=word, what=f"{where}: {what}", more=more, href=address(city.city_id))


def _oversold(city: City, pool: Pool) -> Need:
    what = "1 paid seat has no room" if pool.oversold == 1 else f"{number(pool.oversold)} paid seats have no room"
    return _need(_OVERSOLD, city, pool.tier.upper(), what, "open more seats, move them, or refund them")


def _closed(city: City, status: Status, now: datetime) -> Iterator[Need]:
    """One for all tiers that are closed for the same reason."""
    pools = [pool for pool in _by_tier(city) if status(city, pool) is PoolStatus.CLOSED and not pool.oversold]
    for why, group in groupby(pools, key=lambda pool: _why_closed(city, pool, now)):
        tiers = [pool.tier.upper() for pool in group]
        everything = len(tiers) == len(city.pools)
        yield _need(_STATUSES[PoolStatus.CLOSED], city, "" if everything else formats.listing(tiers), why)


def _why_closed(city: City, pool: Pool, now: datetime) -> str:
    shown = city.shown
    if shown.withdrawn or pool.tier in shown.withdrawn_tiers:
        return "taken out of the catalogue"
    if now < shown.on_sale_from:
        return f"on sale from {formats.day_and_hour(shown.on_sale_from, shown.time_zone)}"
    return f"the sale ended {formats.day_and_hour(shown.on_sale_until, shown.time_zone)}"


def _sold_out(city: City, pool: Pool, in_line: InLine) -> Need:
    waiting = _waiting(city, pool, in_line)
    room = max(0, pool.actual_available)
    parts = [
        f"{counted(room, 'seat')} in the room only" if room else "",
        f"{number(waiting)} in line" if waiting else "",
    ]
    more = " · ".join(filter(None, parts))
    return _need(_STATUSES[PoolStatus.SOLD_OUT], city, pool.tier.upper(), "no seat is left on the pages", more)


def _low(city: City, pool: Pool) -> Need:
    left = "1 seat is" if pool.remaining == 1 else f"{number(pool.remaining)} seats are"
    what = f"{left} left of {number(pool.public_limit)} on the pages"
    return _need(_STATUSES[PoolStatus.LOW], city, pool.tier.upper(), what)
