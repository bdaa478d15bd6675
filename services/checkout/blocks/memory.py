"""Who is blocked, as every process keeps it: a purchase asks no database for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from checkout.blocks import store
from checkout.blocks.domain import BuyerMark
from checkout.blocks.errors import BuyerBlocked
from config import Mark

# For so long at most one is let in whom another process has blocked.
LONGEST_AGE_SECONDS: Final = 1.0


class BlockMemory:
    """A copy that is no staler than a second when it is asked."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._blocked: frozenset[tuple[Mark, bytes]] = frozenset()
        self._read_at = float("-inf")

    async def require_none(self, marks: Sequence[BuyerMark]) -> None:
        """Raises BuyerBlocked when one of the marks is blocked."""
        if self._clock.monotonic() - self._read_at > LONGEST_AGE_SECONDS:
            await self._read()
        if any((mark.mark, mark.key) in self._blocked for mark in marks):
            raise BuyerBlocked

    def forget(self) -> None:
        """Reads anew when it is asked next: who is blocked has changed here."""
        self._read_at = float("-inf")

    async def _read(self) -> None:
        began = self._clock.monotonic()
        self._blocked = await store.under_way(self._database, now=self._clock.now())
        self._read_at = began
