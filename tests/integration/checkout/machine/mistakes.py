"""Ways to build checkout wrong, each as it might be written: the games must find what they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from chassis.database import Transaction
from checkout.orders.domain import Order
from checkout.orders.service import OrderService
from checkout.payments import charge_store
from checkout.payments.afterwards import Afterwards
from checkout.payments.domain import Dispute
from checkout.purchases.page_processors import PageProcessors
from checkout.refunds import store as refund_store
from checkout.refunds.domain import Refund
from checkout.refunds.workers import RefundSender
from inventory.pools.book import Book
from inventory.pools.domain import Cause, OrderStep


def keep_what_comes_twice(patch: pytest.MonkeyPatch) -> None:
    """Nobody looks for charges beyond the price."""

    async def nothing(*_arguments: object, **_options: object) -> None:
        return

    patch.setattr(refund_store, "request_surplus", nothing)


def count_refunds_twice(patch: pytest.MonkeyPatch) -> None:
    """What was told of a charge is added up, told again or not."""

    async def added(tx: Transaction, processor: str, payment_intent: str | None, *, told: int = 0) -> int:
        sql = "UPDATE payment_charges SET refunded = refunded + $3 WHERE processor = $1 AND payment_intent = $2"
        await tx.execute(sql, processor, payment_intent, told)
        return 0

    patch.setattr(charge_store, "count_refunds", added)


def pay_again(patch: pytest.MonkeyPatch) -> None:
    """An order that was refunded is paid anew when its payment is told again."""
    paid = OrderService.paid

    async def whatever_it_was(self: OrderService, tx: Transaction, order: Order, *given: Any, **more: Any) -> Any:
        state = order.state if order.state.value != "refunded" else type(order.state)("awaiting_payment")
        return await paid(self, tx, replace(order, state=state), *given, **more)

    patch.setattr(OrderService, "paid", whatever_it_was)


def release_without_asking(patch: pytest.MonkeyPatch) -> None:
    """The promised time ends here, and the processor does not hear of it."""

    async def here_alone(self: PageProcessors, attempt: Any, *, deadline: timedelta) -> Any:
        session = await self.of(attempt).read_session(attempt.session_id, deadline=deadline)
        return replace(session, status="expired")

    patch.setattr(PageProcessors, "end", here_alone)


def freeze_for_any_charge(patch: pytest.MonkeyPatch) -> None:
    """A dispute of a second charge counts as one of the order's own money."""

    async def never(_tx: Transaction, _order_id: UUID, _dispute: Dispute) -> bool:
        return False

    patch.setattr(charge_store, "is_covered_without", never)


def forget_failed_refunds(patch: pytest.MonkeyPatch) -> None:
    """What fails later is no news."""

    async def nothing(*_arguments: object, **_options: object) -> None:
        return

    patch.setattr(Afterwards, "_refund_failed", nothing)


def refund_with_a_new_key(patch: pytest.MonkeyPatch) -> None:
    """A refund whose first answer is lost is asked for with another key, and nobody looks whether it was made."""

    async def once_more(self: RefundSender, refund: Refund) -> Any:
        for number in (1, 2):
            given = await self._processors[refund.processor].refund(
                refund.payment_intent,
                refund_id=refund.refund_id,
                amount=refund.amount,
                duplicate=False,
                idempotency_key=f"{refund.refund_id}:{number}",
                deadline=timedelta(seconds=5),
            )
        return given

    patch.setattr(RefundSender, "_given_back", once_more)


def return_all_seats(patch: pytest.MonkeyPatch) -> None:
    """Seats go back on sale where nobody said so."""
    refund = Book.refund

    def back(self: Book, step: OrderStep, seats: Any, cause: Cause, *, return_seats: bool) -> None:
        refund(self, step, seats, cause, return_seats=True)

    patch.setattr(Book, "refund", back)


Mistake = Callable[[pytest.MonkeyPatch], None]
MISTAKES: Final[Mapping[str, Mistake]] = {
    each.__name__: each
    for each in (
        keep_what_comes_twice,
        count_refunds_twice,
        pay_again,
        release_without_asking,
        freeze_for_any_charge,
        forget_failed_refunds,
        refund_with_a_new_key,
        return_all_seats,
    )
}
