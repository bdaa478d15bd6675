"""Makes the message of a delivery, at the moment it is sent: with what is known then."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chassis.calendars import CalendarEntry, calendar_file
from chassis.clock import Clock
from chassis.ids import display_number
from events import CatalogueCityChanged
from languages import in_this_language
from notifier.channels import gsm7
from notifier.channels.domain import Message
from notifier.channels.email import Attachment, EmailMessage, header
from notifier.channels.sms import SmsMessage
from notifier.deliveries.composing import NotYet
from notifier.deliveries.domain import Delivery
from notifier.deliveries.store import Claimable
from notifier.messages.confirmations import ConfirmationWords, confirmation_words
from notifier.messages.domain import SALE, WITH_TICKETS, ConfirmationFacts, Installation, SaleFacts, city_of, sale_words
from notifier.messages.openings import opening
from notifier.messages.qr import qr_png
from notifier.messages.stock_view import StockView
from notifier.texts.templates import BrandWords, Templates


class MessageComposer:
    """Composes messages, with a method for each kind; an unknown kind is a bug, and its messages wait for a fix."""

    def __init__(
        self, *, stock_view: StockView, templates: Templates, installation: Installation, clock: Clock
    ) -> None:
        self._stock_view = stock_view
        self._templates = templates
        self._installation = installation
        self._clock = clock

    async def compose(self, claimed: Claimable) -> Message:
        """Raises NotYet while the order's city isn't known here."""
        if claimed.delivery.kind == SALE:
            return self._sale(claimed.delivery, SaleFacts.model_validate(claimed.content))
        if claimed.delivery.kind in WITH_TICKETS:
            facts = ConfirmationFacts.model_validate(claimed.content)
            city_id = city_of(facts.order)
            city = self._stock_view.city(city_id)
            if city is None:
                raise NotYet(f"The city {city_id} is not known here yet.")
            return await asyncio.to_thread(self._confirmation, claimed.delivery, facts, city)
        raise LookupError(f"no template for {claimed.delivery.kind}")

    def marker(self, delivery: Delivery, content: dict[str, Any]) -> str:
        if delivery.kind == SALE:
            return f"Order {display_number(str(content['number']))}"
        return display_number(str(content["order"]["number"]))

    def _sale(self, delivery: Delivery, facts: SaleFacts) -> SmsMessage:
        now = self._clock.now()
        city, levels = self._stock_view.city(facts.city_id), self._stock_view.levels(facts.city_id)
        words = sale_words(facts, city=city, levels=levels, now=now, zone=self._installation.zone)

        def written(city_name: str, wide: bool) -> str:
            return self._templates.sms("sale", words=replace(words, city=city_name), wide=wide)

        text = gsm7.fitted(written, words.city)
        return SmsMessage(
            delivery_id=delivery.id,
            to=delivery.recipient,
            text=text,
            segments=gsm7.segments(text),
            valid_for=_left(delivery, now),
        )

    def _confirmation(self, delivery: Delivery, facts: ConfirmationFacts, city: CatalogueCityChanged) -> EmailMessage:
        order, brand = facts.order, BrandWords.of(self._installation.brand())
        words = confirmation_words(order, city)
        begins = opening(delivery.kind, facts, words)
        name = "confirmation" if begins.tickets else "oversold"
        values: dict[str, object] = {
            "brand": brand,
            "words": words,
            "headline": begins.headline,
            "title": begins.subject,
            "preview": begins.preview,
            "note": begins.note,
            "link": in_this_language(order.link),
            "find": in_this_language(f"{self._installation.public_url}/find-my-purchase"),
        }
        return EmailMessage(
            delivery_id=delivery.id,
            to=delivery.recipient,
            to_name=header(f"{order.customer.first_name} {order.customer.last_name}"),
            subject=header(begins.subject),
            text=self._templates.text(name, **values),
            html=self._templates.html(name, **values),
            attachments=self._attachments(facts, city, words, brand.name) if begins.tickets else (),
        )

    def _attachments(
        self, facts: ConfirmationFacts, city: CatalogueCityChanged, words: ConfirmationWords, business: str
    ) -> tuple[Attachment, ...]:
        entry = CalendarEntry(
            order_id=facts.order.order_id,
            number=facts.order.number,
            seats=len(facts.order.seats),
            business=business,
            written_at=facts.order.paid_at,
        )
        return (
            *qr_attachments(words),
            Attachment(
                filename=f"{city.city_id}.ics", content_type="text/calendar", content=calendar_file(entry, city)
            ),
        )


def qr_attachments(words: ConfirmationWords) -> tuple[Attachment, ...]:
    """The codes as pictures, one for each ticket."""
    return tuple(
        Attachment(
            filename=f"{stub.number}.png",
            content_type="image/png",
            content=qr_png(stub.code),
            content_id=stub.content_id,
        )
        for stub in words.stubs
    )


def _left(delivery: Delivery, now: datetime) -> timedelta | None:
    """What is left of the time to live: the provider needn't try for longer."""
    return delivery.expires_at - now if delivery.expires_at is not None else None
