"""Ticket codes: small enough for a QR code, and checked offline by anybody with the public key (I-3).

A code is `FH1:` and 135 characters of base45 (RFC 9285, QR's alphanumeric set): 26 bytes of claims and an Ed25519
signature.

| bytes | what |
|---|---|
| 1 | format, 1 |
| 2 | first bytes of SHA-256 of the key's id |
| 16 | order id |
| 2 | seat, from 1 |
| 1 | issue: grows when the seat is moved or its ticket made void, so that the old code can be told from the new |
| 4 | first bytes of SHA-256 of the city's id: tells another city's ticket at the door without a look-up |
"""

from __future__ import annotations

import hashlib
import struct
import uuid
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from chassis import base45
from chassis.errors import Condition
from chassis.keys import PublicKeys, SigningKey

PREFIX: Final = "FH1:"
_FORMAT: Final = 1
_CLAIMS: Final = struct.Struct(">B2s16sHB4s")
_SIGNATURE_BYTES: Final = 64
_CODE_LENGTH: Final = (_CLAIMS.size + _SIGNATURE_BYTES) * 3 // 2
# Part of what is signed, so that no other signature of this key is valid for a ticket.
_DOMAIN: Final = b"fullhouse ticket 1\0"
_MOST_SEATS: Final = 0xFFFF
MOST_ISSUES: Final = 0xFF


class TicketInvalid(Condition):
    status = 422
    code = "ticket_invalid"
    title = "Not one of our tickets"
    meaning = "The code is damaged, incomplete, or was not signed by this installation."
    remedy = "Scan it again, or find the ticket by name or order number."


@dataclass(frozen=True, slots=True)
class TicketClaims:
    """What a code says; make one with `of`.

    order_id: the order
    seat: the seat within the order, from 1
    city_tag: the first bytes of the hash of the city's id
    issue: grows when the seat is moved or its ticket made void
    """

    order_id: uuid.UUID
    seat: int
    city_tag: bytes
    issue: int = 1

    @classmethod
    def of(cls, order_id: uuid.UUID, *, seat: int, city_id: str, issue: int = 1) -> TicketClaims:
        """The claims for a seat in a city."""
        return cls(order_id, seat, city_tag(city_id), issue)

    def is_for(self, city_id: str) -> bool:
        """Whether the ticket can be for that city (1 in 4 billion others has the same tag)."""
        return self.city_tag == city_tag(city_id)


class TicketSigner:
    """Signs ticket codes; only checkout has the private key."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        self._tag = key_tag(key.key_id)

    def sign(self, claims: TicketClaims) -> str:
        """The ticket code for these claims."""
        if not (1 <= claims.seat <= _MOST_SEATS and 1 <= claims.issue <= MOST_ISSUES):
            raise ValueError(f"seat {claims.seat}, issue {claims.issue} don't fit a ticket code")
        packed = _CLAIMS.pack(_FORMAT, self._tag, claims.order_id.bytes, claims.seat, claims.issue, claims.city_tag)
        return PREFIX + base45.encode(packed + self._key.private.sign(_DOMAIN + packed))


class TicketVerifier:
    """Checks ticket codes with the public keys."""

    def __init__(self, keys: PublicKeys) -> None:
        self._keys: dict[bytes, list[Ed25519PublicKey]] = {}
        for key_id, key in keys.keys.items():
            self._keys.setdefault(key_tag(key_id), []).append(key)

    def verify(self, code: str) -> TicketClaims:
        """The claims of a code; raises TicketInvalid."""
        raw = _decode(code)
        packed, signature = raw[: _CLAIMS.size], raw[_CLAIMS.size :]
        version, tag, order_id, seat, issue, city_tag = _CLAIMS.unpack(packed)
        if version != _FORMAT or not any(_signed(key, signature, packed) for key in self._keys.get(tag, ())):
            raise TicketInvalid
        return TicketClaims(uuid.UUID(bytes=order_id), seat, city_tag, issue)


def issue_of(code: str) -> int:
    """Which issue of its ticket a code of our own is; its signature is not looked at. Raises TicketInvalid."""
    issue: int = _CLAIMS.unpack(_decode(code)[: _CLAIMS.size])[4]
    return issue


def _decode(code: str) -> bytes:
    text = code.strip()
    # A space is one of base45's characters, and scanners trim the ones at the end.
    encoded = text.removeprefix(PREFIX).ljust(_CODE_LENGTH)
    if not text.startswith(PREFIX) or len(encoded) != _CODE_LENGTH:
        raise TicketInvalid
    try:
        return base45.decode(encoded)
    except ValueError:
        raise TicketInvalid from None


def _signed(key: Ed25519PublicKey, signature: bytes, packed: bytes) -> bool:
    try:
        key.verify(signature, _DOMAIN + packed)
    except InvalidSignature:
        return False
    return True


def key_tag(key_id: str) -> bytes:
    """What a code says of the key that signed it."""
    return hashlib.sha256(key_id.encode()).digest()[:2]


def city_tag(city_id: str) -> bytes:
    """What a code says of the city that it is for."""
    return hashlib.sha256(city_id.encode()).digest()[:4]
