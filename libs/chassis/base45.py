"""Encodes bytes as base45 (RFC 9285), the alphanumeric characters of QR codes: 2 bytes in 3 characters."""

from __future__ import annotations

from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES: Final = {character: value for value, character in enumerate(_ALPHABET)}
_BASE: Final = 45


def encode(raw: bytes) -> str:
    """The bytes as base45 text."""
    return "".join(_encode_group(raw[start : start + 2]) for start in range(0, len(raw), 2))


def decode(text: str) -> bytes:
    """The bytes of a base45 text; raises ValueError for text that `encode` can't have made."""
    try:
        values = [_VALUES[character] for character in text]
    except KeyError as error:
        raise ValueError(f"{error.args[0]!r} is not a character of base45") from None
    return b"".join(_decode_group(values[start : start + 3]) for start in range(0, len(values), 3))


def _encode_group(group: bytes) -> str:
    number = int.from_bytes(group, "big")
    digits = []
    for _ in range(len(group) + 1):
        number, digit = divmod(number, _BASE)
        digits.append(_ALPHABET[digit])
    return "".join(digits)


def _decode_group(group: list[int]) -> bytes:
    length = len(group) - 1
    number = 0
    for value in reversed(group):
        number = number * _BASE + value
    if length == 0 or number >= 256**length:
        raise ValueError("the text is cut off or damaged")
    return number.to_bytes(length, "big")
