"""What the pages say on which a ticket is given to somebody, and what its holder sees: values to views."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from markupsafe import Markup

from chassis import formats
from chassis.errors import Condition
from chassis.ids import display_number
from checkout.catalogue.domain import Catalogue
from checkout.orders.domain import Order
from checkout.orders.holders import Holder, Person
from checkout.tickets.errors import TicketUsed, TransferredTooOften, WorkshopOver
from checkout.tickets.transfers import Transfer
from checkout.web.forms import FIRST_NAME, LAST_NAME, ON_THE_TICKET, email_problem, sentences
from checkout.web.ticket_views import TicketView, ticket_view
from events import SeatState
from languages import gettext, gettext_noop, ngettext, translate

LONGEST_NAME: Final = 100
NO_SEAT: Final = gettext_noop("Choose at least one ticket.")
NOTHING_HEADING: Final = gettext_noop("There is no ticket to give.")
NOTHING: Final = gettext_noop("Its tickets are given already, were used or paid back, or the workshop is over.")
ENDED_HEADING: Final = gettext_noop("That link has ended.")
ENDED: Final = gettext_noop(
    "The ticket was given to somebody else, or the link is not whole. Take the one from your newest email."
)
ENDED_TICKET: Final = gettext_noop("This ticket lets nobody in any more: its price went back to whoever paid for it.")
FROZEN: Final = gettext_noop("The bank asks us about the payment of this ticket. It waits until that is settled.")
GOES_THERE: Final = gettext_noop("The ticket goes there.")
SENT: Final = MappingProxyType(
    {
        "now": gettext_noop("Sent again. Look in your spam folder, too."),
        "before": gettext_noop("We sent it a moment ago. Give it a few minutes."),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveForm:
    """The form as it was typed.

    order_id: the order
    seats: the numbers of the chosen tickets
    seat, token: of a holder, the ticket and what opens it; empty for the buyer
    sure: whether it was looked at once more
    """

    order_id: str
    seats: tuple[int, ...] = ()
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    seat: str = ""
    token: str = field(default="", repr=False)
    sure: bool = False

    def transfer(self) -> Transfer:
        person = Person(first_name=self.first_name, last_name=self.last_name, email=self.email)
        return Transfer(seats=self.seats, person=person)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatChoice:
    """A ticket that can be given."""

    seat: int
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveView:
    """The page with the form, or with the question whether it is right.

    what: the workshop in a line
    choices: the tickets that can be given; of one alone nothing is asked
    sentences: what it comes to, once it can be asked
    summary, fields: what is wrong, and with which field
    """

    what: str
    form: GiveForm
    choices: Sequence[SeatChoice]
    sentences: Sequence[str] = ()
    summary: str = ""
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def query(self) -> str:
        """What leads back to this page: whoever chooses another language is there again."""
        form = self.form
        holder = {"seat": form.seat, "token": form.token} if form.token else {}
        return urlencode({"order": form.order_id, **holder})

    def problem(self, name: str) -> str | None:
        """The sentence below a field."""
        return self.fields.get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTicketView:
    """A ticket as its holder sees it.

    heading, lead: whether it lets somebody in, and why not
    stub: the ticket; without a code when it lets nobody in now
    directions: the way to the door
    order_id, seat, token: what its forms send
    """

    heading: str
    lead: str
    stub: TicketView
    directions: str
    order_id: str
    seat: int
    token: str = field(repr=False)


def check_give(form: GiveForm, choices: Collection[int]) -> dict[str, str]:
    """What is missing, by field, in the order of the page."""
    return dict(_problems(form, choices))


def _problems(form: GiveForm, choices: Collection[int]) -> Iterator[tuple[str, str]]:
    if not form.seats or not set(choices).issuperset(form.seats):
        yield "seats", translate(NO_SEAT)
    if not form.first_name:
        yield "first_name", sentences(FIRST_NAME, ON_THE_TICKET)
    if not form.last_name:
        yield "last_name", sentences(LAST_NAME, ON_THE_TICKET)
    if problem := email_problem(form.email):
        yield "email", sentences(problem, GOES_THERE)


def give_view(
    order: Order,
    catalogue: Catalogue,
    form: GiveForm,
    choices: Sequence[int],
    *,
    asks: bool = False,
    summary: str = "",
    fields: Mapping[str, str] | None = None,
) -> GiveView:
    """The form; once all of it is there (`asks`), what it would come to."""
    city, number = catalogue.cities[order.line.item_id], display_number(order.number)
    return GiveView(
        what=f"{city.name}, {formats.date_range(city.starts, city.ends, city.time_zone)}.",
        form=form,
        choices=[_choice(seat, number, form) for seat in choices],
        sentences=_coming_to(form, number) if asks else (),
        summary=summary,
        fields=fields or {},
    )


def _choice(seat: int, number: str, form: GiveForm) -> SeatChoice:
    text = gettext("Seat %(seat)s, %(number)s", seat=seat, number=f"{number}-{seat}")
    return SeatChoice(seat=seat, text=text, chosen=seat in form.seats)


def _coming_to(form: GiveForm, number: str) -> Sequence[str]:
    person = form.transfer().person
    return (
        ngettext(
            "Ticket %(tickets)s goes to %(name)s, %(address)s.",
            "Tickets %(tickets)s go to %(name)s, %(address)s.",
            len(form.seats),
            tickets=formats.listing([f"{number}-{seat}" for seat in form.seats]),
            name=person.name,
            address=person.email,
        ),
        gettext("The code that you have lets nobody in any more, and you can’t take it back. Is the address right?"),
        gettext("If money goes back one day, it goes to whoever paid."),
    )


def refusal(refused: Condition) -> str:
    """A refusal in the words of the page."""
    match refused:
        case TicketUsed():
            return gettext("Somebody is in on that ticket already.")
        case WorkshopOver():
            return gettext("The workshop is over.")
        case TransferredTooOften():
            return gettext("This ticket was given on too often. Write to us.")
        case _:
            return translate(NOTHING)


def held_view(order: Order, holder: Holder, catalogue: Catalogue, qr: Markup | None, token: str) -> HeldTicketView:
    """The page of a ticket that was given to somebody: nothing of its buyer, and of no other seat."""
    seat = next(each for each in order.seats if each.seat == holder.seat)
    label = gettext("Seat %(seat)s", seat=seat.seat)
    stub = ticket_view(order, seat, catalogue, label=label, admit=holder.person.name, qr=qr)
    frozen = seat.state == SeatState.FROZEN
    good = gettext("%(city)s, %(dates)s. Show the code below at the door.", city=stub.city, dates=stub.dates)
    return HeldTicketView(
        heading=gettext("You’re in.") if qr else gettext("On hold.") if frozen else gettext("Not valid."),
        lead=good if qr else translate(FROZEN if frozen else ENDED_TICKET),
        stub=stub,
        directions=catalogue.cities[seat.city_id].venue.notes,
        order_id=str(order.order_id),
        seat=holder.seat,
        token=token,
    )
