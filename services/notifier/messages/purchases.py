"""The e-mail with the link to somebody's purchases (W-1)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final, Self
from uuid import UUID

from pydantic import AwareDatetime

from chassis import formats
from events import CustomerPurchasesRequested, Part
from events.base import PersonalText, SecretText
from languages import ENGLISH, gettext, gettext_noop, in_this_language, translate
from notifier.channels.domain import Message
from notifier.channels.email import EmailMessage, header
from notifier.deliveries.domain import Delivery
from notifier.deliveries.store import Claimable
from notifier.messages.domain import Installation, addressed
from notifier.texts.templates import BrandWords, Templates

PURCHASES: Final = "purchases"
_SUBJECT: Final = gettext_noop("The link to your purchases")


class PurchasesFacts(Part):
    """What somebody is told who looks for purchases.

    customer_id: stands for the address
    email: the address
    first_name: how the person is addressed
    link: shows the purchases
    ends_at: when the link ends
    language: in which the mail is written
    """

    customer_id: UUID
    email: PersonalText
    first_name: PersonalText
    link: SecretText
    ends_at: AwareDatetime
    language: str = ENGLISH.tag

    @classmethod
    def of(cls, event: CustomerPurchasesRequested) -> Self:
        return cls(
            customer_id=event.customer_id,
            email=event.email,
            first_name=event.first_name,
            link=event.link,
            ends_at=event.ends_at,
            language=event.language,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchasesWords:
    """The words of the e-mail.

    headline: what it is, and to whom
    until: when the link ends: `3:40 PM CST`
    """

    headline: str
    until: str


class PurchasesComposer:
    """Composes it by the business's clock."""

    def __init__(self, *, templates: Templates, installation: Installation) -> None:
        self._templates = templates
        self._installation = installation

    async def compose(self, claimed: Claimable) -> Message:
        facts = PurchasesFacts.model_validate(claimed.content)
        return await asyncio.to_thread(self._mail, claimed.delivery, facts)

    def marker(self, _delivery: Delivery, content: dict[str, Any]) -> str:
        """The link, which no other e-mail has."""
        return str(content["link"])

    def _mail(self, delivery: Delivery, facts: PurchasesFacts) -> EmailMessage:
        words = PurchasesWords(
            headline=addressed(gettext("Here is your link"), facts.first_name),
            until=formats.zoned_time(facts.ends_at, self._installation.zone.key),
        )
        values: dict[str, object] = {
            "brand": BrandWords.of(self._installation.brand()),
            "words": words,
            "headline": words.headline,
            "title": translate(_SUBJECT),
            "preview": translate(_SUBJECT),
            "link": in_this_language(facts.link),
        }
        return EmailMessage(
            delivery_id=delivery.id,
            to=delivery.recipient,
            to_name=header(facts.first_name),
            subject=header(translate(_SUBJECT)),
            text=self._templates.text(delivery.kind, **values),
            html=self._templates.html(delivery.kind, **values),
        )
