"""Texts from outside: what a page, a log and PostgreSQL can keep of them."""

from __future__ import annotations

import unicodedata
from typing import Final

from languages import gettext

# They join letters and pictures in some scripts, and are part of a name.
_JOINERS: Final = "\u200c\u200d"


def visible(text: str) -> str:
    """The text without characters that nobody sees or means: soft hyphens, zero-width spaces, marks of byte order."""
    if text.isascii():
        return text
    return "".join(each for each in text if each in _JOINERS or unicodedata.category(each) != "Cf")


def one_line(text: str, *, longest: int) -> str:
    """The text in one line, without control and format characters and half characters, cut to its longest length."""
    spaced = " ".join(text.split())
    return "".join(character for character in spaced if character.isprintable())[:longest].strip()


def lines(text: str, *, longest: int) -> str:
    """The text in its lines, each as `one_line`, cut to its longest length."""
    return "\n".join(one_line(line, longest=longest) for line in text.splitlines())[:longest].strip()


def said(value: object, *, longest: int) -> str:
    """What a vendor's document says in one place, as `one_line`; empty for anything but a text or a number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    try:
        return one_line(str(value), longest=longest)
    except ValueError:  # a number with thousands of digits
        return ""


def ticket_holder(first_name: str, last_name: str, *, seat: int) -> str:
    """Whose ticket it is, for page and mail: the buyer has the first seat, guests the others.

    A processor may not have told a buyer's name: then there are words for that.
    """
    buyer = f"{first_name} {last_name}".strip()
    if seat == 1:
        return buyer or gettext("Ticket holder")
    return gettext("Guest of %(name)s", name=buyer) if buyer else gettext("Guest")
