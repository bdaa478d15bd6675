"""What moved the money of a connected account: stretches of its balance, from the oldest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from chassis.clock import Clock
from checkout.payments.domain import Movement
from checkout.payments.processors.port import Listed
from checkout.payments.processors.stripe_movements import read_movement
from checkout.payments.processors.stripe_objects import PAGE, encode, read_page
from checkout.processors.accounts import Credentials
from checkout.processors.stripe_calls import StripeConnectCalls
from checkout.processors.stripe_objects import payment_of

# Stripe lists the newest first: a stretch is read to its end, so that its oldest can come first.
_STRETCH: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedPayments:
    """Payments whose money moved in a stretch of time.

    payment_ids: each once
    after: where the next stretch begins; None: there is none yet
    """

    payment_ids: Sequence[str]
    after: str | None


class MovementList:
    """Raises ProcessorFailure. A payment that moved no money is not in it, nor one of Stripe's older API."""

    def __init__(self, calls: StripeConnectCalls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock

    async def page(
        self, credentials: Credentials, *, since: datetime, after: str | None, deadline: timedelta
    ) -> MovedPayments:
        """A stretch since a moment, or from where the one before has said. The newest has no end."""
        begin = datetime.fromtimestamp(int(after), UTC) if after else since
        end = begin + _STRETCH
        last = end >= self._clock.now()
        movements = await self._all(credentials, _query(begin, None if last else end), deadline)
        found = dict.fromkeys(payment for payment in map(payment_of, movements) if payment is not None)
        return MovedPayments(payment_ids=list(found), after=None if last else str(int(end.timestamp())))

    async def _all(self, credentials: Credentials, query: dict[str, Any], deadline: timedelta) -> Sequence[Movement]:
        found: list[Movement] = []
        after: str | None = None
        while True:
            path = f"/v1/balance_transactions?{encode(query | ({'starting_after': after} if after else {}))}"
            page = await self._calls.get("movements.list", path, credentials, _read, deadline=deadline)
            found += page.items
            after = page.after
            if after is None:
                return found


def _query(begin: datetime, end: datetime | None) -> dict[str, Any]:
    """The first second is in it, the last one in the next stretch."""
    created = {"gte": int(begin.timestamp()), **({"lt": int(end.timestamp())} if end else {})}
    return {"limit": PAGE, "created": created, "expand": ["data.source"]}


_read: partial[Listed[Movement]] = partial(read_page, read=read_movement)
