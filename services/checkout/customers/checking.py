"""Customers who look for what they paid for start the comparison with the processor themselves (R-3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Transaction
from chassis.rates import RateLimit
from checkout.customers import check_store
from checkout.reconciliation.domain import Scope
from checkout.reconciliation.service import Reconciliation

# Nobody waits for it, and whoever writes one address after the other takes no calls from buyers.
MOST_A_MINUTE: Final = 20
EVERY: Final = timedelta(minutes=1)
_BACK: Final = timedelta(days=366)
_CUSTOMER: Final = Actor(name="customer")
_ALL: Final = "all"


class CustomerChecks:
    """`wake`: lets whoever goes on with comparisons look at once."""

    def __init__(self, runs: Reconciliation, *, wake: Callable[[], None], clock: Clock) -> None:
        self._runs = runs
        self._wake = wake
        self._limit = RateLimit(MOST_A_MINUTE, clock=clock)
        self._clock = clock

    async def begin(self, tx: Transaction, email: str) -> bool:
        """Has all that this payer paid compared with what there is, and what is missing given, in the background.

        Once a minute for each address, in all processes together, and so often in each; whether it was is for nobody
        who asks to know.
        """
        if self._limit.take(_ALL) is not None or not await check_store.note(tx, email, every=EVERY):
            return False
        now = self._clock.now()
        scope = Scope(since=now - _BACK, until=now, email=email)
        await self._runs.start(tx, scope, actor=_CUSTOMER, by_person=False)
        tx.after_commit(self._wake)
        return True

    async def begin_if_missing(self, tx: Transaction, email: str) -> bool:
        """The same, where an order of the address waits for its money, or for a pass."""
        return await check_store.something_missing(tx, email) and await self.begin(tx, email)
