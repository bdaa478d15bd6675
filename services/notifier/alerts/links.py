"""Links that acknowledge: signed, and only good for a while (N-13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from pydantic import SecretStr

from chassis.links import SignedIds

LINK_PATH: Final = "/a"
LINK_LIFE: Final = timedelta(hours=24)
_PURPOSE: Final = b"fullhouse notifier acknowledge link 1"


class Links:
    """A token names one delivery and its own end; it says nothing of the alert."""

    def __init__(self, secrets: Sequence[SecretStr], public_url: str) -> None:
        self._ids = SignedIds(secrets, _PURPOSE)
        self._public_url = public_url

    def url(self, delivery_id: UUID, *, now: datetime) -> str:
        return f"{self._public_url}{LINK_PATH}/{self.token(delivery_id, now=now)}"

    def token(self, delivery_id: UUID, *, now: datetime) -> str:
        return self._ids.token(delivery_id, ends=now + LINK_LIFE)

    def delivery(self, token: str, *, now: datetime) -> UUID | None:
        """The delivery, or None for a token that is not ours or has ended."""
        return self._ids.id_of(token, now=now)
