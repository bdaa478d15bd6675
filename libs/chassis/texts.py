"""Texts from outside: what a page, a log and PostgreSQL can keep of them."""

from __future__ import annotations


def one_line(text: str, *, longest: int) -> str:
    """The text in one line, without control and format characters and half characters, cut to its longest length."""
    spaced = " ".join(text.split())
    return "".join(character for character in spaced if character.isprintable())[:longest].strip()


def said(value: object, *, longest: int) -> str:
    """What a vendor's document says in one place, as `one_line`; empty for anything but a text or a number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    try:
        return one_line(str(value), longest=longest)
    except ValueError:  # a number with thousands of digits
        return ""
