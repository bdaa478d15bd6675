"""Counts what comes in kinds, so that a flood of one kind is told of in two words instead of thousands (X-5)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import timedelta
from typing import Final, Generic, TypeVar

# How long the others of a kind are counted before they are told of together.
TOGETHER: Final = timedelta(seconds=10)
# So many kinds are told apart between two looks; what is of more is counted as `rest`.
MOST_KINDS: Final = 1_000

Kind = TypeVar("Kind", bound=Hashable)


class Tally(Generic[Kind]):
    """Counts by kind: the first of a kind is told of at once, the others together at the next look."""

    def __init__(self) -> None:
        self._since_told: dict[Kind, int] = {}

    def add(self, kind: Kind, *, rest: Kind) -> Kind | None:
        """Counts one, and gives the kind to tell of at once; None when the next look tells of it."""
        if kind not in self._since_told and len(self._since_told) >= MOST_KINDS:
            kind = rest
        if kind in self._since_told:
            self._since_told[kind] += 1
            return None
        self._since_told[kind] = 0
        return kind

    def put_back(self, counted: Iterable[tuple[Kind, int]]) -> None:
        """Counts again what could not be told of."""
        for kind, count in counted:
            self._since_told[kind] = self._since_told.get(kind, 0) + count

    def take(self) -> list[tuple[Kind, int]]:
        """What was counted since the last look; a kind that was quiet since then is told of at once when it returns."""
        counted = [(kind, count) for kind, count in self._since_told.items() if count]
        self._since_told = dict.fromkeys((kind for kind, _ in counted), 0)
        return counted
