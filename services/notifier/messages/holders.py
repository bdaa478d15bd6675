"""E-mails about tickets that were given to somebody: to whom has them now, and to whom had them (C-6)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from chassis import formats
from chassis.ids import display_number
from events import (
    CatalogueCityChanged,
    OrderEvent,
    OrderPaid,
    OrderRefunded,
    OrderTicketsTransferred,
    Part,
    TicketCode,
    TicketHolder,
)
from events.base import PersonalText, SecretText
from languages import gettext, in_this_language
from notifier.channels.domain import Message
from notifier.channels.email import EmailMessage, header
from notifier.deliveries.composing import NotYet
from notifier.deliveries.domain import Delivery
from notifier.deliveries.store import Claimable
from notifier.messages.composer import qr_attachments
from notifier.messages.confirmations import ConfirmationWords, confirmation_words
from notifier.messages.domain import Installation, addressed, city_of
from notifier.messages.stock_view import StockView
from notifier.texts.templates import BrandWords, Templates

TICKET_GIVEN: Final = "ticket_given"
TICKET_LEFT: Final = "ticket_left"
TICKET_ENDED: Final = "ticket_ended"
HOLDER_KINDS: Final = (TICKET_GIVEN, TICKET_LEFT, TICKET_ENDED)


class HolderFacts(Part):
    """What somebody is told whom tickets were given to, or who gave them.

    order: what the person may know of the order: with the seats and tickets that it is about, and no other
    email, first_name: whom it is told
    link: the page of the ticket, or of the order for its buyer; empty for whoever has nothing any more
    given_to: who has them now, where that is somebody else
    """

    order: OrderPaid
    email: PersonalText
    first_name: PersonalText
    link: SecretText = ""
    given_to: PersonalText = ""


def given_facts(order: OrderPaid, event: OrderEvent, tickets: Sequence[TicketCode]) -> list[HolderFacts]:
    """To whom tickets were given: each of those that the event brings, with the code."""
    brought = {ticket.seat for ticket in tickets}
    return [
        HolderFacts(
            order=_part(order, event, holder, tickets),
            email=holder.email,
            first_name=holder.first_name,
            link=holder.link,
        )
        for holder in event.holders
        if holder.seat in brought
    ]


def left_facts(order: OrderPaid, event: OrderTicketsTransferred) -> list[HolderFacts]:
    """To whoever had tickets that are somebody else's now: to the buyer with the link to the order."""
    brought, before = {ticket.seat for ticket in event.tickets}, {each.seat: each for each in event.previous_holders}
    buyer = event.customer
    return [
        HolderFacts(
            order=_part(order, event, holder, ()),
            email=before[holder.seat].email if holder.seat in before else buyer.email,
            first_name=before[holder.seat].first_name if holder.seat in before else buyer.first_name,
            link="" if holder.seat in before else event.link or "",
            given_to=f"{holder.first_name} {holder.last_name} ({holder.email})",
        )
        for holder in event.holders
        if holder.seat in brought
    ]


def ended_facts(order: OrderPaid, event: OrderRefunded) -> list[HolderFacts]:
    """To whom tickets were given that end with a refund."""
    return [
        HolderFacts(order=_part(order, event, holder, ()), email=holder.email, first_name=holder.first_name)
        for holder in event.holders
        if holder.seat in event.refunded_seats
    ]


def _part(order: OrderPaid, event: OrderEvent, holder: TicketHolder, tickets: Sequence[TicketCode]) -> OrderPaid:
    """The order as whoever has only this ticket may know it: nothing of its buyer, and of no other seat."""
    person = order.customer.model_copy(
        update={"first_name": holder.first_name, "last_name": holder.last_name, "email": holder.email, "phone": None}
    )
    mine = {
        "version": event.version,
        "customer": person,
        "seats": tuple(each for each in event.seats if each.seat == holder.seat),
        "tickets": tuple(each for each in tickets if each.seat == holder.seat),
        "holders": (holder,),
        "link": None,
    }
    return order.model_copy(update=mine)


class HolderComposer:
    """Composes them, with what is known of the city when they are sent."""

    def __init__(self, *, stock_view: StockView, templates: Templates, installation: Installation) -> None:
        self._stock_view = stock_view
        self._templates = templates
        self._installation = installation

    async def compose(self, claimed: Claimable) -> Message:
        """Raises NotYet while the order's city isn't known here."""
        facts = HolderFacts.model_validate(claimed.content)
        city_id = city_of(facts.order)
        city = self._stock_view.city(city_id)
        if city is None:
            raise NotYet(f"The city {city_id} is not known here yet.")
        return await asyncio.to_thread(self._mail, claimed.delivery, facts, city)

    def marker(self, _delivery: Delivery, content: dict[str, Any]) -> str:
        """The order's number."""
        return f"Order {display_number(str(content['order']['number']))}"

    def _mail(self, delivery: Delivery, facts: HolderFacts, city: CatalogueCityChanged) -> EmailMessage:
        words = confirmation_words(facts.order, city)
        given = delivery.kind == TICKET_GIVEN
        headline, sentences = _said(delivery.kind, facts, words, city)
        name = "ticket_given" if given else "ticket_note"
        values: dict[str, object] = {
            "brand": BrandWords.of(self._installation.brand()),
            "words": words,
            "headline": addressed(headline, facts.first_name),
            "title": headline,
            "preview": sentences[0],
            "sentences": sentences,
            "link": in_this_language(facts.link),
            "find": in_this_language(f"{self._installation.public_url}/find-my-purchase"),
        }
        return EmailMessage(
            delivery_id=delivery.id,
            to=delivery.recipient,
            to_name=header(facts.first_name),
            subject=header(f"{headline}: {city.name}, {_days(city)}"),
            text=self._templates.text(name, **values),
            html=self._templates.html(name, **values),
            attachments=qr_attachments(words) if given else (),
        )


def _said(
    kind: str, facts: HolderFacts, words: ConfirmationWords, city: CatalogueCityChanged
) -> tuple[str, tuple[str, ...]]:
    number = f"{words.number}-{facts.order.seats[0].seat}"
    where = f"{city.name}, {_days(city)}"
    match kind:
        case "ticket_given":
            return gettext("You have a ticket"), (
                gettext(
                    "A ticket for %(where)s, is yours. This code lets you in, and the one before lets nobody in.",
                    where=where,
                ),
            )
        case "ticket_left":
            return gettext("A ticket was given away"), (
                gettext(
                    "Ticket %(number)s for %(where)s, belongs to %(person)s now. Its old code lets nobody in any more.",
                    number=number,
                    where=where,
                    person=facts.given_to,
                ),
                gettext("If it wasn’t you who gave it, write to us at once."),
            )
        case _:
            return gettext("Your ticket has ended"), (
                gettext(
                    "Ticket %(number)s for %(where)s, lets nobody in any more: its price went back to who paid.",
                    number=number,
                    where=where,
                ),
            )


def _days(city: CatalogueCityChanged) -> str:
    return formats.day_range(city.starts, city.ends, city.time_zone, long=True)
