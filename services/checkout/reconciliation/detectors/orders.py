"""Orders that were paid and lack something, and those that have something and were not paid, by what we have alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from chassis.app import read_place, write_cursor
from chassis.clock import Clock
from chassis.database import Database
from checkout.reconciliation import ours_store
from checkout.reconciliation.comparing import of_order
from checkout.reconciliation.detectors.detector import Reach
from checkout.reconciliation.domain import Looked, Scope

# Within this time of its payment an order has all that we give.
FULFILLED_WITHIN: Final = timedelta(minutes=5)
# Other services may be away for a while, and go on where they were: nobody is to be written to twice for that.
HEARD_WITHIN: Final = timedelta(hours=1)
_PAGE: Final = 200
_MOST_OF_A_PAYER: Final = 200


class OrderDetector:
    """Seats by inventory's word, tickets, passes, and the e-mail to the buyer. `confirmed`: whether that is sent."""

    name: Final = "orders"
    reach: Final = Reach.OURS

    def __init__(self, *, database: Database, confirmed: Callable[[], bool], clock: Clock) -> None:
        self._database = database
        self._confirmed = confirmed
        self._clock = clock

    def wants(self, scope: Scope) -> bool:  # noqa: ARG002 there is something in each
        return True

    async def look(self, account: str, scope: Scope, *, after: str | None) -> Looked:  # noqa: ARG002 it is ours
        order_ids, following = await self._next(scope, after)
        now = self._clock.now()
        late = now - FULFILLED_WITHIN
        heard = now - HEARD_WITHIN if scope.whole else late
        found = await ours_store.orders(self._database, order_ids)
        judged = [each for each in found.values() if each.paid_at is None or each.paid_at <= late]
        differences = [
            difference
            for ours in judged
            for difference in of_order(
                ours, confirmed=self._confirmed(), heard=ours.paid_at is None or ours.paid_at <= heard
            )
        ]
        return Looked(differences=tuple(differences), checked=len(judged), after=following)

    async def _next(self, scope: Scope, after: str | None) -> tuple[Sequence[UUID], str | None]:
        if not scope.whole:
            return await self._named(scope), None
        place = read_place(after) if after else None
        paid = await ours_store.paid_between(self._database, scope.since, scope.until, after=place, limit=_PAGE)
        unpaid = (
            await ours_store.given_unpaid(self._database, scope.since, scope.until, limit=_PAGE)
            if after is None
            else []
        )
        following = write_cursor(*paid[-1]) if len(paid) == _PAGE else None
        return [*unpaid, *(order_id for _, order_id in paid)], following

    async def _named(self, scope: Scope) -> Sequence[UUID]:
        if scope.email is not None:
            return await ours_store.orders_of(self._database, scope.email, limit=_MOST_OF_A_PAYER)
        if scope.session_id is not None:
            return await ours_store.orders_of_session(self._database, scope.session_id)
        return [scope.order_id] if scope.order_id is not None else []
