"""The figure of what must always hold, from the last look at all services and from what was told of the stock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from invariants import Counts, Evidence, Kind, Pool, Violation, violations
from invariants.rules import (
    NothingIsOversold,
    PaidOrdersHaveTheirTickets,
    PaidPassesAreGranted,
    PoolsEqualTheirLedger,
)
from monitor.alerts.domain import Reading
from monitor.alerts.measures.domain import Sources
from monitor.figures import store as figures
from monitor.figures.domain import PoolState
from monitor.proof import store as proof
from monitor.proof.domain import NEEDS, Look

_SHOWN: Final = 3
# What says that a pool is wrong, or that a buyer lacks what was paid for, has a rule of its own, so that one
# trouble is one alert.
OF_POOLS: Final = frozenset({PoolsEqualTheirLedger.name, NothingIsOversold.name})


OF_FULFILMENT: Final = frozenset({PaidOrdersHaveTheirTickets.name, PaidPassesAreGranted.name})


async def broken_invariants(sources: Sources) -> Sequence[Reading]:
    """How often each invariant is broken, but for what has a figure below, by the last look unless that is too old."""
    return [each for each in await _all(sources) if each.labels["invariant"] not in OF_POOLS]


async def late_fulfilments(sources: Sources) -> Sequence[Reading]:
    """How many orders were paid more than five minutes ago and lack seats or passes, by the last look."""
    return [late_reading(await _fresh(sources))]


def late_reading(look: Look | None) -> Reading:
    """None where it can't be said of tickets or of passes."""
    seen = [look.broken(name) if look else None for name in sorted(OF_FULFILMENT)]
    late = sorted({each.subject for broken in seen for each in broken or () if _is_late(each)})
    known = all(broken is not None for broken in seen)
    words = {"subjects": ", ".join(late[:_SHOWN]) or "–"}
    return Reading(labels={}, value=len(late) if known or late else None, words=words)


async def wrong_pools(sources: Sources) -> Sequence[Reading]:
    """How many pools have less than nothing left, and how many are not what their ledger, holds and tickets say."""
    return [each for each in await _all(sources) if each.labels["invariant"] in OF_POOLS]


async def _all(sources: Sources) -> Sequence[Reading]:
    return invariant_readings(await _fresh(sources), await figures.pools(sources.reader))


async def _fresh(sources: Sources) -> Look | None:
    look = await proof.latest(sources.reader)
    return look if look is not None and look.fresh(sources.situation.now) else None


def invariant_readings(look: Look | None, pools: Iterable[PoolState]) -> list[Reading]:
    """None where nothing can be said. That a pool is oversold the monitor hears at once, and from a look as well."""
    heard = oversold(pools)
    return [_reading(name, look, heard if name == NothingIsOversold.name else ()) for name in NEEDS]


def _reading(name: str, look: Look | None, heard: Sequence[Violation]) -> Reading:
    broken = look.broken(name) if look else None
    seen = broken if broken is None else [each for each in broken if not _is_late(each)]
    found = {each.subject: each for each in (*(seen or ()), *heard)}
    first = ", ".join(list(found)[:_SHOWN])
    known = seen is not None or name == NothingIsOversold.name
    count = max(len(seen or ()), len(heard))
    return Reading(labels={"invariant": name}, value=count if known else None, words={"subjects": first or "–"})


def _is_late(violation: Violation) -> bool:
    return violation.invariant in OF_FULFILMENT and violation.kind is Kind.LOST


def oversold(pools: Iterable[PoolState]) -> list[Violation]:
    """By what the monitor has been told of the stock."""
    counts = tuple(
        Pool(
            city_id=pool.city,
            tier=pool.tier,
            counts=Counts(
                public_limit=pool.public_limit,
                actual_limit=pool.actual_limit,
                held=pool.held,
                sold=pool.sold,
                # How many lie in the spare between the limits is not told: all of them may be.
                spare_sold=pool.sold,
                oversold=pool.oversold,
            ),
        )
        for pool in pools
    )
    return violations(Evidence(pools=counts), (NothingIsOversold(),))
