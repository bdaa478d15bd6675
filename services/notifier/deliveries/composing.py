"""What this room asks of those who write texts; the texts belong to the rooms messages and alerts."""

from __future__ import annotations

from typing import Any, Protocol

from notifier.channels.domain import Message
from notifier.deliveries.domain import Reason
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

    def marker(self, kind: str, content: dict[str, Any], /) -> str:
        """What stands in this message and in no other one to the same recipient."""
        ...
