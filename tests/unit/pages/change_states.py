"""Buyers' pages on which an order's name or address is changed, in each of their states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from checkout.customers.domain import ChangeWish
from checkout.customers.wishes import OpenChange
from checkout.web import change_views as views
from checkout.web.access import not_here
from events import ChangeStep, OrderCustomer, OrderState
from languages import translate
from tests.unit.checkout.samples import NOW, ORDER_ID, order
from tests.unit.pages.shop_states import LONG, PLAIN, RIGHT_TO_LEFT, SITE

PAID: Final = order(OrderState.PAID)
WISH: Final = ChangeWish(
    change_id=UUID(int=1),
    order_id=ORDER_ID,
    first_name=RIGHT_TO_LEFT.first_name,
    last_name="Freudenberger-Schmidthausen",
    email=RIGHT_TO_LEFT.email,
    previous_email=PAID.customer.email,
    asked_at=NOW,
)


def _form(customer: OrderCustomer = PAID.customer, *, summary: str = "", wrong: bool = False) -> Callable[[], bytes]:
    shown = replace(PAID, customer=customer)
    form = replace(views.form_of(shown), first_name="", email="jo@example") if wrong else views.form_of(shown)
    catalogue = LONG if customer is RIGHT_TO_LEFT else PLAIN

    def draw() -> bytes:
        fields = views.check_change(form) if wrong else {}
        view = views.change_view(shown, catalogue, form, summary=translate(summary), fields=fields)
        return bytes(SITE.page("change.html", view=view).body)

    return draw


def _link(wish: ChangeWish, step: ChangeStep) -> Callable[[], bytes]:
    found = OpenChange(wish=wish, order=PAID, step=step)
    return lambda: bytes(SITE.page("change_link.html", view=views.link_view(found, "token")).body)


STATES: Final[Mapping[str, Callable[[], bytes]]] = {
    "order, not here": lambda: bytes(not_here(SITE).body),
    "change, long words": _form(RIGHT_TO_LEFT),
    "change, with errors": _form(wrong=True),
    "change, nothing different": _form(summary=views.SAME),
    "change, to agree to another address": _link(WISH, ChangeStep.AGREE),
    "change, to confirm": _link(WISH, ChangeStep.CONFIRM),
}
