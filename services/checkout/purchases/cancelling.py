"""An admin cancels an order that nobody has paid for, or that cost nothing (C-7)."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from chassis import audit
from chassis.audit import Actor
from chassis.database import Database, Transaction
from chassis.telemetry import get_logger
from checkout.catalogue import service as catalogue
from checkout.orders import store as orders_store
from checkout.orders.domain import Order
from checkout.orders.errors import UnknownOrder
from checkout.orders.service import OrderService, locked
from checkout.orders.states import OVER, WITH_TICKETS
from checkout.payments.processors.port import ProcessorFailure
from checkout.payments.service import PaymentService
from checkout.purchases.errors import NotCancellable, PaymentProviderBusy
from checkout.purchases.sessions import PaymentPages
from events import CancelCause, OrderState

log = get_logger()

DEADLINE: Final = timedelta(seconds=8)
_UNPAID: Final = frozenset({OrderState.PLACED, OrderState.AWAITING_PAYMENT})
_STAFF: Final = CancelCause.CANCELLED_BY_STAFF


class CancelAction(StrEnum):
    """What a person does, as the audit names it."""

    CANCELLED = "order_cancelled"


class Cancelling:
    """The use case. It opens its transactions: between them the processor ends the payment page."""

    def __init__(
        self, *, database: Database, orders: OrderService, payments: PaymentService, pages: PaymentPages
    ) -> None:
        self._database = database
        self._orders = orders
        self._payments = payments
        self._pages = pages

    async def cancel(self, order_id: UUID, *, reason: str, actor: Actor) -> Order:
        """The order as it is then; one that is over stays so. Seats go back, and a code's use with them.

        Raises UnknownOrder, NotCancellable for money that is here or on its way, and PaymentProviderBusy.
        """
        if await self._begin(order_id, reason=reason, actor=actor):
            try:
                await self._pages.cancel(order_id, cause=_STAFF, deadline=DEADLINE)
            except ProcessorFailure as failure:
                raise PaymentProviderBusy(headers={"Retry-After": "5"}) from failure
        order = await orders_store.get(self._database, order_id)
        if order is None:
            raise UnknownOrder
        if not _is_over(order):
            raise NotCancellable(f"The order turned out to be {order.state.value}.")
        return order

    async def _begin(self, order_id: UUID, *, reason: str, actor: Actor) -> bool:
        """Whether its pages are to be ended: what a person wants is written down before the processor hears of it."""
        async with self._database.transaction() as tx:
            order = await locked(tx, order_id)
            if _is_over(order):
                return False
            require_cancellable(order)
            if order.state in _UNPAID:
                await self._payments.cancel_asked(tx, order_id, cause=_STAFF, within=2 * DEADLINE)
            else:
                await self._orders.cancel_free(tx, order)
                await catalogue.give_back(tx, order_id)
            await _audit(tx, order, reason=reason, actor=actor)
        log.info("order_cancel_requested", order_id=str(order_id), actor=actor.name)
        return order.state in _UNPAID


def require_cancellable(order: Order) -> None:
    """Nobody has paid for it, or it cost nothing. Raises NotCancellable."""
    if order.state in _UNPAID or (order.amount == 0 and order.state in WITH_TICKETS):
        return
    raise NotCancellable(f"The order is {order.state.value}.")


def _is_over(order: Order) -> bool:
    return order.state in OVER or (order.state is OrderState.REFUNDED and order.amount == 0)


async def _audit(tx: Transaction, order: Order, *, reason: str, actor: Actor) -> None:
    await audit.record(
        tx,
        CancelAction.CANCELLED,
        actor=actor,
        target=audit.target("order", order.order_id),
        before={"state": order.state.value},
        after={"state": "cancelled"},
        reason=reason,
    )
