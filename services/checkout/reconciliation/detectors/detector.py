"""What a detector is."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final, Protocol

from checkout.reconciliation.domain import Looked, Scope

# For one call of the processor, its line and repeats included.
DEADLINE: Final = timedelta(seconds=20)
# So many are made at once, as it answers in a second or less.
AT_ONCE: Final = 8


class Reach(StrEnum):
    """Where a detector looks: at what we have alone, our own account, which are connected to it, or each account."""

    OURS = "ours"
    OWN = "own"
    CONNECTED = "connected"
    EACH = "each"


class Detector(Protocol):
    """Looks at one kind of thing. It changes nothing, and calls out, so no transaction is open."""

    @property
    def name(self) -> str:
        """What it looks at, in a word."""
        ...

    @property
    def reach(self) -> Reach:
        """Where it looks."""
        ...

    def wants(self, scope: Scope) -> bool:
        """Whether it has something to look at there."""
        ...

    async def look(self, account: str, scope: Scope, *, after: str | None) -> Looked:
        """The next page. Raises ProcessorFailure when it can't be read."""
        ...
