"""What people fill in to change limits, as they typed it, and as it is done (I-8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError

from chassis.app import Body, Out, PlainText, Words
from inventory.limits.domain import MOST_AT_ONCE, Resized, Resizing

_WORDS: Final = TypeAdapter(Words)
_MOST_DIGITS: Final = 6

Key = Annotated[PlainText, Field(min_length=1)]


class Way(StrEnum):
    """How limits can be changed; the last part of the page's address."""

    EXPAND = "expand"
    SHRINK = "shrink"
    RESET = "reset"


class ResizeForm(Body):
    """More or fewer seats of a pool. `key`: the page's own, so that whoever presses twice does it once."""

    tier: PlainText
    spots: Annotated[int, Field(ge=1, lt=10**_MOST_DIGITS)]
    reason: Words
    public: bool = False
    key: Key

    def resizing(self, city_id: str) -> Resizing:
        return Resizing(city_id=city_id, tier=self.tier, spots=self.spots, public=self.public, reason=self.reason)


class ResetForm(Body):
    """The limits with which the catalogue begins a city: of a tier, or with an empty one of all."""

    tier: PlainText = ""
    reason: Words
    key: Key


class ResizedOut(Out):
    """What became of pools, kept with the key so that the page can tell it."""

    pools: list[Resized]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What somebody typed, whatever it is.

    tier: empty for none, or for all when limits are reset
    spots, reason: in their words
    public: whether the public limit shall change, too
    """

    tier: str = ""
    spots: str = ""
    reason: str = ""
    public: bool = False

    @property
    def seats(self) -> int:
        """0 for what is no number."""
        known = self.spots.isascii() and self.spots.isdigit() and len(self.spots) <= _MOST_DIGITS
        return int(self.spots) if known else 0

    def problems(self, way: Way) -> Mapping[str, str]:
        """A sentence for each field that can't be read."""
        found = {
            "tier": "Choose a tier." if way is not Way.RESET and not self.tier else "",
            "spots": "" if way is Way.RESET else _spots_problem(self.seats, way),
            "reason": "" if _fits(self.reason) else "Say why, in one line of at most 300 characters.",
        }
        return {name: sentence for name, sentence in found.items() if sentence}


def _spots_problem(seats: int, way: Way) -> str:
    if way is Way.EXPAND and not 1 <= seats <= MOST_AT_ONCE:
        return f"Write a number from 1 to {MOST_AT_ONCE}. Open more in a second step."
    return "" if seats else "Write how many seats, as a number."


def _fits(reason: str) -> bool:
    try:
        _WORDS.validate_python(reason)
    except ValidationError:
        return False
    return True
