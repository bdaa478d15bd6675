"""What the pages need from the other rooms of checkout, as values and protocols.

`checkout.app` gives the real ones; `tests/unit/checkout/web/shop.py` holds their fakes. Durations are seconds or
minutes as named, times are aware UTC, texts are plain (the templates escape them).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from chassis.money import Money
from checkout.seats.stock import Stock


@dataclass(frozen=True, slots=True)
class Tier:
    """A kind of seat in one city."""

    id: str
    name: str
    short_name: str
    price: Money
    member_price: Money
    member_label: str
    includes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workshop:
    """A city of the catalogue. `doors_at` is when people are let in on the first day."""

    city_id: str
    city: str
    venue: str
    area: str
    address: str
    directions: str
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    doors_at: datetime
    on_sale_from: datetime
    on_sale_until: datetime
    refund_until: date | None
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class BusinessType:
    """One of the configured kinds of work; without influence on the price (C-1)."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Maintenance:
    """No new checkouts for now (C-8)."""

    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Shop:
    """All that is sold, in the order of dates."""

    workshops: tuple[Workshop, ...]
    business_types: tuple[BusinessType, ...]
    max_quantity: int
    hold_minutes: int
    maintenance: Maintenance | None = None


class Catalogue(Protocol):
    """The catalogue in memory; no I/O."""

    def shop(self) -> Shop:
        """What is sold on pages now."""
        ...

    def workshop(self, city_id: str) -> Workshop | None:
        """Any city that orders may be of: also one that is on no page, or no longer sold."""
        ...


class StockReader(Protocol):
    """Inventory's `GET /api/inventory`, no staler than 1 s."""

    async def read(self) -> Stock | None:
        """The stock of all cities, or None while inventory is away. Never raises, never waits longer than 1 s."""
        ...


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the receipt, as charged: `2 × General Admission`, $1,198.00."""

    label: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Selection:
    """What a price is asked for. `code` is as typed."""

    city_id: str
    tier: str
    quantity: int
    member: bool
    code: str
    email: str


@dataclass(frozen=True, slots=True)
class Quote:
    """The price as it will be charged, the fees included. `code_problem` says why the code does not count.

    `on_roster`: whether the email of a claimed member is on the member list; None when nothing was compared (C-3).
    """

    lines: tuple[Line, ...]
    total: Money
    code_problem: str | None = None
    on_roster: bool | None = None


class Pricing(Protocol):
    """The same prices as C-1 charges; reserves nothing."""

    async def quote(self, selection: Selection) -> Quote:
        """Price a selection whose city and tier exist; a code that does not count is told in the quote."""
        ...


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys; trimmed, otherwise as typed."""

    first_name: str
    last_name: str
    email: str
    phone: str
    business_type: str


@dataclass(frozen=True, slots=True)
class Started:
    """The seats are held and the processor's page is ready."""

    order_id: str
    url: str
    hold_seconds: int


@dataclass(frozen=True, slots=True)
class Queued:
    """C-1's 202: the queue before the processor is long. `token` opens the order's pages."""

    order_id: str
    token: str
    position: int
    hold_seconds: int


class Checkout(Protocol):
    """The use case behind C-1, for forms without JavaScript."""

    async def start(self, selection: Selection, buyer: Buyer, *, idempotency_key: str) -> Started | Queued:
        """Hold and open a payment session. Raises the Conditions of C-13; their `fields` are named as C-1's body."""
        ...


class PurchaseState(StrEnum):
    """C-5's states of an order."""

    PLACED = "placed"
    AWAITING_PAYMENT = "awaiting_payment"
    PAYMENT_PENDING = "payment_pending"
    PAID = "paid"
    PAYMENT_FAILED = "payment_failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"


class EmailState(StrEnum):
    """How far the confirmation is."""

    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Ticket:
    """One seat. `code` is the signed code that the QR carries, `number` the one people can say (`7K3M-2QXD-1`)."""

    seat: int
    number: str
    code: str
    admit: str


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order as its buyer sees it. `hold_seconds` is what is left of the hold, None when none runs."""

    order_id: str
    number: str
    state: PurchaseState
    city_id: str
    tier: str
    quantity: int
    buyer: Buyer
    lines: tuple[Line, ...]
    total: Money
    placed_at: datetime
    paid_at: datetime | None
    payment_label: str
    tickets: tuple[Ticket, ...]
    tickets_at: datetime | None
    email: EmailState
    email_at: datetime | None
    hold_seconds: int | None
    payment_url: str | None


class Purchases(Protocol):
    """Orders, for the one who bought them. Who may see one is decided before (`checkout.web.access`)."""

    async def find(self, order_id: str) -> Purchase | None:
        """The order, or None when there is none."""
        ...

    async def let_go(self, order_id: str) -> None:
        """The buyer gives the seats back: the session is expired first, as at the end of a hold (C-1)."""
        ...


class OrderTokens(Protocol):
    """The order's own access token (C-6); checkout/orders makes and checks it."""

    def accepts(self, order_id: str, token: str) -> bool:
        """Whether this token opens this order; compares in constant time."""
        ...
