"""Tokens of links that are mailed: signed, and only good for a while."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from pydantic import SecretStr

_MARK_BYTES: Final = 16
_ID_BYTES: Final = 16
_TIME_BYTES: Final = 5


class SignedIds:
    """A token names one thing by its id, and its own end; it says nothing else of it.

    `secrets` may serve other purposes, too: `purpose` tells tokens of one from those of another. The first secret
    signs, and all are believed.
    """

    def __init__(self, secrets: Sequence[SecretStr], purpose: bytes) -> None:
        self._keys = [hmac.digest(each.get_secret_value().encode(), purpose, "sha256") for each in secrets]

    def token(self, of: UUID, *, ends: datetime) -> str:
        """The token for a link; it ends at that second."""
        body = of.bytes + int(ends.timestamp()).to_bytes(_TIME_BYTES, "big")
        return base64.urlsafe_b64encode(body + _mark(self._keys[0], body)).decode().rstrip("=")

    def id_of(self, token: str, *, now: datetime) -> UUID | None:
        """What it names, or None for a token that is not ours or has ended."""
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
