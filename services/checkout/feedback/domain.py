"""What a buyer says of a purchase. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from checkout.feedback.errors import FeedbackTooEarly
from checkout.orders.domain import Order
from checkout.orders.states import SETTLED

SCORES: Final = range(1, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What a buyer says of a purchase.

    order_id: the purchase
    score: from 1, not at all content, to 5, very
    text: their own words; empty where they wrote none, or where it is long ago
    given_at: when they said it
    """

    order_id: UUID
    score: int
    text: str
    given_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Satisfaction:
    """How content buyers were in a period.

    count: how many said so
    mean: the mean of their scores; None where nobody did
    """

    count: int
    mean: float | None


def require_bought(order: Order) -> None:
    """Raises FeedbackTooEarly for an order that nothing has come of yet."""
    if order.state not in SETTLED:
        raise FeedbackTooEarly
