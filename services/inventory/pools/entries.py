"""What the rules of stock write into a locked city, and what they see there. Pure, no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from chassis.errors import Retry
from inventory.pools.domain import Cause, Change, ChangeKind, City, Hold, HoldState, OrderStep, Pool
from inventory.pools.tracked import OrderHolds, OrderTickets
from inventory.tickets.domain import Ticket


class Entries:
    """A city whose row is locked, and what has been written into it so far."""

    def __init__(
        self,
        city: City,
        *,
        now: datetime,
        holds: Iterable[Hold] = (),
        tickets: Iterable[Ticket] = (),
        offers: Iterable[UUID] = (),
        restoring: bool = False,
    ) -> None:
        """`offers`: which of the holds are offers to the waiting list, those that are withdrawn first first.

        `restoring`: what had the seats before may not be read yet (pools/restore.py).
        """
        self.city = city
        self.now = now
        self.changes: list[Change] = []
        self.holds = OrderHolds(holds)
        self.tickets = OrderTickets(tickets)
        self.offers = tuple(offers)
        self.restoring = restoring

    def change(
        self,
        kind: ChangeKind,
        pool: Pool,
        quantity: int,
        order_id: UUID | None,
        cause: Cause,
        *,
        from_spare: int = 0,
        still_oversold: int = 0,
    ) -> None:
        """Writes one change, which leaves its pool as `pool`; `holding.py` and `selling.py` say when."""
        before, self.city = self.city, self.city.changed(pool)
        self.changes.append(
            Change(
                kind=kind,
                tier=pool.tier,
                quantity=quantity,
                order_id=order_id,
                before=before,
                after=self.city,
                cause=cause,
                from_spare=from_spare,
                still_oversold=still_oversold,
            )
        )

    @property
    def changed_pools(self) -> list[Pool]:
        return [self.city.pools[tier] for tier in sorted({change.tier for change in self.changes})]

    def _free(self, hold: Hold, kind: ChangeKind, cause: Cause) -> Hold:
        """The hold without its seats."""
        pool = self._pool(hold.tier or "").without(hold)
        self.change(kind, pool, hold.quantity, hold.order_id, cause)
        return hold._replace(state=HoldState.RELEASED, hard_until=None, delayable=False)

    def _followed(self, step: OrderStep) -> None:
        for hold in self._here(self.holds.of(step.order_id)):
            self.holds.put(hold._replace(order_version=max(hold.order_version, step.version)))

    def _here(self, holds: Iterable[Hold]) -> list[Hold]:
        """Those that this city's lock covers: its own, and tombstones."""
        return [hold for hold in holds if hold.city_id in (None, self.city.city_id)]

    def _of_pool(self, order_id: UUID, tier: str) -> Hold | None:
        return self.holds.of_pool(order_id, self.city.city_id, tier)

    def _applied(self, order_id: UUID) -> int:
        """The newest of the order's events that this city has followed."""
        return max((hold.order_version for hold in self._here(self.holds.of(order_id))), default=0)

    def _wait_for_others(self, step: OrderStep) -> None:
        """After a restore seats may be missing only because whoever gave them back is not read yet."""
        if self.restoring:
            raise Retry(f"order {step.order_id} had seats that nobody has given back yet")

    def _pool(self, tier: str) -> Pool:
        pool = self.city.pools.get(tier)
        if pool is None:
            raise Retry(f"city {self.city.city_id} has no tier {tier} yet")
        return pool
