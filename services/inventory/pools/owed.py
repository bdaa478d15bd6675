"""Who has paid for seats that no limit had room for, as far as the pools know of it (I-3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chassis.database import Transaction
from events import OrderEvent
from inventory.pools.book import Book


class Owed(Protocol):
    """Who gets seats before anybody else; `inventory.oversold` is the one there is."""

    async def note(self, tx: Transaction, book: Book, news: Sequence[OrderEvent]) -> None:
        """Remembers whose orders have just been oversold, by the events that said so."""
        ...

    async def follow(self, tx: Transaction, book: Book) -> None:
        """Gives what has become free to whom it is owed the longest, and forgets whom nothing is owed any more."""
        ...
