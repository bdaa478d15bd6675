"""How far an order is, step by step: paid, tickets, e-mail. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from chassis import formats
from chassis.money import Money
from checkout.orders.domain import Order
from checkout.orders.fulfilment import Delivery, Fulfilment
from languages import gettext, gettext_noop, ngettext, translate

_METHODS: Final = MappingProxyType(
    {
        "card": gettext_noop("Card"),
        "us_bank_account": gettext_noop("Bank debit"),
        "apple_pay": "Apple Pay",
        "google_pay": "Google Pay",
        "link": "Link",
    }
)


@dataclass(frozen=True, slots=True)
class StepView:
    """A line of the order's trail."""

    done: bool
    title: str
    note: str
    time: str


def step_views(order: Order, fulfilment: Fulfilment, zone: str) -> Iterator[StepView]:
    """Paid, tickets, email: each with its time, or waiting."""
    paid, made = order.paid_at, order.paid_at if order.tickets else None
    kept = len(order.kept_seats)
    yield StepView(
        done=paid is not None,
        title=_paid_title(order) if paid else gettext("Checking your payment"),
        note=_method(order) if paid else "",
        time=_time(paid, zone),
    )
    yield StepView(
        done=made is not None,
        title=_tickets_title(kept, made=made is not None, paid=paid is not None),
        note="",
        time=_time(made, zone) if paid else "",
    )
    if paid is None:
        yield StepView(done=False, title=gettext("Email with your tickets"), note=order.customer.email, time="")
    else:
        yield _email_step(order.customer.email, fulfilment.newest("email"), zone)


def _paid_title(order: Order) -> str:
    return gettext("Paid %(amount)s", amount=_total(order)) if order.amount else gettext("Nothing to pay")


def _tickets_title(count: int, *, made: bool, paid: bool) -> str:
    if made:
        return ngettext("%(count)s ticket made", "%(count)s tickets made", count)
    if paid:
        return ngettext("%(count)s ticket, being made", "%(count)s tickets, being made", count)
    return ngettext("%(count)s ticket, once it is paid", "%(count)s tickets, once it is paid", count)


def _email_step(address: str, email: Delivery | None, zone: str) -> StepView:
    closing = gettext("%(address)s. You can close this page.", address=address)
    match email:
        case Delivery(state="sent"):
            return StepView(done=False, title=gettext("Email sent"), note=closing, time=_time(None, zone))
        case Delivery(state="delivered", changed_at=at):
            return StepView(done=True, title=gettext("Email delivered"), note=address, time=_time(at, zone))
        case Delivery(state="failed" | "suppressed", changed_at=at):
            note = gettext("%(address)s refused it. Print this page, or write to us.", address=address)
            return StepView(done=True, title=gettext("Email did not arrive"), note=note, time=_time(at, zone))
        case _:
            return StepView(done=False, title=gettext("Email on its way"), note=closing, time=_time(None, zone))


def _method(order: Order) -> str:
    method = order.payment_method or ""
    return translate(_METHODS.get(method, method.replace("_", " ").capitalize()))


def _total(order: Order) -> str:
    return formats.money(Money(order.amount, order.currency))


def _time(moment: datetime | None, zone: str) -> str:
    return formats.clock_time(moment, zone) if moment else gettext("now")
