"""E-mails to the customer of an appointment: a receipt when it is paid, and word of money that went back (P-11)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime

from chassis import formats
from chassis.money import Money
from events import AppointmentDetails, Part
from events.base import MinorUnits
from languages import gettext, in_this_language
from notifier.channels.domain import Message
from notifier.channels.email import EmailMessage, header
from notifier.deliveries.domain import Delivery
from notifier.deliveries.store import Claimable
from notifier.messages.domain import Installation
from notifier.texts.templates import BrandWords, Templates

APPOINTMENT_PAID: Final = "appointment_paid"
APPOINTMENT_REFUND: Final = "appointment_refund"
APPOINTMENT_KINDS: Final = (APPOINTMENT_PAID, APPOINTMENT_REFUND)
# Spelled otherwise than with one capital at the beginning.
_PROCESSORS: Final = {"paypal": "PayPal"}


class AppointmentFacts(Part):
    """What the customer is told of the money of an appointment.

    appointment_id: its number
    customer: whose it is, and what else there is to say of it
    processor: who took the money, such as square
    amount, currency: what was paid, or went back, in minor units
    at: when that was known
    surplus: whether what went back had come for what was paid or cancelled already
    """

    appointment_id: int
    customer: AppointmentDetails
    processor: str
    amount: MinorUnits
    currency: str
    at: AwareDatetime
    surplus: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentWords:
    """The words of such an e-mail; each is text as people read it.

    subject, headline: what happened
    what: `Appointment with Robin Hale`
    when: when it begins
    amount: `$250.00`
    through: `Square`
    at: the day on which it was paid
    appointment: its number
    surplus: whether the money had come for nothing
    """

    subject: str
    headline: str
    what: str
    when: str
    amount: str
    through: str
    at: str
    appointment: int
    surplus: bool


class AppointmentComposer:
    """Composes them by the business's clock."""

    def __init__(self, *, templates: Templates, installation: Installation) -> None:
        self._templates = templates
        self._installation = installation

    async def compose(self, claimed: Claimable) -> Message:
        facts = AppointmentFacts.model_validate(claimed.content)
        return await asyncio.to_thread(self._mail, claimed.delivery, facts)

    def marker(self, _delivery: Delivery, content: dict[str, Any]) -> str:
        """The link, which e-mails of no other appointment have."""
        return str(content["customer"]["link"])

    def _mail(self, delivery: Delivery, facts: AppointmentFacts) -> EmailMessage:
        words = appointment_words(delivery.kind, facts, zone=self._installation.zone)
        values: dict[str, object] = {
            "brand": BrandWords.of(self._installation.brand()),
            "words": words,
            "headline": words.headline,
            "title": words.subject,
            "preview": words.subject,
            "link": in_this_language(facts.customer.link),
        }
        return EmailMessage(
            delivery_id=delivery.id,
            to=delivery.recipient,
            to_name="",
            subject=header(words.subject),
            text=self._templates.text(delivery.kind, **values),
            html=self._templates.html(delivery.kind, **values),
        )


def appointment_words(kind: str, facts: AppointmentFacts, *, zone: ZoneInfo) -> AppointmentWords:
    """The words for these facts."""
    what = gettext("Appointment with %(name)s", name=facts.customer.provider_name)
    subject, headline = gettext("Receipt: %(what)s", what=what), gettext("Thank you, it is paid.")
    if kind == APPOINTMENT_REFUND:
        subject, headline = gettext("Refund: %(what)s", what=what), gettext("Your money is on its way back.")
    return AppointmentWords(
        subject=subject,
        headline=headline,
        what=what,
        when=formats.day_and_zoned_time(facts.customer.starts, zone.key),
        amount=formats.money(Money(facts.amount, facts.currency)),
        through=_PROCESSORS.get(facts.processor, facts.processor.title()),
        at=formats.dated(facts.at, zone.key),
        appointment=facts.appointment_id,
        surplus=facts.surplus,
    )
