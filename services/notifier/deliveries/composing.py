"""Asks the rooms that write texts for the message of a delivery, by its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from notifier.channels.domain import Message
from notifier.deliveries.domain import Delivery, Reason
from notifier.deliveries.store import Claimable


class NotYet(Exception):  # noqa: N818 names a condition
    """A message can't be written yet (its city isn't known here); it is tried again shortly."""


class NotNeeded(Exception):  # noqa: N818 names a condition
    """What the message should say is no news any more; `reason` says why it stays unsent."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.value)


class Composer(Protocol):
    """Makes messages from deliveries. Raises NotYet or NotNeeded."""

    async def compose(self, claimed: Claimable) -> Message: ...

    def marker(self, delivery: Delivery, content: dict[str, Any], /) -> str:
        """What stands in this message and in no other one to the same recipient."""
        ...


@dataclass(frozen=True, slots=True)
class Composers:
    """A composer for each kind of message.

    Raises LookupError for a kind that nobody writes: a mistake of ours, whose messages wait for its mending.
    """

    kinds: Mapping[str, Composer]

    async def compose(self, claimed: Claimable) -> Message:
        return await self._of(claimed.delivery).compose(claimed)

    def marker(self, delivery: Delivery, content: dict[str, Any]) -> str:
        return self._of(delivery).marker(delivery, content)

    def _of(self, delivery: Delivery) -> Composer:
        try:
            return self.kinds[delivery.kind]
        except KeyError:
            raise LookupError(f"nobody writes {delivery.kind}") from None
