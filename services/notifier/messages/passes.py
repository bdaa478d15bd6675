"""E-mails to who has a pass: what a new one is good for and where it is shown, and that one ends soon (C-9)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final, Self
from uuid import UUID

from pydantic import AwareDatetime

from chassis import formats
from chassis.ids import display_number
from events import OrderCustomer, Part, PassEnding, PassGranted
from events.base import SecretText
from languages import gettext, in_this_language, ngettext
from notifier.channels.domain import Message
from notifier.channels.email import EmailMessage, header
from notifier.deliveries.domain import Delivery
from notifier.deliveries.store import Claimable
from notifier.messages.domain import Installation, addressed
from notifier.texts.templates import BrandWords, Templates

PASS_GRANTED: Final = "pass_granted"  # noqa: S105 no password
PASS_ENDING: Final = "pass_ending"  # noqa: S105 no password


class PassFacts(Part):
    """What somebody with a pass is told.

    order_id, number: the order that it came with
    name: what kind of pass it is
    entries: how many it is good for now
    valid_until: from then on it is good no more
    customer: whose it is
    link: the page of all passes of that customer
    """

    order_id: UUID
    number: str
    name: str
    entries: int
    valid_until: AwareDatetime
    customer: OrderCustomer
    link: SecretText

    @classmethod
    def of(cls, event: PassGranted | PassEnding) -> Self:
        return cls(
            order_id=event.order_id,
            number=event.order_number,
            name=event.name,
            entries=event.entries_left,
            valid_until=event.valid_until,
            customer=event.customer,
            link=event.link,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PassWords:
    """The words of such an e-mail; each is text as people read it.

    name: the kind of pass
    entries: `10 entries`
    until: the last day: `March 4, 2027`
    number: the order's number: `7K3M-2QXD`
    """

    name: str
    entries: str
    until: str
    number: str


class PassComposer:
    """Composes it."""

    def __init__(self, *, templates: Templates, installation: Installation) -> None:
        self._templates = templates
        self._installation = installation

    async def compose(self, claimed: Claimable) -> Message:
        facts = PassFacts.model_validate(claimed.content)
        words = pass_words(facts, zone=self._installation.zone.key)
        return await asyncio.to_thread(self._mail, claimed.delivery, facts, words)

    def marker(self, _delivery: Delivery, content: dict[str, Any]) -> str:
        """The order's number."""
        return display_number(str(content["number"]))

    def _mail(self, delivery: Delivery, facts: PassFacts, words: PassWords) -> EmailMessage:
        customer, ending = facts.customer, delivery.kind == PASS_ENDING
        said = gettext("Your pass ends soon") if ending else gettext("Your pass is ready")
        subject = gettext("Your pass: %(name)s", name=words.name)
        if ending:
            subject = gettext("Your pass ends soon: %(name)s", name=words.name)
        values: dict[str, object] = {
            "brand": BrandWords.of(self._installation.brand()),
            "words": words,
            "headline": addressed(said, customer.first_name),
            "title": subject,
            "preview": gettext("%(entries)s, good until %(day)s.", entries=words.entries, day=words.until),
            "link": in_this_language(facts.link),
            "find": in_this_language(f"{self._installation.public_url}/find-my-purchase"),
        }
        return EmailMessage(
            delivery_id=delivery.id,
            to=delivery.recipient,
            to_name=header(f"{customer.first_name} {customer.last_name}".strip()),
            subject=header(subject),
            text=self._templates.text(delivery.kind, **values),
            html=self._templates.html(delivery.kind, **values),
        )


def pass_words(facts: PassFacts, *, zone: str) -> PassWords:
    """The words for these facts; the day is the business's."""
    return PassWords(
        name=facts.name,
        entries=ngettext("%(count)s entry", "%(count)s entries", facts.entries),
        until=formats.dated(facts.valid_until, zone),
        number=display_number(facts.number),
    )
