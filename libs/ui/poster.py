"""Sizes a city's name on its poster: the CSS classes for the name's length and width."""

from __future__ import annotations

import math
import re
from typing import Final

# Advance widths of Archivo at weight 800, width 125, with the poster's letter spacing, in hundredths of an em.
_WIDE: Final = 118
_WIDTHS: Final = {
    **dict.fromkeys("'’", 24),
    **dict.fromkeys("ijl", 28),
    **dict.fromkeys("I.", 34),
    **dict.fromkeys("-", 38),
    **dict.fromkeys("frt", 46),
    **dict.fromkeys("JLhknuvyz", 72),
    **dict.fromkeys("abcdegopqsxéñ", 74),
    **dict.fromkeys("EFPSTZ", 83),
    **dict.fromkeys("ABDRVY", 90),
    **dict.fromkeys("CHKNUX", 95),
    **dict.fromkeys("GOQ", 98),
    **dict.fromkeys("w", 104),
    **dict.fromkeys("Mm", 113),
}
# Where a browser may begin a new line.
_BREAKS: Final = re.compile(r"\s+|(?<=-)")
_QUARTERS: Final = range(15, 61)
_LONG, _LONGEST = 7, 11


def poster_class(text: str) -> str:
    """The classes: `long` over 7 letters, `longest` over 11, and `emN`, N quarters of an em for its widest word.

    A name may break at a space or after a hyphen, never inside a word: the style sheet divides the width by N.
    """
    letters = sum(not char.isspace() for char in text)
    size = "longest" if letters > _LONGEST else "long" if letters > _LONG else "plain"
    widest = max((_width(word) for word in _BREAKS.split(text)), default=0)
    quarters = min(max(math.ceil(widest / 25), _QUARTERS.start), _QUARTERS[-1])
    return f"{size} em{quarters}"


def poster_css() -> str:
    """The CSS rules for `emN`."""
    return "".join(f".em{quarters} {{ --em: {quarters / 4}; }}\n" for quarters in _QUARTERS)


def _width(word: str) -> int:
    return sum(_WIDTHS.get(char, _WIDE) for char in word)
