"""What a repair is."""

from __future__ import annotations

from typing import Final, Protocol, TypeVar

from checkout.orders.domain import Cause, Why
from checkout.reconciliation.domain import Difference, Settlement

# What a processor has said of what a difference is about.
Seen = TypeVar("Seen")
FOUND: Final = Cause(who="system", why=Why.FOUND_AT_PROCESSOR)


class Repair(Protocol[Seen]):
    """Of differences about one kind of thing. Calls out, so no transaction is open; all raise ProcessorFailure."""

    async def see(self, difference: Difference) -> Seen:
        """What it is about, as its processor has it now: asked for once, since calls are few a second."""
        ...

    async def look(self, difference: Difference, seen: Seen) -> Difference | None:
        """What is wrong beside what we have now; None when nothing is any more."""
        ...

    async def mend(self, difference: Difference, seen: Seen) -> Settlement:
        """Mends it, or says why a person has to. Safe to repeat."""
        ...
