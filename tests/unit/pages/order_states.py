"""Staff's pages of orders in each of their states: nothing there, all that can happen to one, long names and sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

from chassis.formats import zoned_time
from chassis.keys import SigningKey
from chassis.tickets import TicketClaims, TicketSigner
from chassis.tokens import Role
from checkout.orders.domain import Cause, HistoryEntry, Order
from checkout.orders.fulfilment import NOT_FULFILLED, Delivery
from checkout.orders.models import order_out
from checkout.orders.states import MOVES
from checkout.payments.domain import Attempt, AttemptState
from checkout.payments.trouble_store import Trouble
from checkout.refunds.domain import ListedRefund, Payment, RefundCause, RefundState, UnderWay
from checkout.routing.domain import Decision, RoutingStep, Way
from checkout.staff.order_deed_views import (
    DONE,
    TITLES,
    OrderMoney,
    deed_choices,
    effect_of,
    good_seats,
    places,
)
from checkout.staff.order_forms import OrderWay, TypedDeed, place_name
from checkout.staff.order_list_views import OrderSearch, city_choices, order_rows, state_choices
from checkout.staff.order_views import OrderView, Paid, order_view
from events import CustomerKind, OrderCustomer, OrderState, SeatState, TicketCode
from tests.unit.checkout.samples import catalogue, city, order
from tests.unit.monitor.samples import NOW
from tests.unit.pages.staff_states import PERSON, STAFF, ZONE
from tests.unit.pages.support_states import CALLS, FEEDBACK

CITIES: Final = {each.city_id: each for each in (city(), city("far", name="Mönchengladbach-Rheindahlen"))}
GERMAN: Final = OrderCustomer(
    first_name="Annegret-Mechthild",
    last_name="Freudenberger-Schmidthausen",
    email="annegret-mechthild.freudenberger-schmidthausen@international.example.com",
    phone="+13525550137",
    kind=CustomerKind.NEW,
)
NO_MONEY: Final = OrderMoney(payments=(), under_way=UnderWay(amount=0, seats=frozenset()))
NOTHING: Final = Paid(money=NO_MONEY, refunds=(), attempts=(), troubles=(), left=0)


def page(template: str, **context: object) -> bytes:
    return bytes(STAFF.page(template, status=200, person=PERSON, at=zoned_time(NOW, ZONE), **context).body)


def listed(search: OrderSearch, orders: Sequence[Order] = (), *, older: str | None = None) -> Callable[[], bytes]:
    shown = [order_out(each, codes=False, personal=True) for each in orders]
    return lambda: page(
        "orders.html",
        search=search,
        states=state_choices(search),
        cities=city_choices(search, CITIES),
        rows=order_rows(shown, CITIES, now=NOW, zone=STAFF.zone),
        narrowed=search.narrowed,
        older=older,
    )


def each_state() -> list[Order]:
    return [
        order(state, placed_at=NOW, refunded_amount=59900 if "refunded" in state.value else 0, customer=GERMAN)
        for state in MOVES
    ]


def full_view() -> OrderView:
    """Everything that can stand on it."""
    shown = order(
        OrderState.PARTIALLY_REFUNDED,
        customer=GERMAN,
        amount=123_456_789,
        refunded_amount=59900,
        discount_code="FADE10",
        member=True,
        payment_method="us_bank_account",
        placed_at=NOW,
        paid_at=NOW,
    )
    states = (SeatState.SOLD, SeatState.REFUNDED)
    seats = tuple(seat.model_copy(update={"state": state}) for seat, state in zip(shown.seats, states, strict=True))
    fulfilment = replace(NOT_FULFILLED, oversold=True, deliveries=tuple(_delivery(each) for each in STATES_SENT))
    return order_view(
        order_out(replace(shown, seats=seats), codes=False, personal=True),
        [_entry(state) for state in MOVES] + [replace(_entry(OrderState.PAID), refused=True)],
        fulfilment,
        _paid(),
        CITIES,
        now=NOW,
        zone=STAFF.zone,
    )


WAY: Final = Way(decision=Decision.EXTERNAL, processor="square", connection_id=1_234)
STATES_SENT: Final = ("queued", "sent", "delivered", "failed", "suppressed")


def _delivery(state: str) -> Delivery:
    return Delivery(channel="email", kind="tickets_replaced", state=state, changed_at=NOW)


def _entry(state: OrderState) -> HistoryEntry:
    cause = Cause(who="stripe", why="checkout.session.async_payment_succeeded", event_id="evt_1QZx9y2eZvKYlo2CJr5B0XyZ")
    return HistoryEntry(version=1, state_from=None, state_to=state.value, refused=False, cause=cause, at=NOW)


def _paid() -> Paid:
    intent = "pi_3QZx9y2eZvKYlo2C1r5B0XyZ"
    payment = Payment(
        processor="stripe",
        payment_intent=intent,
        amount=123_456_789,
        refunded=59900,
        under_way=100,
        currency="USD",
        surplus=False,
        paid_at=NOW,
    )
    refund = ListedRefund(
        refund_id=UUID(int=1),
        processor="stripe",
        payment_intent=intent,
        amount=59900,
        currency="USD",
        cause=RefundCause.REQUESTED,
        state=RefundState.DONE,
        seats=(1, 2),
        return_seats=True,
        reason="The buyer is ill, has written to us twice, and cannot come on any other day either",
        requested_by=PERSON,
        tries=1,
        last_error=None,
        created_at=NOW,
        settled_at=NOW,
    )
    stuck = replace(refund, state=RefundState.REFUSED, last_error="charge_already_refunded", seats=(1,))
    came_back = replace(refund, state=RefundState.FAILED, last_error="It failed after it was done: unknown", seats=(2,))
    twice = replace(refund, cause=RefundCause.SECOND_CHARGE, state=RefundState.DUE, reason=None, seats=())
    return Paid(
        money=replace(NO_MONEY, payments=[payment, replace(payment, surplus=True, connection_id=1_234)]),
        steps=[RoutingStep(at=NOW, place=0, way=WAY, step="not_attempted", reason="429: too many calls")],
        refunds=[refund, stuck, came_back, twice],
        attempts=[_attempt(state) for state in AttemptState],
        troubles=[
            Trouble(what="declined", processor="stripe", id="ch_3QZx9y2eZvKYlo2C", code="insufficient_funds", at=NOW),
            Trouble(what="disputed", processor="stripe", id="dp_1QZx9y2eZvKYlo2C", code="", at=NOW),
        ],
        left=123_396_789,
    )


def _attempt(state: AttemptState) -> Attempt:
    return Attempt(
        attempt_id=UUID(int=1),
        order_id=UUID(int=1),
        processor="stripe",
        idempotency_key="1",
        parameters="",
        amount=123_456_789,
        currency="USD",
        state=state,
        expires_at=NOW + timedelta(hours=1),
        session_id=None if state is AttemptState.CREATING else "cs_test_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0",
        session_url=None,
        traceparent=None,
        tries=1,
    )


def _placed() -> OrderView:
    shown = order_out(order(placed_at=NOW, promised_until=NOW + timedelta(minutes=10)), codes=False, personal=False)
    return order_view(shown, [_entry(OrderState.PLACED)], NOT_FULFILLED, NOTHING, CITIES, now=NOW, zone=STAFF.zone)


def sold() -> Order:
    """Two seats that are paid, with good tickets."""
    paid = order(OrderState.PAID, customer=GERMAN, paid_at=NOW)
    signer = TicketSigner(SigningKey.generate("t1"))
    claims = [TicketClaims.of(paid.order_id, seat=seat.seat, city_id=seat.city_id) for seat in paid.seats]
    return replace(
        paid,
        seats=tuple(seat.model_copy(update={"state": SeatState.SOLD}) for seat in paid.seats),
        tickets=tuple(TicketCode(seat=each.seat, code=signer.sign(each)) for each in claims),
    )


PAYMENT: Final = Payment(
    processor="stripe",
    payment_intent="pi_1",
    amount=119800,
    refunded=0,
    under_way=0,
    currency="USD",
    surplus=False,
    paid_at=NOW,
)
ALL_PAID: Final = replace(NO_MONEY, payments=(PAYMENT,))


def deed(
    way: OrderWay,
    typed: TypedDeed | None = None,
    problems: Mapping[str, str] = MappingProxyType({}),
    *,
    shown: Order | None = None,
) -> Callable[[], bytes]:
    shown, asked, sales = shown or sold(), typed or TypedDeed(), catalogue(*CITIES.values())
    effect = effect_of(way, asked, shown, ALL_PAID, sales) if typed and not problems else None
    return lambda: page(
        "order_deed.html",
        title=f"{TITLES[way]}: 7K3M-2QXD",
        order_id=str(shown.order_id),
        way=way.value,
        ways=deed_choices(shown, ALL_PAID, role=Role.ADMIN, chosen=way),
        left="$1,198.00",
        minor=asked.minor("USD"),
        seats=good_seats(shown),
        places=places(shown, sales),
        typed=asked,
        problems=problems,
        effect=effect,
        key="k",
    )


ROBIN: Final = TypedDeed(first_name="Robin", last_name="Hale", email=f"robin-{GERMAN.email}", reason="Sold on")
ALL_WAYS: Final = deed_choices(sold(), ALL_PAID, role=Role.ADMIN)
ILL: Final = "The buyer is ill, has written to us twice, and cannot come on any other day either"
WRONG: Final = {
    "reason": "Say why, in one line of at most 300 characters.",
    "amount": "Write an amount in USD, such as 49.90.",
    "back": "Seats 1 and 2 would no longer be valid: say whether they go back on sale.",
    "place": "Choose where the seats are to be.",
    "form": "The buyer’s bank has taken the money back and has not decided yet: giving it back would pay twice.",
}
STATES: Final[Mapping[str, Callable[[], bytes]]] = {
    "orders, none": listed(OrderSearch()),
    "orders, none fits": listed(OrderSearch(text="Freudenberger-Schmidthausen", city_id="far")),
    "orders": listed(OrderSearch(state=OrderState.PAID), each_state(), older="/staff/orders?cursor=1"),
    "order, just placed": lambda: page("order.html", order=_placed(), ways=[], done="", calls_for_help=[], feedback=[]),
    "order, all that can be": lambda: page(
        "order.html",
        order=full_view(),
        ways=ALL_WAYS,
        done=DONE[OrderWay.REFUND],
        calls_for_help=CALLS[1:],
        feedback=FEEDBACK[1:],
    ),
    "order, refund": deed(OrderWay.REFUND),
    "order, refund foretold": deed(OrderWay.REFUND, TypedDeed(seats=(1,), back="sale", reason=ILL)),
    "order, refund that can't be": deed(OrderWay.REFUND, TypedDeed(amount="1,2", seats=(1, 2)), WRONG),
    "order, move": deed(OrderWay.MOVE, problems=WRONG),
    "order, move foretold": deed(OrderWay.MOVE, TypedDeed(place=place_name("far", "vip"), reason=ILL)),
    "order, tickets again": deed(OrderWay.SEND),
    "order, tickets again foretold": deed(OrderWay.SEND, TypedDeed(reason=ILL)),
    "order, another name": deed(OrderWay.CUSTOMER, problems={**WRONG, **dict.fromkeys(("first_name", "email"), ILL)}),
    "order, another name foretold": deed(OrderWay.CUSTOMER, ROBIN),
    "order, a ticket to somebody": deed(
        OrderWay.TRANSFER, problems={**WRONG, **dict.fromkeys(("seats", "email"), ILL)}
    ),
    "order, a ticket to somebody foretold": deed(OrderWay.TRANSFER, replace(ROBIN, seats=(1, 2))),
    "order, to cancel": deed(OrderWay.CANCEL, problems=WRONG, shown=order(OrderState.AWAITING_PAYMENT)),
    "order, to cancel foretold": deed(OrderWay.CANCEL, TypedDeed(reason=ILL), shown=order(OrderState.AWAITING_PAYMENT)),
    "order, new tickets foretold": deed(OrderWay.VOID, TypedDeed(reason=ILL)),
}
