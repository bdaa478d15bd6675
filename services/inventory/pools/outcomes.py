"""What use cases of the pools come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.errors import Condition
from eventbus import OutboxRows
from inventory.ledger.domain import LedgerEntry
from inventory.pools.domain import Change, City, Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A city after a use case; it is true once the transaction has committed.

    city: the city with its pools
    changes: what was changed, in order
    """

    city: City
    changes: Sequence[Change] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcome:
    """What became of a batch of holds.

    results: the hold or the refusal of each request, in their order
    read: the city before
    saved: the city after
    """

    results: Sequence[Hold | Condition]
    read: City
    saved: Saved


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What changes come to: rows of the ledger and of the outbox."""

    entries: Sequence[LedgerEntry]
    rows: OutboxRows
