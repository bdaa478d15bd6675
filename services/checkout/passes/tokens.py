"""The link of a customer's passes: whoever has it sees them (C-9)."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from contextlib import suppress
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from chassis.keys import SigningKey
from checkout.orders.tokens import derived_key, short_mac

_INFO: Final = b"fullhouse pass link 1"


class PassLinks:
    """Makes and reads the links; nothing is stored. Their keys are derived like those of orders' tokens."""

    def __init__(self, keys: Sequence[SigningKey], *, public_url: str) -> None:
        self._keys = [derived_key(key, _INFO) for key in keys]
        self._public_url = public_url

    def token(self, holder_id: UUID) -> str:
        """Opens all passes of a holder."""
        return f"{holder_id.hex}.{short_mac(self._keys[0], holder_id)}"

    def holder(self, token: str) -> UUID | None:
        """Whose passes a token opens; None for one that is not ours. Compares in constant time."""
        named, _, mac = token.partition(".")
        with suppress(ValueError):
            holder_id = UUID(named)
            if any(hmac.compare_digest(short_mac(key, holder_id).encode(), mac.encode()) for key in self._keys):
                return holder_id
        return None

    def page(self, holder_id: UUID) -> str:
        """The address of the page with all passes of a holder."""
        return f"{self._public_url}/passes?{urlencode({'token': self.token(holder_id)})}"
