"""How many SMS a text costs (N-12): 160 characters of GSM-7, or 70 as soon as one character is none of it."""

from __future__ import annotations

import unicodedata
from typing import Final

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("^{}\\[~]|€")
ONE: Final = 160  # characters of a text that is one SMS
_PART = 153
_WIDE_ONE, _WIDE_PART = 70, 67
_PLAIN: Final = {
    "\u00a0": " ", "\u202f": " ", "–": "-", "—": "-", "−": "-", "’": "'", "\u2018": "'", "“": '"', "”": '"', "…": "...",
}  # fmt: skip


def septets(text: str) -> int | None:
    """Length in GSM-7's units, or None when a character is none of it."""
    if any(character not in _BASIC and character not in _EXTENDED for character in text):
        return None
    return len(text) + sum(character in _EXTENDED for character in text)


def segments(text: str) -> int:
    """How many messages a provider makes of it."""
    length = septets(text)
    if length is None:
        units = len(text.encode("utf-16-be")) // 2
        return _count(units, _WIDE_ONE, _WIDE_PART)
    return _count(length, ONE, _PART)


def fits(text: str) -> bool:
    return (septets(text) or ONE + 1) <= ONE


def plain(text: str) -> str:
    """The text in GSM-7: signs by their plain cousins, letters without accents that it lacks, else `?`."""
    return "".join(_character(character) for character in text)


def cut(name: str, *, by: int) -> str:
    """A name without at least so many of its last characters, marked by a full stop."""
    return f"{plain(name)[: -(by + 1)].rstrip()}."


def _character(character: str) -> str:
    if character in _BASIC or character in _EXTENDED:
        return character
    if character in _PLAIN:
        return _PLAIN[character]
    base = unicodedata.normalize("NFKD", character)[0]
    return base if base in _BASIC else "?"


def _count(units: int, one: int, part: int) -> int:
    return 1 if units <= one else -(-units // part)
