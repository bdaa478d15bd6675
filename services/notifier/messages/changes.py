"""The e-mails by which an order's name or address is agreed to, and a new address confirmed (C-6)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final, Self

from pydantic import AwareDatetime

from chassis import formats
from chassis.emails import email_key
from chassis.ids import display_number
from events import ChangeStep, CustomerChangeAsked, OrderId, Part
from events.base import PersonalText, SecretText
from languages import ENGLISH, gettext_noop, in_this_language, translate
from notifier.channels.domain import Message
from notifier.channels.email import EmailMessage, header
from notifier.deliveries.domain import Delivery
from notifier.deliveries.store import Claimable
from notifier.messages.domain import Installation, addressed
from notifier.texts.templates import BrandWords, Templates

CHANGE_AGREE: Final = "change_agree"
CHANGE_CONFIRM: Final = "change_confirm"
CHANGES: Final = (CHANGE_AGREE, CHANGE_CONFIRM)
_SUBJECTS: Final = {
    CHANGE_AGREE: gettext_noop("A change of your order waits for you"),
    CHANGE_CONFIRM: gettext_noop("Confirm this address for your order"),
}
_HEADLINES: Final = {
    CHANGE_AGREE: gettext_noop("Your order is to change"),
    CHANGE_CONFIRM: gettext_noop("One more step"),
}


class ChangeFacts(Part):
    """What somebody is asked who must agree to a change of an order, or confirm it.

    order_id, number: the order
    step: what is asked
    email: the address that is asked
    first_name: how the person is addressed
    new_name, new_email: whose order it is to be; the address as it is where it stays
    link: shows the change, and lets it be agreed to
    ends_at: when the link ends
    language: in which the mail is written
    """

    order_id: OrderId
    number: str
    step: str
    email: PersonalText
    first_name: PersonalText
    new_name: PersonalText
    new_email: PersonalText
    link: SecretText
    ends_at: AwareDatetime
    language: str = ENGLISH.tag

    @classmethod
    def of(cls, event: CustomerChangeAsked) -> Self:
        return cls(**{name: getattr(event, name) for name in cls.model_fields})

    @property
    def kind(self) -> str:
        return CHANGE_CONFIRM if self.step == ChangeStep.CONFIRM else CHANGE_AGREE


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWords:
    """The words of such an e-mail.

    number: the order's number: `7K3M-2QXD`
    new_name: whose order it is to be
    new_email: the address that it is to have; empty where it stays
    until: when the link ends: `Sat, Jan 17, 3:40 PM CST`
    """

    number: str
    new_name: str
    new_email: str
    until: str


class ChangeComposer:
    """Composes them by the business's clock."""

    def __init__(self, *, templates: Templates, installation: Installation) -> None:
        self._templates = templates
        self._installation = installation

    async def compose(self, claimed: Claimable) -> Message:
        facts = ChangeFacts.model_validate(claimed.content)
        return await asyncio.to_thread(self._mail, claimed.delivery, facts)

    def marker(self, _delivery: Delivery, content: dict[str, Any]) -> str:
        """The link, which no other e-mail has."""
        return str(content["link"])

    def _mail(self, delivery: Delivery, facts: ChangeFacts) -> EmailMessage:
        kind = delivery.kind
        elsewhere = email_key(facts.new_email) != email_key(facts.email)
        values: dict[str, object] = {
            "brand": BrandWords.of(self._installation.brand()),
            "words": ChangeWords(
                number=display_number(facts.number),
                new_name=facts.new_name,
                new_email=facts.new_email if elsewhere else "",
                until=formats.day_and_zoned_time(facts.ends_at, self._installation.zone.key),
            ),
            "headline": addressed(translate(_HEADLINES[kind]), facts.first_name),
            "title": translate(_SUBJECTS[kind]),
            "preview": translate(_SUBJECTS[kind]),
            "link": in_this_language(facts.link),
            "find": in_this_language(f"{self._installation.public_url}/find-my-purchase"),
        }
        return EmailMessage(
            delivery_id=delivery.id,
            to=delivery.recipient,
            to_name=header(facts.first_name),
            subject=header(translate(_SUBJECTS[kind])),
            text=self._templates.text(kind, **values),
            html=self._templates.html(kind, **values),
        )
