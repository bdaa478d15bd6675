"""What the pages say on which a buyer changes an order's name or address: pure functions from values to views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from chassis.ids import display_number
from checkout.catalogue.domain import Catalogue
from checkout.customers.domain import CustomerChange
from checkout.customers.wishes import OpenChange
from checkout.orders.domain import Order
from checkout.web.forms import FIRST_NAME, LAST_NAME, ON_THE_TICKET, email_problem, sentences
from checkout.web.tier_views import seats
from events import ChangeStep
from languages import gettext, gettext_noop

LONGEST_NAME: Final = 100
SAME: Final = gettext_noop("That is the name and the address that the order has. Write what is to be different.")
TOO_OFTEN: Final = gettext_noop("We sent a link a moment ago. Look for it, or ask again later.")
ENDED_HEADING: Final = gettext_noop("That link has ended.")
ENDED: Final = gettext_noop(
    "It is too old, was used, or something else was asked for since. Open the order to ask again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeForm:
    """The form as it was typed."""

    order_id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""

    def change(self) -> CustomerChange:
        return CustomerChange(first_name=self.first_name, last_name=self.last_name, email=self.email)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """The page with the form.

    what: the order in a line
    asked: the address that the link goes to
    form: what stands in the fields
    summary, fields: what is wrong, and with which field
    """

    what: str
    asked: str
    form: ChangeForm
    summary: str = ""
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def problem(self, name: str) -> str | None:
        """The sentence below a field."""
        return self.fields.get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLinkView:
    """The page behind a mailed link.

    heading: the question
    sentences: what is going to be different
    verb: what the button says
    token: what the button sends
    """

    heading: str
    sentences: Sequence[str]
    verb: str
    token: str = field(repr=False)


def form_of(order: Order) -> ChangeForm:
    """What the order has now."""
    customer = order.customer
    return ChangeForm(
        order_id=str(order.order_id),
        first_name=customer.first_name,
        last_name=customer.last_name,
        email=customer.email,
    )


def check_change(form: ChangeForm) -> dict[str, str]:
    """What is missing, by field, in the order of the page."""
    return dict(_problems(form))


def _problems(form: ChangeForm) -> Iterator[tuple[str, str]]:
    if not form.first_name:
        yield "first_name", sentences(FIRST_NAME, ON_THE_TICKET)
    if not form.last_name:
        yield "last_name", sentences(LAST_NAME, ON_THE_TICKET)
    if email := email_problem(form.email):
        yield "email", email


def change_view(
    order: Order,
    catalogue: Catalogue,
    form: ChangeForm,
    *,
    summary: str = "",
    fields: Mapping[str, str] | None = None,
) -> ChangeView:
    """The page for one order, with what was typed and what is wrong with it."""
    city = catalogue.cities[order.line.item_id]
    what = gettext(
        "Order %(number)s, %(seats)s in %(city)s.",
        number=display_number(order.number),
        seats=seats(len(order.kept_seats)),
        city=city.name,
    )
    return ChangeView(what=what, asked=order.customer.email, form=form, summary=summary, fields=fields or {})


def asked_sentences(email: str) -> Sequence[str]:
    """After the form was sent."""
    return (
        gettext(
            "We have sent a link to %(address)s. It is good for a day, and nothing changes before it is opened.",
            address=email,
        ),
        gettext("Nothing there after five minutes? Look in your spam folder."),
    )


def confirming_sentences(email: str) -> Sequence[str]:
    """After the present address has agreed to another one."""
    return (
        gettext(
            "We have sent a link to %(address)s, good for a day. The order changes when it is opened there.",
            address=email,
        ),
        gettext("Until then everything stays as it is."),
    )


def link_view(opened: OpenChange, token: str) -> ChangeLinkView:
    """What is asked of whoever followed the link."""
    wish, number = opened.wish, display_number(opened.order.number)
    name = f"{wish.first_name} {wish.last_name}"
    if opened.step is ChangeStep.CONFIRM:
        return ChangeLinkView(
            heading=gettext("Is this your address?"),
            sentences=(
                gettext(
                    "The tickets of order %(number)s go to %(address)s from now on.", number=number, address=wish.email
                ),
                gettext("Links to the order that were sent to another address before end."),
            ),
            verb=gettext("Yes, send them there"),
            token=token,
        )
    where = (
        gettext("Its tickets are to go to %(address)s. We ask that address next.", address=wish.email)
        if wish.elsewhere
        else gettext("The tickets go to the address that it has.")
    )
    return ChangeLinkView(
        heading=gettext("Is this change right?"),
        sentences=(gettext("Order %(number)s is to be of %(name)s.", number=number, name=name), where),
        verb=gettext("Yes, ask the new address") if wish.elsewhere else gettext("Yes, change it"),
        token=token,
    )
