"""Who gets a say when seats come back: the waiting list, as far as the pools know of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from chassis.database import Transaction
from eventbus import Outgoing
from inventory.pools.book import Book


class Line(Protocol):
    """Who waits for seats; `inventory.waitlist` is the one there is."""

    async def offers(self, tx: Transaction, city_id: str) -> Sequence[UUID]:
        """Which holds of a locked city are offers, those that are withdrawn first first."""
        ...

    async def follow(self, tx: Transaction, book: Book) -> Sequence[Outgoing]:
        """Offers what has become free to the next in line, and says what became of offers."""
        ...
