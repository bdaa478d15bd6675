"""An order that follows its own events is what it was when they were written (E-4, E-6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.keys import SigningKey
from chassis.tickets import TicketSigner
from checkout.orders.codes import first_codes, next_codes
from checkout.orders.domain import Order, Reseating
from checkout.orders.following import begun, followed
from checkout.orders.holders import Person
from checkout.orders.messages import OrderMessages
from checkout.orders.tokens import OrderTokens
from events import (
    CancelCause,
    OrderCancelled,
    OrderCustomerChanged,
    OrderDisputeClosed,
    OrderDisputed,
    OrderEvent,
    OrderExpired,
    OrderPaid,
    OrderPaymentFailed,
    OrderPaymentPending,
    OrderPlaced,
    OrderRefunded,
    OrderRefundFailed,
    OrderSeatsMoved,
    OrderState,
    OrderTicketsReplaced,
    OrderTicketsRequested,
    OrderTicketsTransferred,
    PaymentFailure,
)
from tests.unit.checkout.samples import NOW, order

pytestmark = pytest.mark.proves("E-4", "E-6")

KEY = SigningKey.generate("t1")
SIGNER, MESSAGES = TicketSigner(KEY), OrderMessages(OrderTokens([KEY], public_url="https://example.com"))
ROBIN = Person(first_name="Robin", last_name="Hale", email="robin@example.com")
HOLD = timedelta(minutes=10)


@dataclass(slots=True)
class Told:
    """An order as it is changed, and the events that tell of it."""

    order: Order
    events: list[OrderEvent]

    @classmethod
    def placed(cls) -> Told:
        placed = replace(order(), hard_until=NOW + HOLD)
        return cls(placed, [MESSAGES.event(OrderPlaced, placed, at=NOW)])

    def tell(self, kind: type[OrderEvent], after: Order | None, **more: Any) -> Told:
        assert after is not None
        assert after.version > self.order.version
        self.order = after
        self.events.append(MESSAGES.event(kind, after, at=NOW, **more))
        return self

    def pending(self) -> Told:
        awaited = self.order.moved(OrderState.AWAITING_PAYMENT)
        assert awaited is not None
        return self.tell(OrderPaymentPending, awaited.moved(OrderState.PAYMENT_PENDING))

    def paid(self) -> Told:
        awaited = self.order.moved(OrderState.AWAITING_PAYMENT)
        assert awaited is not None
        codes = first_codes(SIGNER, awaited)
        after = replace(awaited, paid_at=NOW, country="US", region="TX", tickets=codes).moved(OrderState.PAID)
        return self.tell(OrderPaid, after, hold_alive=True, tickets=codes, paid_at=NOW, processor_time=NOW)

    def refunded(self, total: int, *seats: int) -> Told:
        whole = total == self.order.amount
        after = self.order.refunded(total, seats).moved(OrderState.REFUNDED if whole else OrderState.PARTIALLY_REFUNDED)
        amount = total - self.order.refunded_amount
        return self.tell(OrderRefunded, after, refunded_amount=amount, refunded_seats=seats, return_seats=True)

    def refund_failed(self, amount: int) -> Told:
        return self.tell(
            OrderRefundFailed, self.order.refund_failed(amount), failed_amount=amount, ended_seats=(), cause="expired"
        )

    def disputed(self) -> Told:
        return self.tell(OrderDisputed, self.order.moved(OrderState.DISPUTED), cause="fraudulent")

    def decided(self, *, won: bool) -> Told:
        back = self.order.state_before if won else OrderState.REFUNDED
        assert back is not None
        return self.tell(OrderDisputeClosed, self.order.moved(back), won=won)

    def given(self, *seats: int) -> Told:
        codes = next_codes(SIGNER, self.order, dict.fromkeys(seats, "dallas-jan-2027"))
        holders = (MESSAGES.holder(self.order, each) for each in self.order.holders if each.seat in seats)
        after = self.order.given(ROBIN, codes)
        return self.tell(OrderTicketsTransferred, after, previous_holders=tuple(holders), tickets=codes)

    def replaced(self, *seats: int) -> Told:
        codes = next_codes(SIGNER, self.order, dict.fromkeys(seats, "dallas-jan-2027"))
        return self.tell(OrderTicketsReplaced, self.order.with_tickets(codes), tickets=codes)

    def requested(self) -> Told:
        return self.tell(OrderTicketsRequested, self.order.with_tickets(()), tickets=self.order.good_tickets)

    def moved(self) -> Told:
        wish = Reseating(
            seats=(1, 2), from_city_id="dallas-jan-2027", from_tier="ga", city_id="austin", tier="vip", hold_id=uuid4()
        )
        codes = next_codes(SIGNER, self.order, dict.fromkeys(wish.seats, wish.city_id))
        left = {"from_city_id": wish.from_city_id, "from_tier": wish.from_tier}
        after = self.order.reseated(wish, codes)
        return self.tell(OrderSeatsMoved, after, moved_seats=wish.seats, hold_id=wish.hold_id, tickets=codes, **left)

    def renamed(self, email: str) -> Told:
        previous = self.order.customer.email
        after = self.order.of_customer(self.order.customer.model_copy(update={"first_name": "Sam", "email": email}))
        return self.tell(OrderCustomerChanged, after, previous_email=previous, tickets=after.own_tickets)

    def over(self, kind: type[OrderEvent], state: OrderState, **more: Any) -> Told:
        return self.tell(kind, self.order.moved(state), **more)


def lives() -> Iterable[tuple[str, Told]]:
    paid = Told.placed
    yield "pending", paid().pending()
    failed = {"cause": PaymentFailure.DEBIT_DECLINED}
    yield "failed", paid().pending().over(OrderPaymentFailed, OrderState.PAYMENT_FAILED, **failed)
    yield "expired", paid().over(OrderExpired, OrderState.EXPIRED)
    cancelled = {"cause": CancelCause.CANCELLED_BY_STAFF}
    yield "cancelled", paid().over(OrderCancelled, OrderState.CANCELLED, **cancelled)
    yield "refunded in parts", paid().paid().refunded(59_900, 1).refunded(119_800, 2)
    yield "a refund failed", paid().paid().refunded(119_800, 1, 2).refund_failed(119_800)
    yield "disputed after a part", paid().paid().refunded(100).disputed()
    yield "won", paid().paid().refunded(100).disputed().decided(won=True)
    yield "lost", paid().paid().disputed().decided(won=False)
    yield "a refund failed while disputed", paid().paid().refunded(100).disputed().refund_failed(100)
    yield "given on", paid().paid().given(1).given(1, 2).requested()
    yield "given, then void", paid().paid().given(2).replaced(1, 2)
    yield "moved", paid().paid().moved()
    yield "renamed", paid().paid().renamed("jordan@example.com").renamed("sam@example.com").renamed("SAM@example.com")


@pytest.mark.parametrize(("told"), [pytest.param(told, id=name) for name, told in lives()])
def test_an_order_that_follows_its_events_is_as_it_was(told: Told) -> None:
    first, *later = told.events
    assert isinstance(first, OrderPlaced)
    found = begun(first, hold=HOLD)
    for event in later:
        found = followed(found, event)
    assert found == told.order
