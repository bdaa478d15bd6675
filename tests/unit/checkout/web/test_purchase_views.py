"""What the success and cancel pages show of an order, in each of its states."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from markupsafe import Markup

from checkout.catalogue.domain import Quote, price_of
from checkout.orders.domain import Order
from checkout.orders.fulfilment import NOT_FULFILLED, Delivery, Fulfilment
from checkout.orders.holders import Holder, Person
from checkout.orders.making import line_of_seats
from checkout.web.purchase_views import PurchaseView, cancel_view, success_view
from checkout.web.receipt_views import quote_lines
from checkout.web.ticket_views import ticket_views
from events import OrderState, TicketCode
from tests.fixtures import shipped
from tests.unit.checkout.samples import NOW, code, order, seats_of

CATALOGUE = shipped.catalogue()
CODES = (Markup("<svg>1</svg>"), Markup("<svg>2</svg>"))
PAYMENT = "https://pay.example.com/session"
CHEAPER = price_of(CATALOGUE.cities["dallas-jan-2027"].tiers["ga"], quantity=2, member=True, code=None)
WAITING = order(
    OrderState.AWAITING_PAYMENT,
    member=True,
    lines=(line_of_seats(1, city_id="dallas-jan-2027", tier="ga", price=CHEAPER),),
    amount=95840,
    discount_total=23960,
)
TICKETS = tuple(TicketCode(seat=seat, code=f"FH1:{seat}") for seat in (1, 2))
PAID = replace(
    WAITING,
    state=OrderState.PAID,
    seats=seats_of(WAITING.lines, OrderState.PAID),
    paid_at=NOW,
    payment_method="card",
    tickets=TICKETS,
)


def success(shown: Order, fulfilment: Fulfilment = NOT_FULFILLED, *, waited: int = 0) -> PurchaseView:
    codes = CODES[: len(shown.tickets)]
    return success_view(shown, fulfilment, CATALOGUE, codes, now=NOW, waited=waited)


def cancel(shown: Order, *, payment_url: str | None = PAYMENT) -> PurchaseView:
    return cancel_view(shown, CATALOGUE, payment_url=payment_url, now=NOW)


def mailed(state: str) -> Fulfilment:
    told = (("sms", "delivered", 1), ("email", "queued", 2), ("email", state, 3))
    deliveries = tuple(
        Delivery(channel=channel, kind="confirmation", state=each, changed_at=NOW + timedelta(minutes=minutes))
        for channel, each, minutes in told
    )
    return Fulfilment(revision=3, sold_at=NOW, oversold=False, deliveries=deliveries)


@pytest.mark.proves("W-1", "I-3")
def test_an_oversold_order_shows_no_code_that_the_door_refuses() -> None:
    view = success(PAID, replace(mailed("delivered"), oversold=True))
    assert (view.phase, view.poster, view.tickets, view.settled) == ("oversold", "No seat yet.", (), False)
    assert view.lead.startswith("We have your payment of $958.40.")


@pytest.mark.proves("W-1", "C-7")
def test_a_seat_that_was_refunded_by_itself_has_no_ticket() -> None:
    view = success(replace(PAID, state=OrderState.PARTIALLY_REFUNDED).refunded(47_920, [1]))
    assert [ticket.number for ticket in view.tickets] == ["7K3M-2QXD-2"]
    assert view.lead.startswith("1 seat in Dallas")
    assert (view.total, view.sent_back) == ("$958.40", "$479.20")


@pytest.mark.proves("C-6")
def test_what_the_buyer_is_told_is_of_the_tickets_that_were_given_to_nobody() -> None:
    robin = Person(first_name="Robin", last_name="Hale", email="robin@example.com")
    one, two = (Holder(seat=seat, person=robin, transfers=1) for seat in (1, 2))
    for holders, own, poster, said in (
        ((), 2, "You’re in.", "Show the codes below at the door."),
        ((one,), 1, "You’re in.", "Show the code below at the door."),
        ((one, two), 0, "Given away.", "Whoever you gave the tickets to comes in on them."),
    ):
        view = success(replace(PAID, holders=holders))
        assert (view.own, view.poster) == (own, poster)
        assert view.lead.endswith(said)


@pytest.mark.proves("C-7")
def test_a_refund_that_came_back_to_us_shows_no_ticket_and_no_wrong_word() -> None:
    refunded = replace(PAID, state=OrderState.REFUNDED).refunded(PAID.amount, [1, 2])
    view = success(refunded.refund_failed(PAID.amount))
    assert (view.phase, view.poster, view.tickets, view.sent_back) == ("came_back", "Not refunded yet.", (), "")
    assert "the money is still here" in view.lead


@pytest.mark.proves("C-1", "C-7")
def test_an_order_that_cost_nothing_speaks_of_no_payment() -> None:
    free = replace(PAID, amount=0)
    assert success(free).steps[0].title == "Nothing to pay"
    over = success(replace(free, state=OrderState.REFUNDED))
    assert (over.poster, "Nothing was paid" in over.lead) == ("Cancelled.", True)


@pytest.mark.proves("W-1", "C-6")
def test_a_paid_order_shows_its_tickets_and_its_trail() -> None:
    view = success(PAID, mailed("delivered"))
    assert (view.phase, view.poster) == ("in", "You’re in.")
    assert view.lead == "2 seats in Dallas, Jan 23–24. Show the codes below at the door."
    first, second = view.tickets
    assert (first.seat, first.admit, first.number, first.qr) == ("Seat 1 of 2", "Jordan Ellis", "7K3M-2QXD-1", CODES[0])
    assert (second.admit, first.doors, first.dates) == ("Guest of Jordan Ellis", "Doors 8:15 AM", "Jan 23–24, 2027")
    assert [(step.title, step.note, step.time) for step in view.steps] == [
        ("Paid $958.40", "Card", "6:00 AM"),
        ("2 tickets made", "", "6:00 AM"),
        ("Email delivered", "jordan@example.com", "6:03 AM"),
    ]
    assert [(line.label, line.amount) for line in view.lines] == [
        ("2 × General Admission", "$1,198.00"),
        ("Member price, 20% off", "−$239.60"),
    ]
    assert view.settled


def test_a_seat_that_was_moved_shows_where_it_is_now() -> None:
    paid = order(OrderState.PAID)
    seats = (paid.seats[0], paid.seats[1].model_copy(update={"city_id": "atlanta-feb-2027", "tier": "vip"}))
    first, moved = ticket_views(replace(paid, seats=seats), CATALOGUE, [])
    assert (first.city, first.tier) == ("Dallas", "General Admission")
    assert (moved.city, moved.tier, moved.venue) == ("Atlanta", "VIP", "The Loom Room")


@pytest.mark.proves("W-1")
def test_form_and_receipt_show_the_same_lines() -> None:
    tier, ten_percent = CATALOGUE.cities["dallas-jan-2027"].tiers["ga"], code()
    price = price_of(tier, quantity=2, member=True, code=ten_percent)
    line = line_of_seats(1, city_id="dallas-jan-2027", tier="ga", price=price)
    view = success(replace(PAID, lines=(line,), amount=price.amount, discount_total=price.discount_total))
    assert view.lines == quote_lines(tier, Quote(price=price, code=ten_percent, member=True))
    assert [(line.label, line.amount) for line in view.lines] == [
        ("2 × General Admission", "$1,198.00"),
        ("Member price, 20% off", "−$239.60"),
        ("Code FADE10", "−$95.84"),
    ]


@pytest.mark.proves("W-1")
def test_an_order_that_kept_only_the_sum_of_its_discounts_shows_that() -> None:
    line = PAID.line.model_copy(update={"discounts": ()})
    view = success(replace(PAID, lines=(line,)))
    assert [(line.label, line.amount) for line in view.lines][1:] == [("Discount", "−$239.60")]


@pytest.mark.proves("W-1")
@pytest.mark.parametrize(
    ("method", "label"), [("us_bank_account", "Bank debit"), ("new_wallet", "New wallet"), (None, "")]
)
def test_a_payment_says_how_it_was_made(method: str | None, label: str) -> None:
    assert success(replace(PAID, payment_method=method)).steps[0].note == label


@pytest.mark.proves("W-1")
def test_until_the_webhook_there_is_a_space_for_each_ticket_and_nothing_is_called_paid() -> None:
    view = success(WAITING)
    assert (view.phase, view.poster, view.slow, view.settled) == ("checking", "Thanks.", False, False)
    assert (view.lead, view.waiting_note) == (
        "2 seats in Dallas, Jan 23–24. Checking your payment …",
        "Checking your payment …",
    )
    assert [step.title for step in view.steps] == [
        "Checking your payment",
        "2 tickets, once it is paid",
        "Email with your tickets",
    ]
    assert [ticket.qr for ticket in view.tickets] == [None, None]
    assert [ticket.number for ticket in view.tickets] == ["7K3M-2QXD-1", "7K3M-2QXD-2"]
    assert success(WAITING, waited=60).slow


@pytest.mark.proves("W-1", "N-3")
@pytest.mark.parametrize(
    ("state", "title", "settled"),
    [
        ("queued", "Email on its way", False),
        ("sent", "Email sent", False),
        ("delivered", "Email delivered", True),
        ("failed", "Email did not arrive", True),
        ("suppressed", "Email did not arrive", True),
    ],
)
def test_the_page_goes_on_looking_until_the_email_has_arrived(state: str, title: str, settled: bool) -> None:
    view = success(PAID, mailed(state))
    assert (view.steps[-1].title, view.settled) == (title, settled)


@pytest.mark.proves("C-4")
def test_a_bank_debit_that_is_pending_says_that_the_seats_wait() -> None:
    view = success(replace(WAITING, state=OrderState.PAYMENT_PENDING))
    assert (view.phase, view.poster, view.tickets) == ("pending", "Nearly in.", ())
    assert view.lead == "Your bank is still moving the money. Your 2 seats are still yours meanwhile. We email you."


@pytest.mark.proves("C-5")
@pytest.mark.parametrize(
    ("state", "poster"),
    [
        (OrderState.REFUNDED, "Refunded."),
        (OrderState.DISPUTED, "On hold."),
        (OrderState.EXPIRED, "Not paid."),
        (OrderState.CANCELLED, "Not paid."),
        (OrderState.PAYMENT_FAILED, "Not paid."),
    ],
)
def test_every_end_of_an_order_has_its_words_and_no_ticket(state: OrderState, poster: str) -> None:
    view = success(replace(PAID, state=state))
    assert (view.poster, view.tickets) == (poster, ())


@pytest.mark.proves("W-1")
def test_turning_back_keeps_the_seats_until_the_hold_ends() -> None:
    held = cancel(WAITING)
    assert (held.phase, held.kept, held.hold_seconds) == ("not_paid", 2, 600)
    assert held.payment_url == PAYMENT
    over = cancel(replace(WAITING, state=OrderState.EXPIRED))
    assert (over.phase, over.lead) == ("gone", "Your seats went back on sale. Choose again.")
    late = cancel(replace(WAITING, promised_until=NOW))
    assert (late.phase, late.hold_seconds) == ("gone", None)


@pytest.mark.proves("W-1", "C-4")
def test_a_refused_bank_debit_is_told_as_what_it_is() -> None:
    for view in (success(replace(WAITING, state=OrderState.PAYMENT_FAILED)), cancel(order(OrderState.PAYMENT_FAILED))):
        assert (view.phase, view.lead) == ("failed", "Your bank refused the payment. Nothing was charged.")


@pytest.mark.proves("W-1", "C-1")
def test_who_waits_for_the_payment_page_stands_in_line() -> None:
    view = cancel(WAITING, payment_url=None)
    assert (view.poster, view.kept) == ("In line.", 2)


@pytest.mark.proves("W-1")
def test_one_seat_is_written_as_one() -> None:
    view = cancel(replace(WAITING, seats=WAITING.seats[:1]))
    assert (view.seats, view.kept) == ("1 seat", 1)
