"""Changes whose order it is, and where its tickets go."""

from __future__ import annotations

from uuid import UUID

from chassis import audit
from chassis.audit import Actor
from chassis.database import Transaction
from checkout.customers.domain import CustomerAction, CustomerChange, changed_customer
from checkout.orders.corrections import Corrections
from checkout.orders.domain import Cause, Order, Why
from checkout.orders.service import locked


class CustomerChanges:
    """What people do to the customers of paid orders. The use case takes the transaction."""

    def __init__(self, *, corrections: Corrections) -> None:
        self._corrections = corrections

    async def change(
        self, tx: Transaction, order_id: UUID, change: CustomerChange, *, reason: str, actor: Actor
    ) -> Order:
        """A repeat changes nothing. Raises UnknownOrder or CustomerNotChangeable."""
        order = await locked(tx, order_id)
        customer = changed_customer(order, change)
        if customer == order.customer:
            return order
        cause = Cause(who="staff", why=Why.CUSTOMER_CHANGED)
        changed = await self._corrections.change_customer(tx, order, cause, customer=customer)
        await audit.record(
            tx,
            CustomerAction.CHANGED,
            actor=actor,
            target=audit.target("order", order_id),
            before=order.customer,
            after=customer,
            reason=reason,
        )
        return changed
