"""E-mails to a buyer about money: it did not come, it goes back, or it was taken twice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from chassis import formats
from chassis.ids import display_number
from chassis.money import Money
from events import (
    CatalogueCityChanged,
    OrderEvent,
    OrderPaid,
    OrderPaymentFailed,
    OrderRefunded,
    OrderState,
    Part,
    SeatState,
)
from events.base import MinorUnits
from notifier.channels.domain import Message
from notifier.channels.email import EmailMessage, header
from notifier.deliveries.domain import Delivery
from notifier.deliveries.store import Claimable
from notifier.messages.domain import Installation, addressed, city_of
from notifier.messages.stock_view import StockView
from notifier.texts.templates import BrandWords, Templates

PAYMENT_FAILED: Final = "payment_failed"
REFUND: Final = "refund"
SECOND_CHARGE: Final = "second_charge"


class PaymentFailedFacts(Part):
    """What a buyer is told whose money won't come.

    order: the order as it failed
    """

    order: OrderPaymentFailed


class RefundFacts(Part):
    """What a buyer is told who gets money back.

    order: the order after the refund
    """

    order: OrderRefunded


class SecondChargeFacts(Part):
    """What a buyer is told who was charged twice.

    order: the order, which stays paid
    amount: what goes back, in minor units of the order's currency
    """

    order: OrderPaid
    amount: MinorUnits


Facts = PaymentFailedFacts | RefundFacts | SecondChargeFacts
_FACTS: Final[dict[str, type[Facts]]] = {
    PAYMENT_FAILED: PaymentFailedFacts,
    REFUND: RefundFacts,
    SECOND_CHARGE: SecondChargeFacts,
}
LETTERS: Final = tuple(_FACTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterWords:
    """The words of such an e-mail; each is text as people read it.

    subject: the e-mail's subject
    headline: what happened
    what: the seats, their city and days: `2 seats in Dallas, January 24–25`
    amount: what it is about: `$958.40`
    tickets: what became of the tickets; empty where there never were any
    number: the order's number: `7K3M-2QXD`
    """

    subject: str
    headline: str
    what: str
    amount: str
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
        words = letter_words(facts, self._stock_view.city(city_of(facts.order)))
        return await asyncio.to_thread(self._mail, claimed.delivery, facts.order, words)

    def marker(self, _delivery: Delivery, content: dict[str, Any]) -> str:
        """The order's number."""
        return f"Order {display_number(str(content['order']['number']))}"

    def _mail(self, delivery: Delivery, order: OrderEvent, words: LetterWords) -> EmailMessage:
        values: dict[str, object] = {
            "brand": BrandWords.of(self._installation.brand()),
            "words": words,
            "headline": words.headline,
            "title": words.subject,
            "preview": words.subject,
            "link": order.link,
            "shop": self._installation.public_url,
        }
        return EmailMessage(
            delivery_id=delivery.id,
            to=delivery.recipient,
            to_name=header(f"{order.customer.first_name} {order.customer.last_name}"),
            subject=header(words.subject),
            text=self._templates.text(delivery.kind, **values),
            html=self._templates.html(delivery.kind, **values),
        )


def letter_words(facts: Facts, city: CatalogueCityChanged | None) -> LetterWords:
    """The words for these facts; a city that is not known is called by its id."""
    order, name = facts.order, facts.order.customer.first_name
    what = _what(order, city)
    if isinstance(facts, PaymentFailedFacts):
        subject, said, amount, tickets = f"Not paid: {what}", "Your bank refused the payment", order.amount, ""
    elif isinstance(facts, RefundFacts):
        amount, tickets = facts.order.refunded_amount, _tickets(facts.order)
        subject, said = f"Refund for {what}", "Your money is on its way back"
    else:
        amount, tickets = facts.amount, "Your order stays paid, and your tickets stay valid."
        subject, said = "You were charged twice: your money is on its way back", "You were charged twice"
    return LetterWords(
        subject=subject,
        headline=addressed(said, name),
        what=what,
        amount=formats.money(Money(amount, order.currency)),
        tickets=tickets,
        number=display_number(order.number),
    )


def _what(order: OrderEvent, city: CatalogueCityChanged | None) -> str:
    seats = "1 seat" if len(order.seats) == 1 else f"{len(order.seats)} seats"
    if city is None:
        return f"{seats} in {city_of(order)}"
    days = formats.day_range(city.starts, city.ends, city.time_zone, month=formats.LONG_MONTH)
    return f"{seats} in {city.name}, {days}"


def _tickets(order: OrderRefunded) -> str:
    """What became of the tickets; a refund at the processor may name no seats."""
    whole = order.state == OrderState.REFUNDED
    if whole or not any(seat.state == SeatState.SOLD for seat in order.seats):
        return "Your ticket is no longer valid." if len(order.seats) == 1 else "Your tickets are no longer valid."
    gone = [str(seat) for seat in order.refunded_seats]
    if not gone:
        return "Your ticket stays valid." if len(order.seats) == 1 else "Your tickets stay valid."
    if len(gone) == 1:
        return f"The ticket for seat {gone[0]} is no longer valid. Your others stay valid."
    return f"The tickets for seats {', '.join(gone[:-1])} and {gone[-1]} are no longer valid. Your others stay valid."
