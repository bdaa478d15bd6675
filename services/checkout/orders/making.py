"""New orders and their lines. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from checkout.catalogue.domain import Price
from checkout.orders.domain import Order
from events import (
    CataloguePassChanged,
    CustomerKind,
    LineKind,
    OrderCustomer,
    OrderId,
    OrderLine,
    OrderSeat,
    OrderSource,
    SeatState,
)


def line_of_seats(line: int, *, city_id: str, tier: str, price: Price) -> OrderLine:
    """A line that sells seats of one tier in one city."""
    return OrderLine(
        line=line,
        kind=LineKind.SEATS,
        item_id=city_id,
        tier=tier,
        quantity=price.quantity,
        list_price=price.list_price,
        unit_price=price.unit_price,
        amount=price.amount,
        discounts=price.discounts,
    )


def line_of_pass(line: int, kind: CataloguePassChanged, *, price: Price) -> OrderLine:
    """A line that sells passes of one kind."""
    seats = line_of_seats(line, city_id=kind.pass_id, tier="", price=price)
    return seats.model_copy(update={"kind": LineKind.PASSES, "name": kind.name})


def order_of_line(
    order_id: UUID,
    *,
    number: str,
    line: OrderLine,
    price: Price,
    customer: OrderCustomer,
    member: bool,
    business_type: str,
    processor: str | None,
    source: OrderSource,
    live_mode: bool,
    placed_at: datetime,
    promised_until: datetime,
    hard_until: datetime,
) -> Order:
    """A new order of one line; what not every order has, its maker adds."""
    lines = (line,)
    return Order(
        order_id=OrderId(order_id),
        number=number,
        lines=lines,
        seats=reserved_seats(lines),
        amount=price.amount,
        discount_total=price.discount_total,
        currency=price.currency,
        customer=customer,
        member=member,
        business_type=business_type,
        processor=processor,
        source=source,
        live_mode=live_mode,
        placed_at=placed_at,
        promised_until=promised_until,
        hard_until=hard_until,
    )


def reserved_seats(lines: Iterable[OrderLine]) -> tuple[OrderSeat, ...]:
    """The seats of a new order's lines, counted from 1 within the order."""
    wanted = [line for line in lines if line.kind == LineKind.SEATS for _ in range(line.quantity)]
    return tuple(
        OrderSeat(seat=seat, line=line.line, city_id=line.item_id, tier=line.tier, state=SeatState.RESERVED)
        for seat, line in enumerate(wanted, start=1)
    )


def customer_kind(*, earlier_orders: int, earlier_member_orders: int, member: bool) -> CustomerKind:
    """C-3: the first member order of an email whose earlier orders were not is a conversion."""
    if earlier_orders == 0:
        return CustomerKind.NEW
    return CustomerKind.CONVERTED if member and earlier_member_orders == 0 else CustomerKind.RETURNING
