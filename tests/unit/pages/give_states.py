"""Pages on which a ticket is given to somebody, and its holder's, in each of their states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from checkout.orders.fulfilment import NOT_FULFILLED
from checkout.orders.holders import Holder, Person
from checkout.orders.states import SEATS
from checkout.web import give_views as views
from checkout.web.find_views import held_views
from checkout.web.purchase_views import success_view
from checkout.web.qr import qr_svg
from checkout.web.support_views import feedback_view
from events import OrderState, TicketCode
from tests.unit.checkout.samples import NOW, ORDER_ID, order
from tests.unit.pages.shop_states import LONG, PLAIN, RIGHT_TO_LEFT, SITE

QR: Final = qr_svg("FH1:" + "0" * 135)
ROBIN: Final = Person(first_name="Robin", last_name="Hale", email="robin@example.com")
LONG_NAME: Final = Person(
    first_name=RIGHT_TO_LEFT.first_name, last_name="Freudenberger-Schmidthausen", email=RIGHT_TO_LEFT.email
)
PAID: Final = order(
    OrderState.PAID,
    paid_at=NOW,
    tickets=(TicketCode(seat=1, code="one"), TicketCode(seat=2, code="two")),
)
FORM: Final = views.GiveForm(order_id=str(ORDER_ID))


def _typed(person: Person, *seats: int) -> views.GiveForm:
    return replace(FORM, seats=seats, first_name=person.first_name, last_name=person.last_name, email=person.email)


def _form(form: views.GiveForm = FORM, *choices: int, wrong: bool = False, asks: bool = False) -> Callable[[], bytes]:
    fields = views.check_give(form, choices) if wrong else {}
    view = views.give_view(PAID, PLAIN, form, choices, asks=asks, fields=fields)
    return lambda: bytes(SITE.page("give.html", view=view).body)


def _ticket(person: Person, *, state: OrderState = OrderState.PAID, sent: str = "") -> Callable[[], bytes]:
    good, catalogue = state is OrderState.PAID, LONG if person is LONG_NAME else PLAIN
    seats = tuple(seat.model_copy(update={"state": SEATS[state]}) for seat in PAID.seats)
    shown = replace(PAID, seats=seats)
    holder = Holder(seat=2, person=person, transfers=1)
    view = views.held_view(shown, holder, catalogue, QR if good else None, "token")
    return lambda: bytes(SITE.page("ticket.html", view=view, sent=sent, give=good).body)


def _success(person: Person, *seats: int) -> Callable[[], bytes]:
    shown = replace(PAID, holders=tuple(Holder(seat=seat, person=person, transfers=1) for seat in seats))
    view = success_view(shown, NOT_FULFILLED, PLAIN, [QR, QR], now=NOW, waited=0)
    about = feedback_view(view.phase, None, problem=False)
    return lambda: bytes(SITE.page("success.html", view=view, waited=0, sent="", about=about).body)


def _found(person: Person) -> Callable[[], bytes]:
    tickets = [(PAID, Holder(seat=2, person=person, transfers=1))]
    return lambda: bytes(
        SITE.page("found.html", rows=held_views(tickets, LONG, lambda order, _holder: f"/{order.number}")).body
    )


STATES: Final[Mapping[str, Callable[[], bytes]]] = {
    "give": _form(FORM, 1, 2),
    "give, with errors": _form(_typed(replace(ROBIN, first_name="", email="jo@example")), 1, 2, wrong=True),
    "give, sure": _form(_typed(LONG_NAME, 1, 2), 1, 2, asks=True),
    "ticket, long words": _ticket(LONG_NAME, sent=views.SENT["now"]),
    "ticket, on hold": _ticket(ROBIN, state=OrderState.DISPUTED),
    "tickets, one given to somebody": _success(LONG_NAME, 2),
    "tickets, all given to somebody": _success(ROBIN, 1, 2),
    "purchases, a ticket from somebody": _found(ROBIN),
}
