"""Makes marks of what a buyer shows. Without the key nobody can tell whose they are."""

from __future__ import annotations

import hashlib

from chassis.addresses import limiter_key, shorten_address
from chassis.emails import email_key
from chassis.telemetry.masking import mask_email
from checkout.blocks.domain import BuyerMark
from config import Mark


class Marks:
    """Makes the marks of an installation; `secret` keys their hashes."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret[: hashlib.blake2b.MAX_KEY_SIZE]

    def email(self, email: str) -> BuyerMark:
        """Of an e-mail address, however it is spelt."""
        return self._mark(Mark.EMAIL, email_key(email), mask_email(email))

    def address(self, address: str) -> BuyerMark:
        """Of an address of the network: of an IPv6 customer's whole network."""
        return self._mark(Mark.ADDRESS, limiter_key(address), shorten_address(address))

    def card(self, fingerprint: str, last_digits: str) -> BuyerMark:
        """Of a card, by the processor's fingerprint of its number."""
        return self._mark(Mark.CARD, fingerprint, f"card ending in {last_digits}")

    def _mark(self, mark: Mark, value: str, shown: str) -> BuyerMark:
        hashed = hashlib.blake2b(value.encode(), key=self._secret, digest_size=16, person=mark.value.encode())
        return BuyerMark(mark=mark, key=hashed.digest(), shown=shown)
