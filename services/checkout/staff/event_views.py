"""Things that happened, as staff's pages list them. Pure."""

from __future__ import annotations

from dataclasses import dataclass

# The shape and colour of a state, and the word for it.
Marked = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """Something that happened, with its mark.

    at: when
    mark, word: the shape and colour of what it is, and the word
    what: what it is about
    amount: how much, where it is about money
    more: what goes with it
    """

    at: str
    mark: str
    word: str
    what: str
    amount: str = ""
    more: str = ""


def joined(*parts: str) -> str:
    """What there is of them, on one line."""
    return " · ".join(part for part in parts if part)
