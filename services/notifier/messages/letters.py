"""E-mails to a buyer about money: it did not come, it goes back, or it was taken twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self
from uuid import UUID

from chassis import formats
from chassis.ids import display_number
from chassis.money import Money
from events import (
    CatalogueCityChanged,
    OrderCustomer,
    OrderCustomerChanged,
    OrderEvent,
    OrderPaid,
    OrderPaymentFailed,
    OrderRefunded,
    OrderSeat,
    OrderState,
    Part,
    PaymentSecondCharge,
    SeatState,
)
from events.base import MinorUnits, SecretText
from languages import gettext, gettext_noop, in_this_language, ngettext, translate
from notifier.channels.domain import Message
from notifier.channels.email import EmailMessage, header
from notifier.deliveries.domain import Delivery
from notifier.deliveries.store import Claimable
from notifier.messages.domain import Installation, addressed, city_of, where
from notifier.messages.passes import PassFacts
from notifier.messages.stock_view import StockView
from notifier.texts.templates import BrandWords, Templates

PAYMENT_FAILED: Final = "payment_failed"
REFUND: Final = "refund"
SECOND_CHARGE: Final = "second_charge"
ADDRESS_LEFT: Final = "address_left"


class PaymentFailedFacts(Part):
    """What a buyer is told whose money won't come.

    order: the order as it failed
    """

    order: OrderPaymentFailed


class RefundFacts(Part):
    """What a buyer is told who gets money back.

    order: the order after the refund
    oversold: whether there are seats of it that no limit has room for
    """

    order: OrderRefunded
    oversold: bool = False


class PassOrder(Part):
    """A paid order of a pass, as far as the e-mail of that pass has told.

    order_id, number: the order's
    name: what kind of pass it is
    customer: whose it is
    link: the page of all passes of that customer
    amount, currency: what was taken twice, in minor units
    seats: it has none
    """

    order_id: UUID
    number: str
    name: str
    customer: OrderCustomer
    link: SecretText
    amount: MinorUnits
    currency: str
    seats: tuple[OrderSeat, ...] = ()

    @classmethod
    def of(cls, told: PassFacts, charge: PaymentSecondCharge) -> Self:
        """The order of a pass that was paid twice."""
        return cls(
            order_id=told.order_id,
            number=told.number,
            name=told.name,
            customer=told.customer,
            link=told.link,
            amount=charge.amount,
            currency=charge.currency,
        )


class SecondChargeFacts(Part):
    """What a buyer is told who was charged twice.

    order: the order, which stays paid
    amount: what goes back, in minor units of the order's currency
    """

    order: OrderPaid | PassOrder
    amount: MinorUnits


class AddressLeftFacts(Part):
    """What the address is told that an order had before; not whose it is now, nor where it goes.

    order: the order after the change
    """

    order: OrderCustomerChanged


Facts = PaymentFailedFacts | RefundFacts | SecondChargeFacts | AddressLeftFacts
_FACTS: Final[dict[str, type[Facts]]] = {
    PAYMENT_FAILED: PaymentFailedFacts,
    REFUND: RefundFacts,
    SECOND_CHARGE: SecondChargeFacts,
    ADDRESS_LEFT: AddressLeftFacts,
}
LETTERS: Final = tuple(_FACTS)
_SORRY: Final = gettext_noop("There were not enough seats left when you paid. That was our mistake, and we are sorry.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterWords:
    """The words of such an e-mail; each is text as people read it.

    subject: the e-mail's subject
    headline: what happened
    what: the seats, their city and days: `2 seats in Dallas, January 24–25`
    amount: what it is about: `$958.40`; empty where the order cost nothing
    seated: whether it is about seats
    tickets: what became of the tickets; empty where there never were any
    number: the order's number: `7K3M-2QXD`
    """

    subject: str
    headline: str
    what: str
    amount: str
    seated: bool
    tickets: str
    number: str


class LetterComposer:
    """Composes them, with what is known of the city when they are sent."""

    def __init__(self, *, stock_view: StockView, templates: Templates, installation: Installation) -> None:
        self._stock_view = stock_view
        self._templates = templates
        self._installation = installation

    async def compose(self, claimed: Claimable) -> Message:
        """Raises LookupError for a kind that is none of these."""
        kind = claimed.delivery.kind
        facts = _FACTS[kind].model_validate(claimed.content)
        order = facts.order
        city = self._stock_view.city(city_of(order)) if not isinstance(order, PassOrder) and order.seats else None
        words = letter_words(facts, city)
        return await asyncio.to_thread(self._mail, claimed.delivery, order, words)

    def marker(self, _delivery: Delivery, content: dict[str, Any]) -> str:
        """The order's number."""
        return display_number(str(content["order"]["number"]))

    def _mail(self, delivery: Delivery, order: OrderEvent | PassOrder, words: LetterWords) -> EmailMessage:
        values: dict[str, object] = {
            "brand": BrandWords.of(self._installation.brand()),
            "words": words,
            "headline": words.headline,
            "title": words.subject,
            "preview": words.subject,
            "link": in_this_language(order.link),
            "find": in_this_language(f"{self._installation.public_url}/find-my-purchase"),
            "shop": in_this_language(self._installation.public_url),
        }
        return EmailMessage(
            delivery_id=delivery.id,
            to=delivery.recipient,
            to_name=_to_name(order),
            subject=header(words.subject),
            text=self._templates.text(delivery.kind, **values),
            html=self._templates.html(delivery.kind, **values),
        )


