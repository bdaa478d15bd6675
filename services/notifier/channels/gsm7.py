"""How many SMS a text costs (N-12): 160 characters of GSM-7, or 70 as soon as one character is none of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("^{}\\[~]|€")
ONE: Final = 160  # characters of a text that is one SMS
_PART = 153
_WIDE_ONE, _WIDE_PART = 70, 67
_SHORTEST: Final = 2  # characters of a name that has given way
MOST_WIDE: Final = 2 * _WIDE_PART  # what is said in 70s may take two SMS: about as much as one of 160
_TWINS: Final = {
    "\u00a0": " ", "\u202f": " ", "–": "-", "—": "-", "\u2010": "-", "\u2011": "-", "−": "-", "·": "-", "•": "-",
    "’": "'", "\u2018": "'", "\u201a": "'", "\u2039": "'", "\u203a": "'", "`": "'", "\u00b4": "'", "“": '"', "”": '"',
    "„": '"', "«": '"', "»": '"', "…": "...", "×": "x", "→": "->", "←": "<-", "≤": "<=", "≥": ">=", "≠": "!=",
}  # fmt: skip
_CURRENCIES: Final = {
    "₹": "INR", "₫": "VND", "₴": "UAH", "₩": "KRW", "₪": "ILS", "₺": "TRY", "₽": "RUB", "₦": "NGN", "₱": "PHP",
    "₡": "CRC", "₲": "PYG", "₵": "GHS", "₸": "KZT", "₭": "LAK", "₮": "MNT", "฿": "THB", "৳": "BDT", "៛": "KHR",
    "₼": "AZN", "₾": "GEL", "₨": "PKR", "֏": "AMD", "؋": "AFN", "﷼": "IRR",
}  # fmt: skip
_MONEY: Final = re.compile(f"([{''.join(_CURRENCIES)}])(?=\\d)|([{''.join(_CURRENCIES)}])")


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
    """Whether it is one SMS; two where it needs letters that GSM-7 lacks."""
    return excess(text) <= 0


def excess(text: str) -> int:
    """By how much it is too long."""
    length = septets(text)
    return len(text.encode("utf-16-be")) // 2 - MOST_WIDE if length is None else length - ONE


def sendable(text: str) -> str:
    """The text without loss: signs by their plain twins, money by its code, pictures left out, letters as they are.

    It is GSM-7 wherever its letters are.
    """
    coded = _MONEY.sub(lambda found: f"{_CURRENCIES[found[0]]}{' ' if found[1] else ''}", text)
    return "".join(_sendable(character) for character in unicodedata.normalize("NFC", coded))


def fitted(write: Callable[[str, bool], str], name: str) -> str:
    """What `write` makes of a name that may give way, cut until it fits.

    `write` is told whether the text is short of room, so that what must not be lost stands first.
    """
    text, name = _written(write, name), sendable(name)
    while (over := excess(text)) > 0 and len(name) > _SHORTEST:
        # A character costs one or two units: half of what is too much never takes away more than needed.
        name = f"{name[: max(1, len(name) - over // 2 - 2)].rstrip()}."
        text = _written(write, name)
    return text


def _written(write: Callable[[str, bool], str], name: str) -> str:
    text = sendable(write(name, False))
    return text if septets(text) is not None else sendable(write(name, True))


def _sendable(character: str) -> str:
    if character in _BASIC or character in _EXTENDED:
        return character
    if character in _TWINS:
        return _TWINS[character]
    simpler = unicodedata.normalize("NFKC", character)
    if septets(simpler) is not None:
        return simpler
    # Letters with their marks, and numbers, stay; pictures, other signs and what nobody sees are left out.
    return character if unicodedata.category(character)[0] in "LN" or unicodedata.combining(character) else ""


def _count(units: int, one: int, part: int) -> int:
    return 1 if units <= one else -(-units // part)
