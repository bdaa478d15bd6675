"""Moves an order's seats: first inventory holds the new ones, then the order has them, in one transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from chassis import audit
from chassis.audit import Actor
from chassis.crashpoints import crashpoint
from chassis.database import Database, Transaction
from chassis.telemetry import get_logger
from checkout.catalogue.memory import CatalogueMemory
from checkout.moves.domain import Destination, MoveAction, reseating
from checkout.moves.errors import NoSeatsThere, OrderChanged, SeatsNotHeld
from checkout.orders import store
from checkout.orders.corrections import Corrections
from checkout.orders.domain import Cause, Order, Reseating, Why
from checkout.orders.errors import UnknownOrder
from checkout.seats.inventory import HoldFailed, HoldRequest, NotEnoughSeats, Seats

log = get_logger()

# Long enough for the transaction that follows. Nobody gives such a hold back: somebody who asked for the same at the
# same moment may have moved the order with it. It ends by itself, once inventory has read what was told meanwhile.
HELD_FOR: Final = timedelta(minutes=2)


class Moves:
    """What people do with the seats of paid orders."""

    def __init__(self, *, database: Database, memory: CatalogueMemory, corrections: Corrections, seats: Seats) -> None:
        self._database = database
        self._memory = memory
        self._corrections = corrections
        self._seats = seats

    async def move(self, order_id: UUID, there: Destination, *, reason: str, actor: Actor) -> tuple[Order, Order]:
        """The order before and after; what was paid stays. A repeat changes nothing.

        Raises UnknownOrder, NotMovable, NoSuchSeats, NoSeatsThere, SeatsNotHeld or OrderChanged.
        """
        order = await store.get(self._database, order_id)
        if order is None:
            raise UnknownOrder
        wanted = reseating(order, there, self._memory.current)
        if wanted is None:
            return order, order
        await self._hold(wanted)
        crashpoint("move.held")
        async with self._database.transaction() as tx:
            return order, await self._reseat(tx, order, wanted, reason=reason, actor=actor)

    async def _hold(self, wanted: Reseating) -> None:
        request = HoldRequest(
            order_id=wanted.hold_id,
            city_id=wanted.city_id,
            tier=wanted.tier,
            quantity=len(wanted.seats),
            duration=HELD_FOR,
        )
        try:
            await self._seats.hold(request)
        except NotEnoughSeats as refusal:
            raise NoSeatsThere(refusal.available) from refusal
        except HoldFailed as failure:
            raise SeatsNotHeld from failure

    async def _reseat(self, tx: Transaction, seen: Order, wanted: Reseating, *, reason: str, actor: Actor) -> Order:
        order = await store.get_locked(tx, seen.order_id)
        if order is None or order.version != seen.version:
            raise OrderChanged
        moved = await self._corrections.reseat(tx, order, Cause(who="staff", why=Why.SEATS_MOVED), wanted=wanted)
        await audit.record(
            tx,
            MoveAction.MOVED,
            actor=actor,
            target=audit.target("order", order.order_id),
            before={"cityId": wanted.from_city_id, "tier": wanted.from_tier},
            after={"cityId": wanted.city_id, "tier": wanted.tier, "seats": list(wanted.seats)},
            reason=reason,
        )
        log.info("order_seats_moved", order_id=str(order.order_id), city=wanted.city_id, tier=wanted.tier)
        return moved
