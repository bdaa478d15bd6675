"""E-mails to who waits for seats: in line, seats are offered, the offer is over (I-10)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self
from urllib.parse import urlencode
from uuid import UUID

from pydantic import AwareDatetime

from chassis import formats
from chassis.clock import Clock
from events import CatalogueCityChanged, Part, WaitlistEvent, WaitlistOffered
from events.base import PersonalText, SecretText
from languages import ENGLISH, gettext, in_this_language, ngettext
from notifier.channels.domain import Message
from notifier.channels.email import EmailMessage, header
from notifier.deliveries.domain import Delivery
from notifier.deliveries.store import Claimable
from notifier.messages.domain import Installation, addressed, where
from notifier.messages.stock_view import StockView
from notifier.texts.templates import BrandWords, Templates

WAITLIST_JOINED: Final = "waitlist_joined"
WAITLIST_OFFERED: Final = "waitlist_offered"
WAITLIST_EXPIRED: Final = "waitlist_expired"
WAITING: Final = (WAITLIST_JOINED, WAITLIST_OFFERED, WAITLIST_EXPIRED)


class WaitingFacts(Part):
    """What somebody who waits is told.

    entry_id: the place in line
    city_id, quantity: what the person waits for
    email: the address
    first_name: how the person is addressed
    token: opens the place in line
    offered_until: when the offer ends by itself; None where none is told of
    language: in which the person is written to
    """

    entry_id: UUID
    city_id: str
    quantity: int
    email: PersonalText
    first_name: PersonalText
    token: SecretText
    offered_until: AwareDatetime | None = None
    language: str = ENGLISH.tag

    @classmethod
    def of(cls, event: WaitlistEvent) -> Self:
        return cls(
            entry_id=event.entry_id,
            city_id=event.city_id,
            quantity=event.quantity,
            email=event.email,
            first_name=event.first_name,
            token=event.token,
            offered_until=event.offered_until if isinstance(event, WaitlistOffered) else None,
            language=event.language,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingWords:
    """The words of such an e-mail; each is text as people read it.

    subject: the e-mail's subject
    headline: what happened
    what: the seats, their city and days: `2 seats in Dallas, January 24–25`
    until: when the offer ends: `3:40 PM`; empty where none is told of
    """

    subject: str
    headline: str
    what: str
    until: str


class WaitingComposer:
    """Composes them, with what is known of the city when they are sent."""

    def __init__(
        self, *, stock_view: StockView, templates: Templates, installation: Installation, clock: Clock
    ) -> None:
        self._stock_view = stock_view
        self._templates = templates
        self._installation = installation
        self._clock = clock

    async def compose(self, claimed: Claimable) -> Message:
        facts = WaitingFacts.model_validate(claimed.content)
        words = waiting_words(claimed.delivery.kind, facts, self._stock_view.city(facts.city_id), now=self._clock.now())
        return await asyncio.to_thread(self._mail, claimed.delivery, facts, words)

    def marker(self, _delivery: Delivery, content: dict[str, Any]) -> str:
        """The place in line, which the e-mail's link names."""
        return str(content["entryId"])

    def _mail(self, delivery: Delivery, facts: WaitingFacts, words: WaitingWords) -> EmailMessage:
        place = urlencode({"place": f"{facts.entry_id}.{facts.token}"})
        values: dict[str, object] = {
            "brand": BrandWords.of(self._installation.brand()),
            "words": words,
            "headline": words.headline,
            "title": words.subject,
            "preview": words.subject,
            "link": in_this_language(f"{self._installation.public_url}/waitlist/place?{place}"),
        }
        return EmailMessage(
            delivery_id=delivery.id,
            to=delivery.recipient,
            to_name=header(facts.first_name),
            subject=header(words.subject),
            text=self._templates.text(delivery.kind, **values),
            html=self._templates.html(delivery.kind, **values),
        )


def waiting_words(kind: str, facts: WaitingFacts, city: CatalogueCityChanged | None, *, now: datetime) -> WaitingWords:
    """The words for these facts; a city that is not known is called by its id."""
    what, until = _what(facts, city), _until(facts, city, now)
    said = {
        WAITLIST_JOINED: (gettext("You are in line for %(seats)s", seats=what), gettext("You are in line")),
        WAITLIST_OFFERED: (_yours(what, until), _held(facts.quantity)),
        WAITLIST_EXPIRED: (gettext("Your offer is over: %(seats)s", seats=what), gettext("Your offer is over")),
    }
    subject, headline = said[kind]
    return WaitingWords(subject=subject, headline=addressed(headline, facts.first_name), what=what, until=until)


def _held(quantity: int) -> str:
    return ngettext("We hold a seat for you", "We hold %(count)s seats for you", quantity)


def _yours(what: str, until: str) -> str:
    if until:
        return gettext("Yours until %(time)s: %(seats)s", time=until, seats=what)
    return gettext("Yours: %(seats)s", seats=what)


def _what(facts: WaitingFacts, city: CatalogueCityChanged | None) -> str:
    seats = ngettext("%(count)s seat", "%(count)s seats", facts.quantity)
    return where(seats, city, city_id=facts.city_id)


def _until(facts: WaitingFacts, city: CatalogueCityChanged | None, now: datetime) -> str:
    if facts.offered_until is None:
        return ""
    return formats.recent(facts.offered_until, city.time_zone if city else "UTC", now=now)
