"""The stock in memory, for answers that must not wait for the database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from chassis.clock import Clock
from chassis.counted import count_error
from chassis.database import Database
from inventory.pools import observe, store
from inventory.pools.domain import City
from inventory.pools.outcomes import Saved

# I-1: an answer is no staler than 1 s; renewed often enough that readers need not wait.
LONGEST_AGE = timedelta(seconds=0.9)
RENEWAL = timedelta(seconds=0.5)


class Mirror:
    """The copy of all cities in this process' memory, for readers and for refusing when a pool is full (I-1, I-5).

    Other processes change the stock too: what is committed here is put in at once, everything else comes with the
    renewal. Same version and other figures, or a memory that is ahead of the database, means that one of them is
    wrong: the copy is corrected at once and the case is counted as `inventory_sync_failed`.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._cities: dict[str, City] = {}
        self._renewed_at = float("-inf")
        self._renewing: asyncio.Task[None] | None = None

    @property
    def cities(self) -> Mapping[str, City]:
        return self._cities

    async def fresh(self) -> Mapping[str, City]:
        """The cities, no staler than I-1 allows; readers who come together wait for one renewal."""
        if self._clock.monotonic() - self._renewed_at > LONGEST_AGE.total_seconds():
            await self.renewed()
        return self._cities

    async def renewed(self) -> None:
        """Waits for a renewal, the one under way or a new one."""
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.ensure_future(self.renew())
        await asyncio.shield(self._renewing)

    async def renew(self) -> None:
        """Reads all cities anew."""
        began, known = self._clock.monotonic(), dict(self._cities)
        read = {city.city_id: city for city in await store.cities(self._database)}
        for city_id, city in read.items():
            self._compare(known.get(city_id), city)
        for gone in known.keys() - read.keys():
            self._cities.pop(gone, None)
        self._renewed_at = began

    def committed(self, *saved: Saved) -> None:
        """Takes what a transaction has made of cities, and tells operators of it."""
        for one in saved:
            self.put(one.city)
            observe.report(one.changes)

    def put(self, city: City) -> None:
        """Takes a city as a commit has left it."""
        known = self._cities.get(city.city_id)
        if known is None or known.version <= city.version:
            self._cities[city.city_id] = city

    def check(self, locked: City) -> None:
        """Compares the copy with the city as it was read under its lock."""
        self._compare(self._cities.get(locked.city_id), locked)

    def _compare(self, known: City | None, read: City) -> None:
        """`known` is what was here before `read` was read; what came in meanwhile is newer than both."""
        if known is not None and _differ(known, read):
            count_error("inventory_sync_failed", city=read.city_id, memory=known.counts(), database=read.counts())
            if self._cities.get(read.city_id) is known:
                self._cities[read.city_id] = read
        else:
            self.put(read)


def _differ(known: City, read: City) -> bool:
    if known.version == read.version:
        return known.counts() != read.counts()
    return known.version > read.version
