from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from checkout.orders.states import HOLDING, SEATS, allowed
from events import (
    Attribution,
    CustomerKind,
    OrderCustomer,
    OrderId,
    OrderLine,
    OrderSeat,
    OrderSource,
    OrderState,
    SeatState,
    TicketCode,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as it stands. Prices in minor units of `currency`; `hard_until` is inventory's end of the hold (I-2)."""

    order_id: OrderId
    number: str
    version: int
    state: OrderState
    state_before: OrderState | None
    city_id: str
    tier: str
    quantity: int
    list_price: int
    unit_price: int
    amount: int
    discount_total: int
    currency: str
    customer: OrderCustomer
    member: bool
    member_verified: bool
    discount_code: str | None
    business_type: str
    payment_method: str | None
    country: str | None
    region: str | None
    visitor_id: str | None
    attribution: Attribution | None
    source: OrderSource
    live_mode: bool
    seats: tuple[OrderSeat, ...]
    tickets: tuple[TicketCode, ...]
    refunded_amount: int
    placed_at: datetime
    promised_until: datetime
    hard_until: datetime
    paid_at: datetime | None

    @property
    def lines(self) -> tuple[OrderLine, ...]:
        line = OrderLine(
            tier=self.tier,
            quantity=self.quantity,
            list_price=self.list_price,
            unit_price=self.unit_price,
            amount=self.amount,
        )
        return (line,)

    def hold_alive(self, now: datetime) -> bool:
        """Whether inventory still keeps the seats: a pending payment has no end, else until `hard_until`."""
        if self.state is OrderState.PAYMENT_PENDING:
            return True
        return self.state in HOLDING and now < self.hard_until

    def moved(self, target: OrderState) -> Order | None:
        """The order one version on and in that state, its seats with it; None when C-5 does not allow it."""
        if not allowed(self.state, target, before=self.state_before):
            return None
        before = self.state if target is OrderState.DISPUTED else None
        return replace(
            self, state=target, state_before=before, version=self.version + 1, seats=_seats(self.seats, target)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Who changed an order and why; `event_id` is the processor's."""

    who: str
    why: str
    event_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One change, or a refused one."""

    version: int
    state_from: str | None
    state_to: str
    refused: bool
    cause: Cause
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message about an order, as the notifier says."""

    channel: str
    kind: str
    state: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilment:
    """What inventory and the notifier say about an order; `revision` grows with each change."""

    revision: int
    sold_at: datetime | None
    oversold: bool
    deliveries: tuple[Delivery, ...]


NOT_FULFILLED = Fulfilment(revision=0, sold_at=None, oversold=False, deliveries=())


def reserved_seats(tier: str, quantity: int) -> tuple[OrderSeat, ...]:
    """Seats of a new order, counted from 1."""
    return tuple(OrderSeat(seat=seat, tier=tier, state=SeatState.RESERVED) for seat in range(1, quantity + 1))


def customer_kind(*, earlier_orders: int, earlier_member_orders: int, member: bool) -> CustomerKind:
    """C-3: the first member order of an email whose earlier orders were not is a conversion."""
    if earlier_orders == 0:
        return CustomerKind.NEW
    return CustomerKind.CONVERTED if member and earlier_member_orders == 0 else CustomerKind.RETURNING


def email_key(email: str) -> str:
    """What emails are compared by."""
    return email.strip().casefold()


def _seats(seats: tuple[OrderSeat, ...], state: OrderState) -> tuple[OrderSeat, ...]:
    """All seats follow the order, but a seat that was refunded by itself stays so."""
    seat_state = SEATS.get(state)
    if seat_state is None:
        return seats
    kept = SeatState.REFUNDED
    return tuple(seat if seat.state is kept else seat.model_copy(update={"state": seat_state}) for seat in seats)
