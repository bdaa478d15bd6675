"""What a repair is."""

from __future__ import annotations

from typing import Final, Protocol

from checkout.orders.domain import Cause, Why
from checkout.reconciliation.domain import Difference, Settlement

FOUND: Final = Cause(who="system", why=Why.FOUND_AT_PROCESSOR)


class Repair(Protocol):
    """Of differences about one kind of thing. Calls out, so no transaction is open; both raise ProcessorFailure."""

    async def look(self, difference: Difference) -> Difference | None:
        """What is wrong with it now; None when nothing is any more."""
        ...

    async def mend(self, difference: Difference) -> Settlement:
        """Mends it, as it was just seen, or says why a person has to. Safe to repeat."""
        ...
