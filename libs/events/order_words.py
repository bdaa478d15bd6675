"""The words that events of orders use: where an order stands, what it sells, and why something happened to it."""

from __future__ import annotations

from events.base import Vocabulary


class OrderState(Vocabulary):
    """Where an order stands (C-5)."""

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


class SeatState(Vocabulary):
    """Where one seat of an order stands; a seat can be refunded by itself."""

    RESERVED = "reserved"
    SOLD = "sold"
    RELEASED = "released"
    REFUNDED = "refunded"
    FROZEN = "frozen"


class CustomerKind(Vocabulary):
    """What an order is to its buyer; `converted`: the first member order after others that were not (C-3)."""

    NEW = "new"
    RETURNING = "returning"
    CONVERTED = "converted"


class OrderSource(Vocabulary):
    """Where an order comes from."""

    WEB = "web"
    GRANTED = "granted"
    REPAIRED = "repaired"
    SYNTHETIC = "synthetic"
    DEMO = "demo"


class LineKind(Vocabulary):
    """What a line of an order sells."""

    SEATS = "seats"
    PASSES = "passes"


class CancelCause(Vocabulary):
    """Why an order was cancelled."""

    PAYMENT_PAGE_FAILED = "payment_page_failed"
    PAYMENT_PAGE_REFUSED = "payment_page_refused"
    PAYMENT_PAGE_NEVER_OPENED = "payment_page_never_opened"
    CANCELLED_BY_STAFF = "cancelled_by_staff"


class PaymentFailure(Vocabulary):
    """Why the money of an order won't come."""

    DEBIT_DECLINED = "debit_declined"


class DiscountKind(Vocabulary):
    """Why a line costs less than its list price."""

    MEMBER = "member"
    CODE = "code"
    GRANTED = "granted"