def _to_name(order: OrderEvent | PassOrder) -> str:
    """The customer's; who was the customer before is not told who is now."""
    customer = order.customer
    return "" if isinstance(order, OrderCustomerChanged) else header(f"{customer.first_name} {customer.last_name}")


def letter_words(facts: Facts, city: CatalogueCityChanged | None) -> LetterWords:
    """The words for these facts; a city that is not known is called by its id."""
    order, name = facts.order, facts.order.customer.first_name
    what = _what(order, city)
    amount, tickets = order.amount, ""
    if isinstance(facts, PaymentFailedFacts):
        subject, said = gettext("Not paid: %(what)s", what=what), gettext("Your bank refused the payment")
    elif isinstance(facts, RefundFacts):
        amount = facts.order.refunded_amount
        tickets = translate(_SORRY) if facts.oversold else _tickets(facts.order)
        subject, said = gettext("Refund for %(what)s", what=what), gettext("Your money is on its way back")
        if order.amount == 0:
            subject, said = gettext("Cancelled: %(what)s", what=what), gettext("Your order is cancelled")
    elif isinstance(facts, AddressLeftFacts):
        subject, said = gettext("New address: %(what)s", what=what), gettext("Your order has a new address")
        name = ""
    else:
        amount, tickets = facts.amount, _stays(order)
        subject = gettext("You were charged twice: your money is on its way back")
        said = gettext("You were charged twice")
    return LetterWords(
        subject=subject,
        headline=addressed(said, name),
        what=what,
        amount=formats.money(Money(amount, order.currency)) if order.amount else "",
        seated=bool(order.seats),
        tickets=tickets,
        number=display_number(order.number),
    )


def _stays(order: OrderEvent | PassOrder) -> str:
    if order.seats:
        return gettext("Your order stays paid, and your tickets stay valid.")
    return gettext("Your order stays paid, and your pass stays valid.")


def _what(order: OrderEvent | PassOrder, city: CatalogueCityChanged | None) -> str:
    """What it is about: the seats that are refunded singly, else all of the order."""
    if isinstance(order, PassOrder):
        return order.name
    if not order.seats:
        return formats.listing([line.name or line.item_id for line in order.lines])
    count, single = len(order.seats), len(order.refunded_seats) if isinstance(order, OrderRefunded) else 0
    seats = ngettext("%(count)s seat", "%(count)s seats", count)
    if 0 < single < count:
        seats = gettext("%(number)s of %(seats)s", number=single, seats=seats)
    return where(seats, city, city_id=city_of(order))


def _tickets(order: OrderRefunded) -> str:
    """Which tickets ended, and which let people in as before; a refund at the processor may name no seats."""
    if not order.seats:
        over = order.state == OrderState.REFUNDED
        return gettext("Your pass is no longer valid.") if over else gettext("Your pass stays valid.")
    valid = [seat.seat for seat in order.seats if seat.state == SeatState.SOLD]
    if order.state == OrderState.REFUNDED or not valid:
        return ngettext("Your ticket is no longer valid.", "Your tickets are no longer valid.", len(order.seats))
    if len(valid) == len(order.seats):
        return ngettext("Your ticket stays valid.", "Your tickets stay valid.", len(valid))
    ended = _ended(order.refunded_seats) if order.refunded_seats else ""
    return f"{ended} {_valid(valid)}".strip()


def _ended(seats: Sequence[int]) -> str:
    return ngettext(
        "The ticket for seat %(seats)s is no longer valid.",
        "The tickets for seats %(seats)s are no longer valid.",
        len(seats),
        seats=_named(seats),
    )


def _valid(seats: Sequence[int]) -> str:
    return ngettext(
        "Your ticket for seat %(seats)s stays valid.",
        "Your tickets for seats %(seats)s stay valid.",
        len(seats),
        seats=_named(seats),
    )


def _named(seats: Sequence[int]) -> str:
    return formats.listing([str(seat) for seat in seats])
