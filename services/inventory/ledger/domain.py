"""What the ledger has: a row for each change of a pool, which nothing changes or deletes (I-6). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

Counts = Mapping[str, int]


class Operation(StrEnum):
    """What was done to a pool."""

    HOLD = "hold"
    RELEASE = "release"
    EXPIRE = "expire"
    SELL = "sell"
    RETURN = "return"
    EXPAND = "expand"
    SHRINK = "shrink"
    RESET = "reset"
    CORRECT = "correct"


class LedgerEntry(NamedTuple):
    """A change of a pool: the `after` of one entry is the `before` of the pool's next. One is made for each hold.

    city_id, tier: the pool
    operation: what was done
    quantity: how many seats it was done to
    order_id: the order for which it was done, where there is one
    actor: the service or the person who did it
    reason: why, as a code, or in the words of the person who did it
    event_id: the event that said so; None when a caller did
    before: the pool's counts before the change
    after: its counts afterwards
    timestamp: when, by the database's clock
    """

    city_id: str
    tier: str
    operation: Operation
    quantity: int
    order_id: UUID | None
    actor: str
    reason: str
    event_id: UUID | None
    before: Counts
    after: Counts
    timestamp: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """An entry as it was written; `id` grows with time within a city."""

    id: int
    entry: LedgerEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFilters:
    """Filters of the ledger; None means any.

    city_id, tier: the pool
    operation: what was done
    order_id: the order that it was done for
    actor: who did it
    """

    city_id: str | None = None
    tier: str | None = None
    operation: Operation | None = None
    order_id: UUID | None = None
    actor: str | None = None
