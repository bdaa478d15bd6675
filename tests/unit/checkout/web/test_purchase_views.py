from __future__ import annotations

import pytest
from markupsafe import Markup

from checkout.web.ports import EmailState, Purchase, PurchaseState
from checkout.web.purchase_views import PurchaseView, cancel_view, success_view
from tests.unit.checkout.web.shop import NOW, purchase, season, unpaid

DALLAS = season().workshops[0]
CODES = (Markup("<svg>1</svg>"), Markup("<svg>2</svg>"))


def success(order: Purchase, waited: int = 0) -> PurchaseView:
    return success_view(order, DALLAS, CODES[: len(order.tickets)], waited_seconds=waited)


@pytest.mark.proves("W-1", "C-6")
def test_a_paid_order_shows_its_tickets_and_its_trail() -> None:
    view = success(purchase(email=EmailState.DELIVERED, email_at=NOW))
    assert (view.phase, view.poster) == ("in", "You’re in.")
    assert view.lead == "2 seats in Dallas, Jan 24–25. Show the codes below at the door."
    first, second = view.tickets
    assert (first.seat, first.admit, first.number, first.qr) == ("Seat 1 of 2", "Jordan Ellis", "7K3M-2QXD-1", CODES[0])
    assert (second.admit, first.doors, first.dates) == ("Guest of Jordan Ellis", "Doors 8:15 AM", "Jan 24–25, 2026")
    assert [(step.title, step.time) for step in view.steps] == [
        ("Paid $958.40", "2:14 PM"),
        ("2 tickets made", "2:14 PM"),
        ("Email delivered", "2:14 PM"),
    ]
    assert [(line.label, line.amount) for line in view.lines] == [
        ("2 × General Admission", "$1,198.00"),
        ("Member price, 20% off", "−$239.60"),
    ]
    assert view.settled


@pytest.mark.proves("W-1")
def test_until_the_webhook_there_is_a_space_for_each_ticket() -> None:
    view = success(unpaid())
    assert (view.phase, view.poster, view.slow, view.settled) == ("making", "Thanks.", False, False)
    assert [ticket.qr for ticket in view.tickets] == [None, None]
    assert [ticket.number for ticket in view.tickets] == ["7K3M-2QXD-1", "7K3M-2QXD-2"]
    assert success(unpaid(), waited=60).slow


@pytest.mark.proves("W-1", "N-3")
def test_the_page_goes_on_looking_until_the_email_has_arrived() -> None:
    assert not success(purchase(email=EmailState.SENT)).settled
    failed = success(purchase(email=EmailState.FAILED, email_at=NOW))
    assert failed.settled
    assert failed.steps[-1].title == "Email did not arrive"


@pytest.mark.proves("C-4")
def test_a_bank_debit_that_is_pending_says_that_the_seats_wait() -> None:
    view = success(unpaid(state=PurchaseState.PAYMENT_PENDING, hold_seconds=None))
    assert (view.phase, view.poster, view.tickets) == ("pending", "Nearly in.", ())
    assert view.lead == "Your bank is still moving the money. Your 2 seats are still yours meanwhile. We email you."


@pytest.mark.proves("C-5")
@pytest.mark.parametrize(
    ("state", "poster"),
    [
        (PurchaseState.REFUNDED, "Refunded."),
        (PurchaseState.DISPUTED, "On hold."),
        (PurchaseState.EXPIRED, "Not paid."),
        (PurchaseState.CANCELLED, "Not paid."),
        (PurchaseState.PAYMENT_FAILED, "Not paid."),
    ],
)
def test_every_end_of_an_order_has_its_words_and_no_ticket(state: PurchaseState, poster: str) -> None:
    view = success(purchase(state=state))
    assert (view.poster, view.tickets) == (poster, ())


@pytest.mark.proves("W-1")
def test_turning_back_keeps_the_seats_until_the_hold_ends() -> None:
    held = cancel_view(unpaid(), DALLAS)
    assert (held.phase, held.lead, held.hold_seconds) == ("not_paid", "Your 2 seats are still yours for ", 471)
    assert held.payment_url == "https://pay.example.com/session"
    over = cancel_view(unpaid(state=PurchaseState.EXPIRED, hold_seconds=None), DALLAS)
    assert (over.phase, over.lead) == ("gone", "Your seats went back on sale. Choose again.")
    assert cancel_view(unpaid(hold_seconds=0), DALLAS).phase == "gone"


@pytest.mark.proves("W-1")
def test_one_seat_is_written_as_one() -> None:
    view = cancel_view(unpaid(quantity=1), DALLAS)
    assert (view.seats, view.lead) == ("1 seat", "Your 1 seat is still yours for ")
