"""An order's own access token: whoever has it sees the order, until the order's link is made anew (C-6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chassis.keys import SigningKey
from checkout.orders.domain import FIRST_LINK, Order
from checkout.orders.holders import Holder

_INFO = b"fullhouse order token 1"
_TICKET_INFO = b"fullhouse ticket token 1"
_BYTES = 18


class OrderTokens:
    """Makes and checks tokens; nothing is stored. Their keys come from those that sign tickets: only checkout has them.

    The first makes tokens, and all are believed: a link in an e-mail outlives the key that signs tickets.
    """

    def __init__(self, keys: Sequence[SigningKey], *, public_url: str) -> None:
        self._keys = [derived_key(key, _INFO) for key in keys]
        self._ticket_keys = [derived_key(key, _TICKET_INFO) for key in keys]
        self._public_url = public_url

    def token(self, order: Order) -> str:
        """24 characters that fit into a URL."""
        return _mac(self._keys[0], order.order_id, order.link_issue)

    def accepts(self, order_id: UUID, token: str, *, issue: int) -> bool:
        """Whether this token opens this order, whose link is of that issue; compares in constant time."""
        return any(hmac.compare_digest(_mac(key, order_id, issue).encode(), token.encode()) for key in self._keys)

    def page(self, order: Order, path: str) -> str:
        """The address of the order's page, with its token: `/success`, `/cancel`."""
        query = urlencode({"order": str(order.order_id), "token": self.token(order)})
        return f"{self._public_url}{path}?{query}"

    def ticket_page(self, order: Order, holder: Holder) -> str:
        """The address of the page of a ticket that was given to somebody; it ends when that gives it on."""
        token = _ticket_mac(self._ticket_keys[0], order.order_id, holder)
        query = urlencode({"order": str(order.order_id), "seat": holder.seat, "token": token})
        return f"{self._public_url}/ticket?{query}"

    def opens_ticket(self, order: Order, holder: Holder, token: str) -> bool:
        """Whether this token is of whoever has the ticket now; compares in constant time."""
        shown = token.encode()
        return any(
            hmac.compare_digest(_ticket_mac(key, order.order_id, holder).encode(), shown) for key in self._ticket_keys
        )


def _ticket_mac(key: bytes, order_id: UUID, holder: Holder) -> str:
    return short_mac(key, order_id, struct.pack(">HI", holder.seat, holder.transfers))


def derived_key(key: SigningKey, info: bytes) -> bytes:
    """A key for links of one kind, which `info` names, made of the one that signs tickets."""
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info)
    return derive.derive(key.private.private_bytes_raw())


def _mac(key: bytes, order_id: UUID, issue: int) -> str:
    """Links that were mailed before issues were counted are of the first one."""
    return short_mac(key, order_id, b"" if issue == FIRST_LINK else issue.to_bytes(4, "big"))


def short_mac(key: bytes, id_: UUID, more: bytes = b"") -> str:
    """24 characters that only who has the key can make for this id, and for what else is meant."""
    digest = hmac.new(key, id_.bytes + more, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:_BYTES]).decode()
