"""Identifiers: UUIDv7 for what machines pass around, short numbers for what people say and type (C-6)."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime
from random import Random, SystemRandom
from typing import Final

from uuid_utils import compat

# No 0/O, 1/I/L, 2/Z keeps the digit, 5/S keeps the digit, 8/B keeps the digit, U reads as V;
# without A and E no number spells a word.
ALPHABET: Final = "23456789CDFGHJKMNPQRTVWXY"
SHORT_NUMBER_LENGTH: Final = 8
_LOOK_ALIKES: Final = str.maketrans({"B": "8", "S": "5", "Z": "2", "U": "V", "-": None, " ": None})

_system_random: Final = SystemRandom()


def uuid7() -> uuid.UUID:
    """A new UUIDv7: unique, and sorted by its time."""
    return compat.uuid7()


def time_of(made: uuid.UUID) -> datetime:
    """The time inside a UUIDv7, to the millisecond."""
    return datetime.fromtimestamp(int.from_bytes(made.bytes[:6], "big") / 1000, UTC)


def derived_uuid7(base: uuid.UUID, *words: str) -> uuid.UUID:
    """A UUIDv7 derived from `base` (whose time it has) and `words`: the same for the same input."""
    digest = hashlib.sha256("\0".join((base.hex, *words)).encode()).digest()
    made = bytearray(base.bytes[:6] + digest[:10])
    made[6] = made[6] & 0x0F | 0x70
    made[8] = made[8] & 0x3F | 0x80
    return uuid.UUID(bytes=bytes(made))


def uuid7_of(moment: datetime, *words: str) -> uuid.UUID:
    """A UUIDv7 with this time and derived from `words`: the same for the same input."""
    milliseconds = int(moment.timestamp() * 1000)
    return derived_uuid7(uuid.UUID(bytes=milliseconds.to_bytes(6, "big") + bytes(10)), *words)


def short_number(rng: Random = _system_random) -> str:
    """A random number of eight characters such as `7K3M2QXD`.

    There are 1.5e11 of them, so callers need a unique index and draw again after a collision.
    """
    return "".join(rng.choices(ALPHABET, k=SHORT_NUMBER_LENGTH))


def display_number(number: str) -> str:
    """The number as people read it: `7K3M-2QXD` for `7K3M2QXD`."""
    return f"{number[:4]}-{number[4:]}"


def parse_short_number(text: str) -> str | None:
    """The stored number for what somebody typed (`7k3m-2qxd`, look-alikes forgiven); None when it can't be one."""
    number = text.strip().upper().translate(_LOOK_ALIKES)
    if len(number) != SHORT_NUMBER_LENGTH or any(character not in ALPHABET for character in number):
        return None
    return number
