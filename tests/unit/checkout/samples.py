"""Values for unit tests of checkout's rooms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.clock import TEST_EPOCH
from checkout.catalogue.domain import BusinessType, Catalogue, DiscountCode, Terms, price_of
from checkout.orders.domain import Order
from checkout.orders.making import line_of_seats, reserved_seats
from checkout.orders.states import SEATS
from checkout.passes.domain import Pass, holder_of
from events import (
    CatalogueCityChanged,
    CataloguePassChanged,
    CatalogueTier,
    CatalogueVenue,
    CustomerKind,
    OrderCustomer,
    OrderId,
    OrderLine,
    OrderSeat,
    OrderSource,
    OrderState,
)

NOW = TEST_EPOCH
ORDER_ID = UUID("0190d5b0-0000-7000-8000-000000000001")


def tier(**changes: Any) -> CatalogueTier:
    values: dict[str, Any] = {
        "name": "General Admission",
        "price": 59900,
        "currency": "USD",
        "public_limit": 35,
        "actual_limit": 40,
        "member_discount_percent": 20,
    }
    return CatalogueTier(**values | changes)


def city(city_id: str = "dallas-jan-2027", **changes: Any) -> CatalogueCityChanged:
    values: dict[str, Any] = {
        "city_id": city_id,
        "version": 1,
        "name": "Dallas",
        "venue": CatalogueVenue(name="Foundry Hall", address="100 Sample Street"),
        "time_zone": "America/Chicago",
        "starts": NOW + timedelta(days=60),
        "ends": NOW + timedelta(days=61),
        "doors": NOW + timedelta(days=60),
        "on_sale_from": NOW - timedelta(days=1),
        "on_sale_until": NOW + timedelta(days=59),
        "tiers": {"ga": tier(), "vip": tier(name="VIP", price=119900, member_discount_percent=10)},
    }
    return CatalogueCityChanged(**values | changes)


def kind_of_pass(**changes: Any) -> CataloguePassChanged:
    values: dict[str, Any] = {
        "pass_id": "ten-classes",
        "version": 1,
        "name": "Ten classes",
        "price": 18000,
        "currency": "USD",
        "entries": 10,
        "valid_days": 90,
        "on_sale_from": NOW - timedelta(days=1),
        "on_sale_until": NOW + timedelta(days=300),
        "member_discount_percent": 10,
    }
    return CataloguePassChanged(**values | changes)


def terms(**changes: Any) -> Terms:
    values: dict[str, Any] = {
        "max_quantity": 6,
        "business_types": (BusinessType(id="individual", name="Just me"),),
        "codes": {},
    }
    return Terms(**values | changes)


def catalogue(*cities: CatalogueCityChanged, **changes: Any) -> Catalogue:
    return Catalogue(cities={one.city_id: one for one in cities or (city(),)}, terms=terms(**changes), revision=1)


def code(**changes: Any) -> DiscountCode:
    return DiscountCode(**{"code": "FADE10", "percent": 10} | changes)


def a_pass(**changes: Any) -> Pass:
    values: dict[str, Any] = {
        "pass_id": UUID(int=7),
        "order_id": OrderId(ORDER_ID),
        "order_number": "7K3M2QXD",
        "order_version": 3,
        "line": 1,
        "item_id": "ten-classes",
        "name": "Ten classes",
        "holder_id": holder_of("jordan@example.com"),
        "customer": OrderCustomer(first_name="Jordan", last_name="Ellis", email="jordan@example.com"),
        "source": OrderSource.WEB.value,
        "live_mode": False,
        "code": "FHP1:",
        "entries": 10,
        "valid_from": NOW,
        "valid_until": NOW + timedelta(days=90),
    }
    return Pass(**values | changes)


def seats_of(lines: Sequence[OrderLine], state: OrderState) -> tuple[OrderSeat, ...]:
    """All seats of the lines, as they stand while their order is in that state."""
    return tuple(seat.model_copy(update={"state": SEATS[state]}) for seat in reserved_seats(lines))


def order(state: OrderState = OrderState.PLACED, **changes: Any) -> Order:
    price = price_of(tier(), quantity=2, member=False, code=None)
    line = line_of_seats(1, city_id="dallas-jan-2027", tier="ga", price=price)
    values: dict[str, Any] = {
        "order_id": OrderId(ORDER_ID),
        "number": "7K3M2QXD",
        "state": state,
        "lines": (line,),
        "amount": 119800,
        "discount_total": 0,
        "currency": "USD",
        "customer": OrderCustomer(
            first_name="Jordan", last_name="Ellis", email="jordan@example.com", kind=CustomerKind.NEW
        ),
        "member": False,
        "business_type": "individual",
        "processor": "stripe",
        "source": OrderSource.WEB,
        "live_mode": False,
        "seats": seats_of((line,), state),
        "placed_at": NOW,
        "promised_until": NOW + timedelta(minutes=10),
        "hard_until": NOW + timedelta(minutes=40),
    }
    return Order(**values | changes)
