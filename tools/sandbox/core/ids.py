"""Ids in the vendors' forms."""

from __future__ import annotations

import random
import string

_BASE62 = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"


class Ids:
    """Makes ids; the generator is passed in, so that a test can have the same ones again."""

    def __init__(self, generator: random.Random | None = None) -> None:
        self._generator = generator or random.Random()

    def base62(self, prefix: str, length: int = 24) -> str:
        """`prefix` and `length` letters and digits, as Stripe's ids."""
        return prefix + "".join(self._generator.choices(_BASE62, k=length))

    def hexadecimal(self, prefix: str, length: int = 32) -> str:
        """`prefix` and `length` hexadecimal digits, as Twilio's SIDs."""
        return prefix + "".join(self._generator.choices(_HEX, k=length))
