"""Events of other services, as the notifier reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.ids import short_number, uuid7
from events import (
    AppointmentDetails,
    CatalogueCityChanged,
    CatalogueTier,
    CatalogueVenue,
    LineKind,
    OrderCustomer,
    OrderCustomerChanged,
    OrderEvent,
    OrderId,
    OrderLine,
    OrderPaid,
    OrderPaymentFailed,
    OrderRefunded,
    OrderSeat,
    OrderSeatsMoved,
    OrderSource,
    OrderState,
    OrderTicketsRequested,
    OrderTicketsTransferred,
    OversoldResolution,
    PassEnding,
    PassGranted,
    PassState,
    PaymentAppointmentPaid,
    PaymentFailure,
    PaymentWayRefund,
    PoolLevel,
    SeatState,
    StockHeld,
    StockOversold,
    StockOversoldResolved,
    StockSold,
    TicketCode,
    TicketHolder,
    WayRefundOutcome,
)

CODE = "FH1:6BFOXN*TS0BI$ZD.P9UOLR9M%CMI5V7%2T9VX0KYG73-E6FCB%BK8M4NK.M2P5ZQ4$+G4KL+ZI"

MOVED_CODE = CODE.replace("FH1:6B", "FH1:7C")


def city(city_id: str, **changes: Any) -> CatalogueCityChanged:
    starts = datetime(2027, 1, 23, 15, 0, tzinfo=UTC)
    known: dict[str, Any] = {
        "city_id": city_id,
        "version": 1,
        "name": "Dallas",
        "venue": CatalogueVenue(
            name="Foundry Hall", address="1400 Botham Jean Blvd, Dallas, TX 75215", notes="Park behind the hall."
        ),
        "time_zone": "America/Chicago",
        "starts": starts,
        "ends": starts + timedelta(days=1, hours=8),
        "doors": starts - timedelta(minutes=45),
        "on_sale_from": starts - timedelta(days=90),
        "on_sale_until": starts,
        "tiers": {
            "ga": CatalogueTier(
                name="General Admission", price=59_900, currency="USD", public_limit=35, actual_limit=50
            ),
            "vip": CatalogueTier(name="VIP", price=99_900, currency="USD", public_limit=8, actual_limit=10),
        },
    }
    return CatalogueCityChanged(**known | changes)


def paid(city_id: str, *, quantity: int = 2, **changes: Any) -> OrderPaid:
    """Two GA seats as a member: $958.40."""
    now = datetime.now(UTC)
    known: dict[str, Any] = {
        "order_id": OrderId(uuid7()),
        "number": short_number(),
        "version": 3,
        "state": OrderState.PAID,
        "lines": (
            OrderLine(
                line=1,
                kind=LineKind.SEATS,
                item_id=city_id,
                tier="ga",
                quantity=quantity,
                list_price=59_900,
                unit_price=47_920,
                amount=47_920 * quantity,
            ),
        ),
        "seats": tuple(
            OrderSeat(seat=seat + 1, line=1, city_id=city_id, tier="ga", state=SeatState.SOLD)
            for seat in range(quantity)
        ),
        "amount": 47_920 * quantity,
        "discount_total": 11_980 * quantity,
        "currency": "USD",
        "customer": OrderCustomer(first_name="Jordan", last_name="Ellis", email=f"jordan.{short_number()}@example.com"),
        "member": True,
        "member_verified": True,
        "business_type": "individual",
        "source": OrderSource.WEB,
        "live_mode": False,
        "link": "https://tickets.example.com/success?order=1&token=abc",
        "occurred_at": now,
        "hold_alive": True,
        "tickets": tuple(TicketCode(seat=seat + 1, code=CODE) for seat in range(quantity)),
        "paid_at": now,
        "processor_time": now,
    }
    return OrderPaid(**known | changes)


def granted(**changes: Any) -> PassGranted:
    """A pass of ten entries."""
    now = datetime.now(UTC)
    known: dict[str, Any] = {
        "pass_id": uuid7(),
        "order_id": OrderId(uuid7()),
        "order_number": short_number(),
        "item_id": "ten-classes",
        "name": "Ten classes",
        "version": 1,
        "state": PassState.ACTIVE,
        "entries": 10,
        "entries_left": 10,
        "valid_from": now,
        "valid_until": now + timedelta(days=90),
        "customer": OrderCustomer(first_name="Jordan", last_name="Ellis", email=f"jordan.{short_number()}@example.com"),
        "source": OrderSource.WEB,
        "live_mode": False,
        "link": "https://tickets.example.com/passes?token=abc",
        "occurred_at": now,
    }
    return PassGranted(**known | changes)


def ending(told: PassGranted, *, left: int) -> PassEnding:
    """The same pass has so many entries left."""
    return PassEnding(**told.model_dump() | {"version": 5, "entries_left": left})


def appointment_paid(**changes: Any) -> PaymentAppointmentPaid:
    """An appointment of Jordan's, paid at a processor of its provider's."""
    details = AppointmentDetails(
        email="jordan@example.com",
        provider_name="Robin Hale",
        starts=datetime(2027, 3, 4, 15, tzinfo=UTC),
        link="https://tickets.example.com/appointments/12?token=sample-link-token",
        language="en",
    )
    told = {"appointment_id": 12, "provider_id": 7, "processor": "square", "amount": 25_000, "currency": "USD"}
    return PaymentAppointmentPaid(**{**told, "occurred_at": datetime.now(UTC), "details": details, **changes})


def appointment_refund(paid: PaymentAppointmentPaid, **changes: Any) -> PaymentWayRefund:
    """A part of its payment goes back."""
    told = {
        "refund_id": uuid7(),
        **{name: getattr(paid, name) for name in ("appointment_id", "provider_id", "processor", "currency")},
        "amount": 5_000,
        "surplus": False,
        "outcome": WayRefundOutcome.REFUNDED,
        "occurred_at": datetime.now(UTC),
        "details": paid.details,
    }
    return PaymentWayRefund(**{**told, **changes})


def stock(kind: type[StockHeld | StockSold | StockOversold], order: OrderPaid, *, version: int, left: int) -> Any:
    pool = PoolLevel(public_limit=35, actual_limit=50, held=0, sold=35 - left, oversold=0, available=left)
    return kind(
        city_id=order.city_ids[0],
        stock_version=version,
        remaining_inventory={"ga": left, "vip": 3},
        pools={"ga": pool},
        occurred_at=datetime.now(UTC),
        order_id=order.order_id,
        tier="ga",
        quantity=len(order.seats),
    )


def new_city() -> str:
    """A city of the test's own: tests of a module share their topics."""
    return f"dallas-{UUID(int=uuid7().int).hex[-8:]}"


