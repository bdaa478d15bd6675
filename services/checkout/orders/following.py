"""What an order's own events say of it, after a database that had more of them was lost. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from chassis.emails import email_key
from checkout.orders.domain import Order
from checkout.orders.holders import Holder, Person
from checkout.orders.messages import SAME
from events import (
    OrderCustomerChanged,
    OrderDisputed,
    OrderEvent,
    OrderPaid,
    OrderPlaced,
    OrderRefunded,
    OrderRefundFailed,
    OrderSeatsMoved,
    OrderSource,
    OrderState,
    OrderTicketsReplaced,
    OrderTicketsTransferred,
    TicketCode,
)

_WITH_NEW_TICKETS = (OrderPaid, OrderSeatsMoved, OrderTicketsReplaced, OrderTicketsTransferred)


def begun(event: OrderPlaced, *, hold: timedelta) -> Order:
    """The order as its first event has it.

    `hold`: for how long seats are promised. A buyer who stood in line has a little more, which no event says.
    """
    until = event.occurred_at + hold
    return Order(**_said(event), holders=(), placed_at=event.occurred_at, promised_until=until, hard_until=until)


def followed(order: Order, event: OrderEvent) -> Order:
    """The order as a later event of it has it."""
    told = replace(
        order,
        **_said(event),
        state_before=_state_before(order, event),
        refunded_amount=_refunded(order, event),
        link_issue=_link_issue(order, event),
        holders=_holders(order, event),
        tickets=_tickets(order, event),
    )
    return replace(told, paid_at=event.paid_at) if isinstance(event, OrderPaid) else told


def _said(event: OrderEvent) -> dict[str, Any]:
    same = {name: getattr(event, name) for name in SAME}
    return {**same, "state": OrderState(event.state), "source": OrderSource(event.source)}


def _state_before(order: Order, event: OrderEvent) -> OrderState | None:
    if event.state != OrderState.DISPUTED:
        return None
    if isinstance(event, OrderDisputed):
        return order.state
    if isinstance(event, OrderRefundFailed):
        return OrderState.PARTIALLY_REFUNDED if _refunded(order, event) else OrderState.PAID
    return order.state_before


def _refunded(order: Order, event: OrderEvent) -> int:
    if isinstance(event, OrderRefunded):
        return order.refunded_amount + event.refunded_amount
    failed = event.failed_amount if isinstance(event, OrderRefundFailed) else 0
    return order.refunded_amount - failed


def _link_issue(order: Order, event: OrderEvent) -> int:
    """Links to another address end."""
    if not isinstance(event, OrderCustomerChanged):
        return order.link_issue
    return order.link_issue + int(email_key(event.previous_email) != email_key(event.customer.email))


def _holders(order: Order, event: OrderEvent) -> tuple[Holder, ...]:
    given = {ticket.seat for ticket in event.tickets} if isinstance(event, OrderTicketsTransferred) else set()
    return tuple(
        Holder(
            seat=each.seat,
            person=Person(first_name=each.first_name, last_name=each.last_name, email=each.email),
            transfers=order.transfers_of(each.seat) + int(each.seat in given),
        )
        for each in event.holders
    )


def _tickets(order: Order, event: OrderEvent) -> tuple[TicketCode, ...]:
    return order.with_tickets(event.tickets).tickets if isinstance(event, _WITH_NEW_TICKETS) else order.tickets
