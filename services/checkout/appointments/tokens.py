"""The link of an appointment: whoever has it sees the appointment, and may pay it (P-11)."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from chassis.keys import SigningKey
from checkout.orders.tokens import derived_key, short_mac

_INFO: Final = b"fullhouse appointment link 1"


class AppointmentLinks:
    """Makes and reads the links; nothing is stored. Their keys are derived like those of orders' tokens."""

    def __init__(self, keys: Sequence[SigningKey], *, public_url: str) -> None:
        self._keys = [derived_key(key, _INFO) for key in keys]
        self._public_url = public_url

    def token(self, appointment_id: int) -> str:
        """24 characters that fit into a URL."""
        return short_mac(self._keys[0], UUID(int=appointment_id))

    def opens(self, appointment_id: int, token: str) -> bool:
        """Whether this token opens this appointment; compares in constant time."""
        subject, shown = UUID(int=appointment_id), token.encode()
        return any(hmac.compare_digest(short_mac(key, subject).encode(), shown) for key in self._keys)

    def page(self, appointment_id: int, **more: str) -> str:
        """The address of the appointment's page; `more` goes into its query."""
        query = urlencode({"token": self.token(appointment_id), **more})
        return f"{self._public_url}/appointments/{appointment_id}?{query}"
