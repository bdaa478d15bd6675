"""Values for unit tests of checkout's rooms."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.clock import TEST_EPOCH
from checkout.catalogue.domain import BusinessType, Catalogue, DiscountCode, Terms
from checkout.orders.domain import Order, reserved_seats
from events import (
    CatalogueCityChanged,
    CatalogueTier,
    CatalogueVenue,
    CustomerKind,
    OrderCustomer,
    OrderId,
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


def order(state: OrderState = OrderState.PLACED, **changes: Any) -> Order:
    values: dict[str, Any] = {
        "order_id": OrderId(ORDER_ID),
        "number": "7K3M2QXD",
        "version": 1,
        "state": state,
        "state_before": None,
        "city_id": "dallas-jan-2027",
        "tier": "ga",
        "quantity": 2,
        "list_price": 59900,
        "unit_price": 59900,
        "amount": 119800,
        "discount_total": 0,
        "currency": "USD",
        "customer": OrderCustomer(
            first_name="Jordan", last_name="Ellis", email="jordan@example.com", kind=CustomerKind.NEW
        ),
        "member": False,
        "member_verified": False,
        "discount_code": None,
        "business_type": "individual",
        "payment_method": None,
        "country": None,
        "region": None,
        "visitor_id": None,
        "attribution": None,
        "source": OrderSource.WEB,
        "live_mode": False,
        "seats": reserved_seats("ga", 2),
        "tickets": (),
        "refunded_amount": 0,
        "placed_at": NOW,
        "promised_until": NOW + timedelta(minutes=10),
        "hard_until": NOW + timedelta(minutes=40),
        "paid_at": None,
    }
    return Order(**values | changes)
