"""Links that acknowledge: signed, and only good for a while (N-13)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from pydantic import SecretStr

LINK_PATH: Final = "/a"
LINK_LIFE: Final = timedelta(hours=24)
_PURPOSE: Final = b"fullhouse notifier acknowledge link 1"
_MARK_BYTES: Final = 16
_ID_BYTES: Final = 16
_TIME_BYTES: Final = 5


class Links:
    """A token names one delivery and its own end; it says nothing of the alert.

    `secrets` may serve other purposes, too; the first signs, and all are believed.
    """

    def __init__(self, secrets: Sequence[SecretStr], public_url: str) -> None:
        self._keys = [hmac.digest(each.get_secret_value().encode(), _PURPOSE, "sha256") for each in secrets]
        self._public_url = public_url

    def url(self, delivery_id: UUID, *, now: datetime) -> str:
        return f"{self._public_url}{LINK_PATH}/{self.token(delivery_id, now=now)}"

    def token(self, delivery_id: UUID, *, now: datetime) -> str:
        ends = int((now + LINK_LIFE).timestamp())
        body = delivery_id.bytes + ends.to_bytes(_TIME_BYTES, "big")
        return base64.urlsafe_b64encode(body + _mark(self._keys[0], body)).decode().rstrip("=")

    def delivery(self, token: str, *, now: datetime) -> UUID | None:
        """The delivery, or None for a token that is not ours or has ended."""
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            return None
        body, mark = raw[: _ID_BYTES + _TIME_BYTES], raw[_ID_BYTES + _TIME_BYTES :]
        if len(raw) != _ID_BYTES + _TIME_BYTES + _MARK_BYTES or not self._is_ours(body, mark):
            return None
        ends = datetime.fromtimestamp(int.from_bytes(body[_ID_BYTES:], "big"), UTC)
        return UUID(bytes=body[:_ID_BYTES]) if now < ends else None

    def _is_ours(self, body: bytes, mark: bytes) -> bool:
        return any(hmac.compare_digest(mark, _mark(key, body)) for key in self._keys)


def _mark(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, body, hashlib.sha256).digest()[:_MARK_BYTES]
