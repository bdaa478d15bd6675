"""What a customer needs help with, and which order it is about. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from chassis.emails import email_key
from checkout.orders.domain import Order
from events import SupportKind

# Nobody needs more, and who floods us raises no more alerts than this.
MOST_AN_HOUR: Final = 5
HOUR: Final = timedelta(hours=1)


class SupportAction(StrEnum):
    """What people do about a request, as the audit names it."""

    CLOSED = "support_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportWish:
    """What a customer asks for.

    kind: what it is about
    email: where they can be answered
    text: their own words
    order_id: their order, where they have shown that it is theirs
    order_said: the number of an order as they wrote it, otherwise
    """

    kind: SupportKind
    email: str
    text: str
    order_id: UUID | None = None
    order_said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportRequest:
    """A customer's call for help.

    request_id: its id
    kind: what it is about
    email: where the customer can be answered
    order_id: the customer's order, where one is known
    order_said: the number that the customer wrote, of which that can't be said
    text: the customer's own words
    made_at: when it came
    known: whether the order, or an order or ticket of the address, was known here; anybody can invent an address
    closed_at, closed_by, reason: when, by whom and with what words it was dealt with
    """

    request_id: UUID
    kind: str
    email: str
    order_id: UUID | None
    order_said: str
    text: str
    made_at: datetime
    known: bool = True
    closed_at: datetime | None = None
    closed_by: str | None = None
    reason: str | None = None


def is_of(order: Order, email: str) -> bool:
    """Whether an order is of who writes from this address; anybody can write any number."""
    return email_key(order.customer.email) == email_key(email)
