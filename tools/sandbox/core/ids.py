"""Ids in the vendors' forms."""

from __future__ import annotations

import random
import string

_BASE62 = (string.ascii_letters + string.digits).encode()
# One byte of chance to one letter: a table is ten times as fast as drawing each letter.
_LETTERS = bytes(_BASE62[byte % len(_BASE62)] for byte in range(256))


class Ids:
    """Makes ids; the generator is passed in, so that a test can have the same ones again."""

    def __init__(self, generator: random.Random | None = None) -> None:
        self._generator = generator or random.Random()

    def base62(self, prefix: str, length: int = 24) -> str:
        """`prefix` and `length` letters and digits, as Stripe's ids."""
        return prefix + self._generator.randbytes(length).translate(_LETTERS).decode()

    def hexadecimal(self, prefix: str, length: int = 32) -> str:
        """`prefix` and `length` hexadecimal digits, as Twilio's SIDs."""
        return prefix + self._generator.randbytes(length // 2).hex()
