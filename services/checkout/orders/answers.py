"""An order as its buyer, and as staff, may see it (C-6, X-3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from chassis.ids import display_number
from chassis.telemetry.masking import mask_email, mask_phone
from checkout.orders.domain import NOT_FULFILLED, Fulfilment, HistoryEntry, Order
from checkout.orders.states import HOLDING
from events import TicketCode


def order_answer(
    order: Order, history: Sequence[HistoryEntry], fulfilment: Fulfilment | None, *, codes: bool, personal: bool
) -> dict[str, Any]:
    """`codes`: with the ticket codes, which open the door; `personal`: with the customer's data unmasked."""
    return {
        **order_row(order, codes=codes, personal=personal),
        "history": [_entry(entry) for entry in history],
        "fulfilment": _fulfilment(fulfilment or NOT_FULFILLED),
    }


def order_row(order: Order, *, codes: bool, personal: bool) -> dict[str, Any]:
    """X-3's fields without the history."""
    holding = order.state in HOLDING
    return {
        "orderId": order.order_id,
        "number": order.number,
        "displayNumber": display_number(order.number),
        "state": order.state,
        "version": order.version,
        "cityId": order.city_ids[0] if order.city_ids else None,
        "lines": [line.model_dump(by_alias=True) for line in order.lines],
        "seats": [seat.model_dump(by_alias=True) for seat in order.seats],
        "amount": order.amount,
        "discountTotal": order.discount_total,
        "refundedAmount": order.refunded_amount,
        "currency": order.currency,
        "tickets": [_ticket(order, ticket, code=ticket.code if codes else None) for ticket in order.tickets],
        "customer": _customer(order, personal=personal),
        "member": order.member,
        "memberVerified": order.member_verified,
        "discountCode": order.discount_code,
        "businessType": order.business_type,
        "paymentMethod": order.payment_method,
        "source": order.source,
        "liveMode": order.live_mode,
        "placedAt": order.placed_at,
        "paidAt": order.paid_at,
        "holdExpiresAt": order.promised_until if holding else None,
    }


def delivery_state(fulfilment: Fulfilment, channel: str) -> str:
    """How far the newest message of a channel is: waiting, queued, sent, delivered, failed or suppressed."""
    newest = fulfilment.newest(channel)
    return newest.state if newest else "waiting"


def _ticket(order: Order, ticket: TicketCode, *, code: str | None) -> dict[str, Any]:
    number = f"{display_number(order.number)}-{ticket.seat}"
    tier = next(seat.tier for seat in order.seats if seat.seat == ticket.seat)
    return {"seat": ticket.seat, "tier": tier, "number": number, **({"code": code} if code else {})}


def _customer(order: Order, *, personal: bool) -> dict[str, Any]:
    customer = order.customer
    if personal:
        return customer.model_dump(by_alias=True)
    return {
        "firstName": f"{customer.first_name[:1]}.",
        "lastName": f"{customer.last_name[:1]}.",
        "email": mask_email(customer.email),
        "phone": mask_phone(customer.phone) if customer.phone else None,
        "kind": customer.kind,
    }


def _entry(entry: HistoryEntry) -> dict[str, Any]:
    return {
        "version": entry.version,
        "from": entry.state_from,
        "to": entry.state_to,
        "refused": entry.refused,
        "who": entry.cause.who,
        "why": entry.cause.why,
        "eventId": entry.cause.event_id,
        "at": entry.at,
    }


def _fulfilment(fulfilment: Fulfilment) -> dict[str, Any]:
    return {
        "soldAt": fulfilment.sold_at,
        "oversold": fulfilment.oversold,
        "sms": delivery_state(fulfilment, "sms"),
        "email": delivery_state(fulfilment, "email"),
        "deliveries": list(_deliveries(fulfilment)),
    }


def _deliveries(fulfilment: Fulfilment) -> Iterable[dict[str, Any]]:
    for delivery in fulfilment.deliveries:
        yield {
            "channel": delivery.channel,
            "kind": delivery.kind,
            "state": delivery.state,
            "changedAt": delivery.changed_at,
        }
