"""An order's own access token: whoever has it sees the order (C-6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chassis.keys import SigningKey

_INFO = b"fullhouse order token 1"
_BYTES = 18


class OrderTokens:
    """Makes and checks tokens; nothing is stored. Their keys come from those that sign tickets: only checkout has them.

    The first makes tokens, and all are believed: a link in an e-mail outlives the key that signs tickets.
    """

    def __init__(self, keys: Sequence[SigningKey], *, public_url: str) -> None:
        self._keys = [derived_key(key, _INFO) for key in keys]
        self._public_url = public_url

    def token(self, order_id: UUID) -> str:
        """24 characters that fit into a URL."""
        return short_mac(self._keys[0], order_id)

    def accepts(self, order_id: UUID | str, token: str) -> bool:
        """Whether this token opens this order; compares in constant time."""
        try:
            known = UUID(str(order_id))
        except ValueError:
            return False
        return any(hmac.compare_digest(short_mac(key, known).encode(), token.encode()) for key in self._keys)

    def page(self, order_id: UUID, path: str) -> str:
        """The address of the order's page, with its token: `/success`, `/cancel`."""
        query = urlencode({"order": str(order_id), "token": self.token(order_id)})
        return f"{self._public_url}{path}?{query}"


def derived_key(key: SigningKey, info: bytes) -> bytes:
    """A key for links of one kind, which `info` names, made of the one that signs tickets."""
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info)
    return derive.derive(key.private.private_bytes_raw())


def short_mac(key: bytes, id_: UUID) -> str:
    """24 characters that only who has the key can make for this id."""
    digest = hmac.new(key, id_.bytes, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:_BYTES]).decode()
