"""Use cases of refunds of cities. Each order of one is an ordinary request for a refund (refunds/)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from chassis import audit
from chassis.audit import Actor
from chassis.database import Reader, Transaction
from chassis.database_outages import is_outage
from chassis.errors import Condition
from chassis.ids import uuid7
from chassis.telemetry import get_logger
from checkout.catalogue import service as catalogue
from checkout.cityrefunds import store
from checkout.cityrefunds.domain import CityPlan, CityRefund, CityRefundAction
from checkout.cityrefunds.errors import CityOrdersChanged, CityRefundRunning
from checkout.orders.domain import Order
from checkout.orders.service import OrderService, locked
from checkout.orders.states import WITH_TICKETS
from checkout.refunds.domain import Wanted
from checkout.refunds.errors import NothingToRefund
from checkout.refunds.service import RefundService

log = get_logger()

# A mistake of ours with one order, as a code; the log has what it was.
UNEXPECTED: Final = "failed_unexpectedly"


class CityRefunds:
    """Begins them, and asks for the refund of one order after the other."""

    def __init__(self, *, orders: OrderService, refunds: RefundService) -> None:
        self._orders = orders
        self._refunds = refunds

    async def start(
        self, tx: Transaction, city_id: str, *, expected: int, return_seats: bool, reason: str, actor: Actor
    ) -> CityRefund:
        """Stores which orders it has, as many as the person was shown.

        Raises CityRefundRunning and CityOrdersChanged.
        """
        await store.lock_city(tx, city_id)
        if run_id := await store.running(tx, city_id):
            raise CityRefundRunning(extra={"runId": str(run_id)})
        plan = CityPlan.of(await store.orders_of(tx, city_id))
        if not plan.orders or len(plan.orders) != expected:
            raise CityOrdersChanged(extra={"orders": len(plan.orders)})
        run = CityRefund(
            run_id=uuid7(), city_id=city_id, reason=reason, requested_by=actor.name, return_seats=return_seats
        )
        await store.insert(tx, run, [each.order_id for each in plan.orders])
        await _audit(tx, run, plan, actor)
        log.info("city_refund_started", city=city_id, count=len(plan.orders), actor=actor.name)
        return run

    async def any_due(self, reader: Reader) -> bool:
        """Whether there is an order to ask for."""
        return await store.any_due(reader)

    async def ask_next(self, tx: Transaction) -> bool:
        """Asks for the refund of the next order; False when none is due. One that can't be is kept with its code."""
        found = await store.take_next(tx)
        if found is None:
            return False
        run, order_id = found
        await store.settle(tx, run.run_id, order_id, problem=await self._problem(tx, run, order_id))
        return True

    async def _problem(self, tx: Transaction, run: CityRefund, order_id: UUID) -> str | None:
        """Asks for it, or says why not; whatever is wrong with one order stops no other."""
        try:
            async with tx.savepoint():
                await self._ask(tx, run, order_id)
        except Condition as condition:
            log.warning("city_refund_order_failed", order_id=str(order_id), reason=condition.code)
            return condition.code
        except Exception as error:
            if is_outage(error):
                raise
            log.warning("city_refund_order_failed", order_id=str(order_id), reason=UNEXPECTED, exc_info=error)
            return UNEXPECTED
        return None

    async def _ask(self, tx: Transaction, run: CityRefund, order_id: UUID) -> None:
        order, actor = await locked(tx, order_id), Actor(name=run.requested_by)
        if order.amount == 0:
            await self._cancel_free(tx, order)
        else:
            wanted = Wanted(return_seats=run.return_seats, reason=run.reason)
            await self._refunds.request(tx, order_id, wanted, actor=actor)

    async def _cancel_free(self, tx: Transaction, order: Order) -> None:
        if order.state not in WITH_TICKETS:
            raise NothingToRefund
        await self._orders.cancel_free(tx, order)
        await catalogue.give_back(tx, order.order_id)


async def _audit(tx: Transaction, run: CityRefund, plan: CityPlan, actor: Actor) -> None:
    await audit.record(
        tx,
        CityRefundAction.STARTED,
        actor=actor,
        target=audit.target("city", run.city_id),
        after={
            "run": str(run.run_id),
            "orders": len(plan.orders),
            "amounts": dict(plan.amounts),
            "return_seats": run.return_seats,
        },
        reason=run.reason,
    )
