"""Requests that were refused at the door are counted by cause and minute, and written down shortly afterwards.

A refusal is answered in milliseconds, also while the database is away, and a flood of them costs one row a minute.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import Unavailable
from checkout.webhooks import refusal_store
from checkout.webhooks.domain import RefusedRequests

FLUSH: Final = timedelta(seconds=1)
KEPT: Final = timedelta(days=30)


class Refusals:
    """What this process has refused and not written down yet."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._counted: dict[tuple[object, ...], RefusedRequests] = {}

    def note(self, processor: str, cause: str, source: str) -> None:
        """Counts one; `source` is a shortened address."""
        now = self._clock.now()
        minute = now.replace(second=0, microsecond=0)
        key = (minute, processor, cause)
        known = self._counted.get(key)
        self._counted[key] = (
            known.and_one(source=source, at=now)
            if known
            else RefusedRequests(
                minute=minute, processor=processor, cause=cause, requests=1, source=source, last_at=now
            )
        )

    async def flush(self) -> None:
        """Writes down what was counted; what can't be written stays for the next time."""
        if not self._counted:
            return
        counted, self._counted = self._counted, {}
        try:
            await refusal_store.add(self._database, list(counted.values()))
        except Unavailable:
            for key, earlier in counted.items():
                later = self._counted.get(key)
                self._counted[key] = replace(later, requests=earlier.requests + later.requests) if later else earlier
            raise

    async def close(self) -> None:
        """Writes down the last ones, unless the database is away."""
        with suppress(Unavailable):
            await self.flush()

    async def forget(self) -> None:
        """Lets go of what is older than 30 days."""
        await refusal_store.forget(self._database, before=self._clock.now() - KEPT)
