"""How the limits of a pool may change (I-8). Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from inventory.limits.errors import InvalidAuthorization, InvalidExpansionAmount, InvalidTicketTier, SeatsTaken
from inventory.pools.domain import City, Pool

MOST_AT_ONCE: Final = 50


class LimitAction(StrEnum):
    """What a person does to limits, as the audit names it."""

    EXPANDED = "inventory_expanded"
    SHRUNK = "inventory_shrunk"
    RESET = "inventory_reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many seats a pool has.

    public: how many seats the pages offer
    actual: how many seats there really are
    """

    public: int
    actual: int

    @classmethod
    def of(cls, pool: Pool) -> Limits:
        return cls(public=pool.public_limit, actual=pool.actual_limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resizing:
    """What a person asks for: more or fewer seats of a pool.

    city_id, tier: the pool
    spots: how many seats
    public: whether the public limit changes by as many as well
    reason: why, in the person's words
    """

    city_id: str
    tier: str
    spots: int
    public: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resized:
    """What became of a pool's limits."""

    tier: str
    before: Limits
    after: Limits


def require_authorized(authorized_by: str, *, caller: str, domains: Collection[str]) -> None:
    """Raises InvalidAuthorization unless it is the caller's own address, and of one of the domains."""
    named = authorized_by.casefold()
    _, at, domain = named.rpartition("@")
    if not at or named != caller.casefold() or domain not in {each.casefold() for each in domains}:
        raise InvalidAuthorization


def require_amount(spots: int) -> None:
    """Raises InvalidExpansionAmount."""
    if not 1 <= spots <= MOST_AT_ONCE:
        raise InvalidExpansionAmount


def pool_of(city: City, tier: str) -> Pool:
    """Raises InvalidTicketTier."""
    pool = city.pools.get(tier)
    if pool is None:
        raise InvalidTicketTier
    return pool


def expanded(pool: Pool, spots: int, *, public: bool) -> Pool:
    """The pool with more seats; seats in the room only are for staff, and for who paid when none was left."""
    return _with(pool, Limits(public=pool.public_limit + (spots if public else 0), actual=pool.actual_limit + spots))


def shrunk(pool: Pool, spots: int, *, public: bool) -> Pool:
    """The pool with fewer seats; the public limit follows where it would be above the actual one.

    Raises SeatsTaken.
    """
    actual = pool.actual_limit - spots
    offered = pool.public_limit - spots if public else min(pool.public_limit, actual)
    return _fitting(pool, Limits(public=offered, actual=actual))


def told(pool: Pool, limits: Limits) -> Pool:
    """The pool with the limits that an event tells of. Raises SeatsTaken."""
    return _fitting(pool, limits)


def begun_again(pool: Pool, starting: Limits) -> Pool:
    """The pool with the limits with which the catalogue begins it; what is sold and held stays. Raises SeatsTaken."""
    return _fitting(pool, starting)


def _fitting(pool: Pool, limits: Limits) -> Pool:
    """Whoever paid and has no seat counts when seats are taken away: there is nothing to give up."""
    taken = pool.held + pool.sold + (pool.oversold if limits.actual < pool.actual_limit else 0)
    offered = pool.held + pool.sold - pool.spare_sold
    if limits.actual < taken or limits.public < offered:
        raise SeatsTaken(
            f"{taken} seats are sold or held, {offered} of them of the public ones: the limits can't be"
            f" {limits.actual} and {limits.public}."
        )
    return _with(pool, limits)


def _with(pool: Pool, limits: Limits) -> Pool:
    return pool._replace(public_limit=limits.public, actual_limit=limits.actual)
