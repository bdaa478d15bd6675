from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

Counts = Mapping[str, int]


class Operation(StrEnum):
    """I-6."""

    HOLD = "hold"
    RELEASE = "release"
    EXPIRE = "expire"
    SELL = "sell"
    RETURN = "return"
    EXPAND = "expand"
    SHRINK = "shrink"
    RESET = "reset"
    CORRECT = "correct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A change of a pool. `before` and `after` are its counts: the after of one row is the before of its next."""

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
class Recorded:
    """An entry as the ledger has it; `id` grows with time within a city."""

    id: int
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """None means any."""

    city_id: str | None = None
    tier: str | None = None
    operation: Operation | None = None
    order_id: UUID | None = None
    actor: str | None = None