def failed(order: OrderPaid, *, cause: str = PaymentFailure.DEBIT_DECLINED) -> OrderPaymentFailed:
    """Its delayed payment won't come."""
    return OrderPaymentFailed(**_order(order) | {"state": OrderState.PAYMENT_FAILED, "cause": cause})


def refunded(order: OrderPaid, **changes: Any) -> OrderRefunded:
    """The whole of it, unless the changes say otherwise."""
    known: dict[str, Any] = {
        "state": OrderState.REFUNDED,
        "refunded_amount": order.amount,
        "refunded_seats": tuple(seat.seat for seat in order.seats),
        "return_seats": True,
    }
    return OrderRefunded(**_order(order) | known | changes)


def seat_found(order: OrderPaid, *, still: int = 0, version: int = 3) -> StockOversoldResolved:
    """Seats of the order in its first city have become free; `still` of them have not."""
    told = stock(StockHeld, order, version=version, left=0).model_dump(exclude={"quantity"})
    return StockOversoldResolved(**told, quantity=1, cause=OversoldResolution.SEAT_FOUND, still_oversold=still)


def moved(order: OrderPaid, city_id: str) -> OrderSeatsMoved:
    """All of its seats are in another city, with new codes."""
    seats = tuple(seat.model_copy(update={"city_id": city_id}) for seat in order.seats)
    return OrderSeatsMoved(
        **_order(order) | {"seats": seats, "version": order.version + 1},
        moved_seats=tuple(seat.seat for seat in seats),
        from_city_id=order.city_ids[0],
        from_tier="ga",
        hold_id=uuid7(),
        tickets=tuple(TicketCode(seat=seat.seat, code=MOVED_CODE) for seat in seats),
    )


def handed_over(order: OrderPaid, customer: OrderCustomer) -> OrderCustomerChanged:
    """It is somebody else's from now on."""
    return OrderCustomerChanged(
        **_order(order) | {"version": order.version + 1, "customer": customer, "link": f"{order.link}&new=yes"},
        previous_email=order.customer.email,
        tickets=order.tickets,
    )


def asked_again(order: OrderPaid, code: str) -> OrderTicketsRequested:
    """Somebody wants its tickets once more; `code` is what each has now."""
    return OrderTicketsRequested(
        **_order(order) | {"version": order.version + 1},
        tickets=tuple(TicketCode(seat=seat.seat, code=code) for seat in order.seats),
    )


def holder(seat: int) -> TicketHolder:
    """Whom the ticket of a seat was given to."""
    link = f"https://tickets.example.com/ticket?seat={seat}"
    return TicketHolder(seat=seat, first_name="Robin", last_name="Hale", email="robin@example.com", link=link)


def transferred(order: OrderPaid, holder: TicketHolder, *before: TicketHolder) -> OrderTicketsTransferred:
    """A ticket is somebody else's; `before`: who had it, unless that was the buyer."""
    return OrderTicketsTransferred(
        **_order(order) | {"version": order.version + 1, "holders": (holder,)},
        previous_holders=before,
        tickets=(TicketCode(seat=holder.seat, code=MOVED_CODE),),
    )


def _order(order: OrderPaid) -> dict[str, Any]:
    return {name: getattr(order, name) for name in OrderEvent.model_fields}
