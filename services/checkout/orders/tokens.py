"""An order's own access token: whoever has it sees the order (C-6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlencode
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chassis.keys import SigningKey

_INFO = b"fullhouse order token 1"
_BYTES = 18


class OrderTokens:
    """Makes and checks tokens; nothing is stored. The key comes from the ticket signing key: only checkout has it."""

    def __init__(self, key: SigningKey, *, public_url: str) -> None:
        derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_INFO)
        self._key = derive.derive(key.private.private_bytes_raw())
        self._public_url = public_url

    def token(self, order_id: UUID) -> str:
        """24 characters that fit into a URL."""
        digest = hmac.new(self._key, order_id.bytes, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:_BYTES]).decode()

    def accepts(self, order_id: UUID | str, token: str) -> bool:
        """Whether this token opens this order; compares in constant time."""
        try:
            wanted = self.token(UUID(str(order_id)))
        except ValueError:
            return False
        return hmac.compare_digest(wanted.encode(), token.encode())

    def page(self, order_id: UUID, path: str) -> str:
        """The address of the order's page, with its token: `/success`, `/cancel`."""
        query = urlencode({"order": str(order_id), "token": self.token(order_id)})
        return f"{self._public_url}{path}?{query}"
