"""The rules of holds: what is kept for somebody who has not paid, and for how long (I-2). Pure, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from events import ReleaseCause
from inventory.pools.domain import Cause, ChangeKind, Hold, HoldRequest, HoldState, OrderStep, Pool
from inventory.pools.entries import Entries
from inventory.pools.errors import HoldDiffers, HoldReleased, SoldOut, UnknownTier

_GIVEN_UP = (HoldState.RELEASED, HoldState.TOMBSTONE)


class Holding(Entries):
    """A city's book, as far as nobody has paid."""

    def hold(self, ask: HoldRequest, cause: Cause, *, delayable: bool = False) -> Hold:
        """Takes public seats, and those of an offer, all or nothing; the same order again has the same hold.

        `delayable`: whether the money for a new hold may come later.
        Raises SoldOut, HoldReleased, HoldDiffers or UnknownTier.
        """
        known = self.holds.of(ask.order_id)
        if known:
            return _same(known, ask)
        pool = self.city.pools.get(ask.tier)
        if pool is None:
            raise UnknownTier
        offer = self._offer(ask)
        if pool.public_available + (offer.quantity if offer else 0) < ask.quantity:
            raise SoldOut(self.city.remaining())
        if offer:
            self.holds.put(self._free(offer, ChangeKind.RELEASED, replace(cause, reason=ReleaseCause.OFFER_TAKEN)))
        until, pool = self.now + ask.duration, self.city.pools[ask.tier]
        return self._hold(pool, ask.order_id, ask.quantity, cause, until=until, delayable=delayable)

    def offer(self, offer_id: UUID, tier: str, quantity: int, cause: Cause, *, until: datetime) -> None:
        """Holds seats that are free for somebody in line."""
        self._hold(self.city.pools[tier], offer_id, quantity, cause, until=until, delayable=False)

    def hold_again(self, step: OrderStep, cause: Cause, *, until: datetime) -> None:
        """Holds what a placed order held, unless it is known: it was lost with a database that was restored."""
        if any(hold.state in _GIVEN_UP for hold in self.holds.of(step.order_id)):
            return
        for tier, seats in step.seats.items():
            pool = self._pool(tier)
            if self._of_pool(step.order_id, tier) is not None:
                continue
            if pool.public_available < len(seats):
                self._wait_for_others(step)
                continue  # somebody else has them by right; the order's next event frees nothing
            # What its payment page offers is lost, too.
            self._hold(pool, step.order_id, len(seats), cause, until=until, delayable=True, version=step.version)

    def release(self, order_id: UUID, cause: Cause, *, version: int | None = None) -> None:
        """Gives held seats back. An order that has none is marked, so that a late hold of it is refused.

        Without `version` the caller says it, not an event of the order.
        """
        known = self.holds.of(order_id)
        if not known:
            self.holds.put(Hold(order_id=order_id, state=HoldState.TOMBSTONE, order_version=version or 0))
        for hold in self._here(known):
            if version is not None and version <= hold.order_version:
                continue
            freed = self._free(hold, ChangeKind.RELEASED, cause) if hold.state is HoldState.HELD else hold
            self.holds.put(freed._replace(order_version=max(hold.order_version, version or 0)))

    def expire(self, order_id: UUID, cause: Cause, *, ended_by: datetime) -> None:
        """Frees holds whose own end has passed; what was paid, kept or released meanwhile stays as it is."""
        for hold in self._here(self.holds.of(order_id)):
            if hold.state is HoldState.HELD and hold.hard_until and hold.hard_until < ended_by:
                self.holds.put(self._free(hold, ChangeKind.EXPIRED, cause))

    def keep(self, step: OrderStep, cause: Cause) -> None:
        """Takes their own end from the order's holds: its money is on its way."""
        for hold in self._here(self.holds.of(step.order_id)):
            if step.version > hold.order_version:
                kept = self._keep(hold, cause) if hold.state is HoldState.HELD else hold
                self.holds.put(kept._replace(order_version=step.version, hard_until=None))

    def _hold(
        self,
        pool: Pool,
        order_id: UUID,
        quantity: int,
        cause: Cause,
        *,
        until: datetime,
        delayable: bool,
        version: int = 0,
    ) -> Hold:
        more = quantity if delayable else 0
        held = pool._replace(held=pool.held + quantity, delayable=pool.delayable + more)
        self.change(ChangeKind.HELD, held, quantity, order_id, cause)
        hold = Hold(
            order_id=order_id,
            part=self.holds.next_part(order_id),
            state=HoldState.HELD,
            city_id=self.city.city_id,
            tier=pool.tier,
            quantity=quantity,
            hard_until=until,
            delayable=delayable,
            order_version=version,
        )
        self.holds.put(hold)
        return hold

    def _keep(self, hold: Hold, cause: Cause) -> Hold:
        """Counts the hold's seats as pending: delayable ones, whatever its page was allowed to offer."""
        if not hold.pending:
            pool = self._pool(hold.tier or "").keeping(hold)
            self.change(ChangeKind.KEPT, pool, hold.quantity, hold.order_id, cause)
        return hold._replace(delayable=True)

    def _offer(self, ask: HoldRequest) -> Hold | None:
        """The offer that is taken, as long as it lasts."""
        if ask.offer_id not in self.offers:
            return None
        hold = self._of_pool(ask.offer_id, ask.tier)
        return hold if hold is not None and hold.state is HoldState.HELD else None


def _same(known: Sequence[Hold], ask: HoldRequest) -> Hold:
    """The hold that the same request made before."""
    for hold in known:
        wanted = (hold.city_id, hold.tier, hold.quantity) == (ask.city_id, ask.tier, ask.quantity)
        if wanted and hold.state not in _GIVEN_UP:
            return hold
    if any(hold.state in _GIVEN_UP for hold in known):
        raise HoldReleased(ask.order_id)
    raise HoldDiffers
