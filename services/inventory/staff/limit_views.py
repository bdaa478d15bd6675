"""What the pages say of limits that somebody is about to change, or has changed (I-8). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode

from inventory.limits.domain import LimitAction, Limits, begun_again, expanded, pool_of, shrunk
from inventory.pools.domain import City, Pool
from inventory.staff.inside_views import Choice
from inventory.staff.limit_forms import ResizedOut, Typed, Way
from inventory.staff.stock_views import address, counted, number

TITLES: Final[Mapping[Way, str]] = MappingProxyType(
    {Way.EXPAND: "Open seats", Way.SHRINK: "Take seats away", Way.RESET: "Reset limits"}
)
_DONE: Final[Mapping[str, str]] = MappingProxyType(
    {LimitAction.EXPANDED: "Opened.", LimitAction.SHRUNK: "Taken away.", LimitAction.RESET: "Reset."}
)

FromTo = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """A pool before and after.

    tier: the kind of seat
    public, actual: its limits
    left, room: what a buyer can still have, and what the room has
    """

    tier: str
    public: FromTo
    actual: FromTo
    left: FromTo
    room: FromTo


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneView:
    """What somebody has just changed.

    word: what was done
    actor: who did it
    reason: why
    limits: tier, public limit and actual limit, each before and after
    """

    word: str
    actor: str
    reason: str
    limits: Sequence[tuple[str, FromTo, FromTo]]


def ways(city_id: str, *, chosen: Way | None, tier: str = "") -> list[Choice]:
    """The pages on which limits are changed; whoever goes from one to another keeps the tier."""
    query = f"?{urlencode({'tier': tier})}" if tier else ""
    return [Choice(name=TITLES[way], href=f"{address(city_id, way)}{query}", here=way is chosen) for way in Way]


def verb(way: Way, typed: Typed) -> str:
    """What the button does: Open 10 GA seats."""
    tier = typed.tier.upper()
    if way is Way.RESET:
        return f"Reset {tier or 'all tiers'}"
    seats = counted(typed.seats, f"{tier} seat")
    return f"Open {seats}" if way is Way.EXPAND else f"Take {seats} away"


def who_is_first(way: Way, typed: Typed, *, oversold: int, waiting: int) -> list[str]:
    """Who has new seats before any buyer can, a sentence each."""
    if way is not Way.EXPAND:
        return []
    owed = "1 paid seat has" if oversold == 1 else f"{number(oversold)} paid seats have"
    people = "1 person is" if waiting == 1 else f"{number(waiting)} people are"
    return [
        *([f"{owed} no room yet: new ones go to them first."] if oversold else ()),
        *([f"{people} in line: what is left is offered to them."] if waiting and typed.public else ()),
    ]


def would_be(way: Way, typed: Typed, city: City, starting: Mapping[str, Limits]) -> list[tuple[Pool, Pool]]:
    """Each pool that it is about, before and after. Raises InvalidTicketTier or SeatsTaken, as the deed would."""
    pools = [pool_of(city, typed.tier)] if typed.tier else [city.pools[tier] for tier in sorted(city.pools)]
    if way is Way.RESET:
        return [(pool, begun_again(pool, starting[pool.tier])) for pool in pools]
    rule = expanded if way is Way.EXPAND else shrunk
    return [(pool, rule(pool, typed.seats, public=typed.public)) for pool in pools]


def change_rows(pools: Sequence[tuple[Pool, Pool]]) -> list[ChangeRow]:
    """The pools that change."""
    return [_row(before, after) for before, after in pools if before != after]


def done_view(city_id: str, found: tuple[Mapping[str, Any], Mapping[str, Any]] | None) -> DoneView | None:
    """What a request on a page of this city came to; None for any other request."""
    if found is None or found[0].get("city_id") != city_id:
        return None
    asked, answer = found
    pools = ResizedOut.model_validate(answer).pools
    return DoneView(
        word=_DONE[asked["action"]],
        actor=asked["actor"],
        reason=asked["body"]["reason"],
        limits=[
            (
                each.tier.upper(),
                _from_to(each.before.public, each.after.public),
                _from_to(each.before.actual, each.after.actual),
            )
            for each in pools
        ],
    )


def _row(before: Pool, after: Pool) -> ChangeRow:
    return ChangeRow(
        tier=before.tier.upper(),
        public=_from_to(before.public_limit, after.public_limit),
        actual=_from_to(before.actual_limit, after.actual_limit),
        left=_from_to(before.remaining, after.remaining),
        room=_from_to(before.actual_available, after.actual_available),
    )


def _from_to(before: int, after: int) -> FromTo:
    return number(before), number(after)
