"""Figures as values: what is counted, in which cells, and what rates follow from the counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from events import OrderSource

_LABEL_LENGTH: Final = 120
# Upper ends in milliseconds; percentiles come from them, and buckets of several minutes can be added up.
DURATION_BUCKETS: Final = (10, 25, 50, 100, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000)
ENDLESS: Final = "inf"


class Figure(StrEnum):
    """What a cell counts; after the dash what its total sums up and its label names."""

    ORDERS_PLACED = "orders_placed"  # minor units; currency
    ORDERS_PAID = "orders_paid"  # minor units; currency
    TICKETS_SOLD = "tickets_sold"  # minor units; currency. The count is seats
    ORDERS_EXPIRED = "orders_expired"
    ORDERS_CANCELLED = "orders_cancelled"
    ORDERS_PENDING = "orders_pending"
    ORDERS_PAYMENT_FAILED = "orders_payment_failed"  # label: reason
    REFUNDS = "refunds"  # minor units; currency
    DISPUTES = "disputes"  # minor units; currency
    PAYMENTS_DECLINED = "payments_declined"  # the buyer's own: label: reason
    PAYMENTS_FAILED = "payments_failed"  # not the buyer's: label: reason
    PAYMENT_PROCESSING = "payment_processing"  # milliseconds; bucket
    WEBHOOKS_PROCESSED = "webhooks_processed"  # milliseconds; bucket
    WEBHOOKS_FAILED = "webhooks_failed"  # label: type
    STOCK_HELD = "stock_held"  # the count is seats
    STOCK_RELEASED = "stock_released"
    STOCK_SOLD = "stock_sold"
    STOCK_RETURNED = "stock_returned"
    STOCK_OVERSOLD = "stock_oversold"
    MESSAGES_QUEUED = "messages_queued"  # label: channel
    MESSAGES_SENT = "messages_sent"  # milliseconds; channel
    MESSAGES_DELIVERED = "messages_delivered"
    MESSAGES_FAILED = "messages_failed"
    MESSAGES_SUPPRESSED = "messages_suppressed"
    CHECKOUTS_STARTED = "checkouts_started"
    ERRORS = "errors"  # label: category/error
    SECURITY = "security"  # label: type and code


class SaleKind(StrEnum):
    """Whose sales: business figures leave the other two out."""

    BUSINESS = "business"
    DEMO = "demo"
    SYNTHETIC = "synthetic"

    @classmethod
    def of(cls, source: str) -> SaleKind:
        """Whose sales a source makes; one that this reader doesn't know is business."""
        return _SALE_KINDS.get(source, cls.BUSINESS)


_SALE_KINDS: Final[Mapping[str, SaleKind]] = {
    OrderSource.DEMO: SaleKind.DEMO,
    OrderSource.SYNTHETIC: SaleKind.SYNTHETIC,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Where something is counted; empty texts where the figure has no such side."""

    figure: Figure
    kind: SaleKind = SaleKind.BUSINESS
    city: str = ""
    tier: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", self.label[:_LABEL_LENGTH])


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One thing that happened: how many, and how much in all."""

    cell: Cell
    count: int = 1
    total: int = 0


@dataclass(slots=True)
class Sums:
    count: int = 0
    total: int = 0


@dataclass(slots=True)
class Tally:
    """A batch added up, so that it costs one statement however many events it had."""

    cells: dict[tuple[datetime, Cell], Sums] = field(default_factory=dict)

    def add(self, counted: Counted, *, at: datetime) -> None:
        """`at`: when it happened."""
        minute = at.replace(second=0, microsecond=0)
        sums = self.cells.setdefault((minute, counted.cell), Sums())
        sums.count += counted.count
        sums.total += counted.total

    def __iter__(self) -> Iterator[tuple[datetime, Cell, Sums]]:
        return ((minute, cell, sums) for (minute, cell), sums in self.cells.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolState:
    """One tier of a city, as of `stock_version`."""

    city: str
    tier: str
    stock_version: int
    public_limit: int
    actual_limit: int
    held: int
    sold: int
    oversold: int
    available: int
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCounts:
    """M-1: the rate leaves the buyers' own declines out; without any payment nothing has failed."""

    paid: int
    failed: int
    declined: int

    @property
    def attempts(self) -> int:
        return self.paid + self.failed + self.declined

    @property
    def success_rate(self) -> float:
        judged = self.paid + self.failed
        return self.paid / judged if judged else 1.0

    @property
    def failure_rate(self) -> float:
        return 1.0 - self.success_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCounts:
    """Of a period, by minute; `p99_ms` is None when none was handled."""

    done: Mapping[datetime, int]
    failed: Mapping[datetime, int]
    p99_ms: int | None

    @property
    def failed_share(self) -> float | None:
        done, failed = sum(self.done.values()), sum(self.failed.values())
        return failed / (done + failed) if done + failed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsCounts:
    """SMS of a period. Receipts of those handed over before it may make `delivered` the larger one."""

    sent: int
    delivered: int
    failed: int

    @property
    def waiting(self) -> int:
        return max(0, self.sent - self.delivered - self.failed)

    @property
    def delivered_share(self) -> float | None:
        """Of those whose fate is known."""
        known = self.delivered + self.failed
        return self.delivered / known if known else None

    @property
    def failed_share(self) -> float | None:
        delivered = self.delivered_share
        return 1 - delivered if delivered is not None else None


def percentile(buckets: Mapping[str, int], share: float) -> int | None:
    """The upper end in milliseconds of the bucket in which this share of the durations lies or below."""
    wanted, passed = share * sum(buckets.values()), 0
    for end in DURATION_BUCKETS:
        passed += buckets.get(str(end), 0)
        if passed and passed >= wanted:
            return end
    return DURATION_BUCKETS[-1] if buckets.get(ENDLESS) else None


def bucket(milliseconds: int) -> str:
    """The label of the bucket that a duration falls into."""
    return next((str(end) for end in DURATION_BUCKETS if milliseconds <= end), ENDLESS)
