"""What a detector is."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Protocol

from checkout.reconciliation.domain import Looked, Scope

# For one call of the processor, its line and repeats included.
DEADLINE: Final = timedelta(seconds=20)


class Detector(Protocol):
    """Looks at one kind of thing. It changes nothing, and calls out, so no transaction is open."""

    @property
    def name(self) -> str:
        """What it looks at, in a word."""
        ...

    @property
    def own(self) -> bool:
        """Whether it looks at what we have alone, whatever the accounts are."""
        ...

    def wants(self, scope: Scope) -> bool:
        """Whether it has something to look at there."""
        ...

    async def look(self, account: str, scope: Scope, *, after: str | None) -> Looked:
        """The next page. Raises ProcessorFailure when it can't be read."""
        ...
