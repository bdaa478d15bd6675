"""What is counted, in which cells, and which rates follow from the counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from events import OrderSource

_LABEL_LENGTH: Final = 120
# Upper ends in milliseconds; percentiles come from them, and buckets of several minutes can be added up.
DURATION_BUCKETS: Final = (10, 25, 50, 100, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000)
ENDLESS: Final = "inf"


class Figure(StrEnum):
    """What a cell counts: each time is one. Beside each: what its total sums up, and what its label names."""

    ORDERS_PLACED = "orders_placed"  # minor units; currency
    ORDERS_PAID = "orders_paid"  # minor units; currency
    TICKETS_SOLD = "tickets_sold"  # minor units; currency. The count is seats
    PASSES_SOLD = "passes_sold"  # minor units; currency. By kind of pass, in place of a tier
    PASSES_USED = "passes_used"  # by kind of pass, in place of a tier; that were used is this without PASSES_UNDONE
    PASSES_UNDONE = "passes_undone"  # by kind of pass, in place of a tier
    CUSTOMERS = "customers"  # of paid orders; label: new, returning or converted to member
    ORDERS_EXPIRED = "orders_expired"
    ORDERS_CANCELLED = "orders_cancelled"
    ORDERS_PENDING = "orders_pending"
    ORDERS_PAYMENT_FAILED = "orders_payment_failed"  # label: reason
    REFUNDS = "refunds"  # minor units; currency. What went back is this without REFUNDS_FAILED
    DISPUTES = "disputes"  # minor units; currency
    INQUIRIES = "inquiries"  # minor units; currency
    PAYMENTS_DECLINED = "payments_declined"  # the buyer's own: label: reason
    PAYMENTS_FAILED = "payments_failed"  # not the buyer's: label: reason
    SECOND_CHARGES = "second_charges"  # minor units; label: outcome
    REFUNDS_REFUSED = "refunds_refused"  # minor units; label: the processor's code
    REFUNDS_FAILED = "refunds_failed"  # minor units; currency
    PAYMENTS_MISMATCHED = "payments_mismatched"  # minor units that came; label: where the appointment stands
    PAYMENT_PROCESSING = "payment_processing"  # milliseconds; bucket
    WEBHOOKS_PROCESSED = "webhooks_processed"  # milliseconds; bucket
    WEBHOOKS_FAILED = "webhooks_failed"  # label: type
    RECONCILED = "reconciled"  # milliseconds from payment to repair; what was wrong
    RECONCILIATIONS_FAILED = "reconciliations_failed"  # label: what a person has to mend
    ACCOUNTS_UNREADABLE = "accounts_unreadable"  # label: account
    COMMISSION_BACK = "commission_back"  # minor units; label: by what, and where it stands
    COLLECTIONS_FAILED = "collections_failed"  # minor units; label: the processor's code
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
    PAGE_VIEWS = "page_views"  # label: page
    FORMS_STARTED = "forms_started"
    TICKETS_SELECTED = "tickets_selected"
    CHECKOUTS_STARTED = "checkouts_started"  # minor units; unit price
    CHECKOUTS_PAID = "checkouts_paid"  # those of them that were paid: minor units; unit price
    FEEDBACK = "feedback"  # the sum of scores; score
    SUPPORT_REQUESTS = "support_requests"  # label: kind, and whether who asks is known (`support_label`)
    SUPPORT_CLOSED = "support_closed"  # label: the same
    WEB_VITALS = "web_vitals"  # page/vital/bucket
    JOBS = "jobs"  # milliseconds; service, job and outcome
    ERRORS = "errors"  # label: category/error
    SECURITY = "security"  # label: type, and code or cause
    FRAUD_SUSPECTED = "fraud_suspected"  # label: the rule that a buyer broke
    EXPANSIONS_REFUSED = "expansions_refused"  # label: who wanted to open seats


def support_label(kind: str, *, known: bool) -> str:
    """By it calls for help of customers are kept apart from those of addresses of which nothing is known."""
    return kind if known else f"{kind}/unknown"


class SaleKind(StrEnum):
    """Whose sale it is: business figures leave demonstrations and synthetic purchases out."""

    BUSINESS = "business"
    DEMO = "demo"
    SYNTHETIC = "synthetic"

    @classmethod
    def of(cls, source: str) -> SaleKind:
        """Whose sale a source makes; one that this reader does not know is business."""
        return _SALE_KINDS.get(source, cls.BUSINESS)


_SALE_KINDS: Final[Mapping[str, SaleKind]] = {
    OrderSource.DEMO: SaleKind.DEMO,
    OrderSource.SYNTHETIC: SaleKind.SYNTHETIC,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Where something is counted.

    figure: what is counted
    kind: whose sale it is about; business where it is about none
    city: the city's id, empty where the figure isn't by city
    tier: the tier's id, empty where the figure isn't by tier
    label: one more thing that the figure is by, as `Figure` says: a currency, a reason, a channel; long ones are cut
    """

    figure: Figure
    kind: SaleKind = SaleKind.BUSINESS
    city: str = ""
    tier: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", self.label[:_LABEL_LENGTH])


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What an event adds to a cell.

    cell: where
    count: how many: of events, or of seats where the figure counts seats
    total: how much, in what the figure sums up: minor units or milliseconds
    """

    cell: Cell
    count: int = 1
    total: int = 0


# Says in which cells an event counts.
Counts = Callable[[Any], Iterable[Counted]]


@dataclass(slots=True)
class Sums:
    """What a cell has come to. `count` and `total` are those of everything counted in it."""

    count: int = 0
    total: int = 0


@dataclass(slots=True)
class Tally:
    """Cells of a batch added up, so that it costs one statement however many events it had."""

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
    """A tier of a city, as of the newest event that told of it.

    city: the city's id
    tier: the tier's id
    stock_version: the city's, in that event; only a higher one replaces it
    public_limit: seats that may be sold to everybody
    actual_limit: seats that there are
    held: seats that are on hold
    sold: seats that are sold
    oversold: seats that were sold beyond the limit
    available: seats that can be bought now
    changed_at: when the event happened
    """

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

    @property
    def short(self) -> bool:
        """Whether more seats are held and sold than there are."""
        return self.actual_limit < self.held + self.sold + self.oversold


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCounts:
    """Payments of a period. The rates leave the buyers' own declines out; without any payment nothing has failed (M-1).

    paid: payments that were made: what costs nothing has none
    failed: payments that failed, and not by the buyer's fault
    declined: payments that failed by the buyer's, such as a declined card
    """

    paid: int
    failed: int
    declined: int

    @property
    def success_rate(self) -> float:
        judged = self.paid + self.failed
        return self.paid / judged if judged else 1.0

    @property
    def failure_rate(self) -> float:
        return 1.0 - self.success_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCounts:
    """Webhooks of a period.

    done: how many were handled, by minute
    failed: how many failed for good, by minute
    p99_ms: milliseconds in which 99 % were handled; None when none was
    """

    done: Mapping[datetime, int]
    failed: Mapping[datetime, int]
    p99_ms: int | None

    @property
    def done_in_all(self) -> int:
        return sum(self.done.values())

    @property
    def failed_in_all(self) -> int:
        return sum(self.failed.values())

    @property
    def failed_share(self) -> float | None:
        """None when there was none at all."""
        judged = self.done_in_all + self.failed_in_all
        return self.failed_in_all / judged if judged else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsCounts:
    """Text messages of a period.

    queued: that were to be sent
    sent: handed over in it
    delivered: by receipts of the period; some are of messages from before it, so that they may be more
    failed: by such receipts as well
    """

    queued: int
    sent: int
    delivered: int
    failed: int

    @property
    def unsent(self) -> int:
        """At least so many have not been handed over: some of those that failed never were."""
        return max(0, self.queued - self.sent - self.failed)

    @property
    def waiting(self) -> int:
        return max(0, self.sent - self.delivered - self.failed)

    @property
    def delivered_share(self) -> float | None:
        """The share of those whose fate is known; None when none is."""
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
