"""Messages to a buyer are in the language that the order, or the place in line, remembers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from languages import ENGLISH, language_of, speaking
from notifier.channels.domain import Message
from notifier.deliveries.composing import Composer
from notifier.deliveries.domain import Delivery
from notifier.deliveries.store import Claimable


@dataclass(frozen=True, slots=True)
class InBuyersLanguage:
    """Composes with another composer, in that language."""

    composer: Composer

    async def compose(self, claimed: Claimable) -> Message:
        with speaking(language_of(remembered(claimed.content))):
            return await self.composer.compose(claimed)

    def marker(self, delivery: Delivery, content: dict[str, Any], /) -> str:
        """The other composer's."""
        return self.composer.marker(delivery, content)


def remembered(content: Mapping[str, Any]) -> str:
    """The language in a message's facts: the customer's, or that of whoever waits; facts of old have none."""
    facts = content.get("order", content)
    return str(facts.get("customer", facts).get("language", ENGLISH.tag))
