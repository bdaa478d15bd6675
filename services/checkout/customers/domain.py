"""Which orders are purchases, and how long and how often the link to them is given. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, StringConstraints

from checkout.customers.errors import CustomerNotChangeable
from checkout.orders.domain import Order
from checkout.orders.states import HOLDING, SETTLED, WITH_TICKETS
from events import OrderCustomer

# What nothing came of is no purchase.
PURCHASES: Final = SETTLED | HOLDING
LINK_LIFE: Final = timedelta(hours=1)
# A link that got lost is asked for again soon; nobody fills anybody's inbox.
ASKED_EVERY: Final = timedelta(minutes=5)
MOST_SHOWN: Final = 100


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line of printable characters")
    return text


PersonName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_printable)
]


class CustomerAction(StrEnum):
    """What people do to an order's customer, as the audit names it."""

    CHANGED = "order_customer_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChange:
    """What is to be different; None stays as it is.

    first_name, last_name: of the buyer
    email: where the tickets go
    """

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None


def changed_customer(order: Order, change: CustomerChange) -> OrderCustomer:
    """The order's customer afterwards. Raises CustomerNotChangeable."""
    if order.state not in WITH_TICKETS or not order.good_tickets:
        raise CustomerNotChangeable
    wanted = {"first_name": change.first_name, "last_name": change.last_name, "email": change.email}
    return order.customer.model_copy(update={name: value for name, value in wanted.items() if value is not None})


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """An address that has bought something.

    customer_id: stands for it
    email: as its newest order has it
    first_name: how that order's buyer is addressed
    """

    customer_id: UUID
    email: str
    first_name: str
