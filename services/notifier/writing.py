"""Who writes which message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from notifier.channels.domain import Message
from notifier.deliveries.composing import Composer
from notifier.deliveries.store import Claimable


@dataclass(frozen=True, slots=True)
class Writers:
    """A composer for each kind of message; `others` takes the rest."""

    kinds: Mapping[str, Composer]
    others: Composer

    async def compose(self, claimed: Claimable) -> Message:
        return await self._of(claimed.delivery.kind).compose(claimed)

    def marker(self, kind: str, content: dict[str, Any]) -> str:
        return self._of(kind).marker(kind, content)

    def _of(self, kind: str) -> Composer:
        return self.kinds.get(kind, self.others)
