"""How many segments a text takes, and what they cost."""

from __future__ import annotations

from decimal import Decimal

PRICE = Decimal("0.0079")
"""US dollars a segment."""
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("\f^{}\\[~]|€")


def segments(text: str) -> int:
    """GSM-7: 160 in one, 153 in each of several; other letters: 70 and 67."""
    if all(letter in _GSM or letter in _GSM_TWICE for letter in text):
        length, single, part = sum(2 if letter in _GSM_TWICE else 1 for letter in text), 160, 153
    else:
        length, single, part = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if length <= single else -(-length // part)
