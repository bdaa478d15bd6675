"""Which orders are purchases, and how long and how often the link to them is given. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from chassis.emails import email_key
from chassis.rates import wait_between
from checkout.customers.errors import CustomerNotChangeable, NothingToChange
from checkout.orders.domain import Cause, Order, Why
from checkout.orders.holders import Holder
from checkout.orders.states import HOLDING, SETTLED, WITH_TICKETS
from events import ChangeStep, OrderCustomer

# What nothing came of is no purchase.
PURCHASES: Final = SETTLED | HOLDING
LINK_LIFE: Final = timedelta(hours=1)
# A link that got lost is asked for again soon; nobody fills anybody's inbox.
ASKED_EVERY: Final = timedelta(minutes=5)
MOST_SHOWN: Final = 100
# What a buyer wants to be different waits a day for whoever must agree, and is asked about that often at most.
CHANGE_LIFE: Final = timedelta(days=1)
MOST_CHANGES: Final = 5
BY_THE_BUYER: Final = Cause(who="customer", why=Why.CUSTOMER_CHANGED)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """What an address has.

    bought: its purchases, newest first
    held: tickets that it was given, each with the order that it is of
    """

    bought: Sequence[Order]
    held: Sequence[tuple[Order, Holder]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWish:
    """What a buyer wants to be different on an order, which waits for who must agree.

    change_id: stands for it
    order_id: the order
    first_name, last_name, email: whose order it is to be
    previous_email: the address that the order had, which agrees first
    asked_at: when it was asked for
    agreed_at, done_at: when that address agreed, and when the order was changed
    newest: whether nothing else was asked for since
    """

    change_id: UUID
    order_id: UUID
    first_name: str
    last_name: str
    email: str
    previous_email: str
    asked_at: datetime
    agreed_at: datetime | None = None
    done_at: datetime | None = None
    newest: bool = True

    @property
    def change(self) -> CustomerChange:
        return CustomerChange(first_name=self.first_name, last_name=self.last_name, email=self.email)

    @property
    def elsewhere(self) -> bool:
        """Whether it is another address, which then must confirm it."""
        return email_key(self.email) != email_key(self.previous_email)

    def stands(self, order: Order, step: ChangeStep) -> bool:
        """Whether it can still be agreed to, or confirmed: the order has the address that it had, and good tickets."""
        answered = self.newest and self.done_at is None and (step is ChangeStep.AGREE or self.agreed_at is not None)
        return answered and order.customer.email == self.previous_email and bool(order.good_tickets)


def wished(order: Order, change: CustomerChange) -> OrderCustomer:
    """The customer that a buyer wants it to have. Raises CustomerNotChangeable or NothingToChange."""
    customer = changed_customer(order, change)
    if customer == order.customer:
        raise NothingToChange
    return customer


def wait_for_change(asked: Sequence[datetime], now: datetime) -> timedelta:
    """How long a buyer has to wait until another change can be asked for."""
    return wait_between(asked, now, every=ASKED_EVERY, most=MOST_CHANGES, within=CHANGE_LIFE)
