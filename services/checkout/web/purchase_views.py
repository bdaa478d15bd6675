"""What the success and cancel pages show of one order: pure functions from values to views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

from markupsafe import Markup

from chassis import formats
from chassis.ids import display_number
from chassis.money import Money
from checkout.catalogue.domain import Catalogue
from checkout.orders.domain import Order
from checkout.orders.fulfilment import Fulfilment
from checkout.orders.states import HOLDING
from checkout.web.receipt_views import LineView, order_lines
from checkout.web.step_views import StepView, step_views
from checkout.web.ticket_views import TicketView, ticket_views
from checkout.web.tier_views import seats
from events import CatalogueCityChanged, OrderState
from languages import gettext, gettext_noop, ngettext, translate

_UNPAID: Final = frozenset({OrderState.PLACED, OrderState.AWAITING_PAYMENT})
_LONG_WAIT_SECONDS: Final = 60
Phase = Literal[
    "in", "making", "checking", "pending", "not_paid", "gone", "failed", "refunded", "came_back", "disputed", "oversold"
]

_BY_STATE: Final[Mapping[OrderState, Phase]] = MappingProxyType(
    {
        OrderState.PAYMENT_PENDING: "pending",
        OrderState.PAYMENT_FAILED: "failed",
        OrderState.EXPIRED: "gone",
        OrderState.CANCELLED: "gone",
        OrderState.REFUNDED: "refunded",
        OrderState.DISPUTED: "disputed",
    }
)
_CHECKING: Final = gettext_noop("Checking your payment …")
_MAKING: Final = gettext_noop("Payment received. Making your tickets…")
_DISPUTED: Final = gettext_noop("Your bank asks us about this payment. The tickets wait until that is settled.")
_CAME_BACK: Final = gettext_noop(
    "Your bank sent our refund back to us, so the money is still here. The tickets of this order are void. We write to"
    " you about another way to send it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseView:
    """An order as the success and cancel pages show it.

    own: how many tickets that let somebody in the buyer has given to nobody
    tickets, steps, slow: on the success page only
    waiting_note, slow_note: what stands where a ticket will be, and after a while
    hold_seconds, payment_url: on the cancel page only, while the seats are held and the processor's page is open
    """

    phase: Phase
    poster: str
    lead: str
    order_id: str
    number: str
    city: str
    city_id: str
    dates: str
    tier: str
    seats: str
    kept: int
    own: int
    lines: tuple[LineView, ...]
    total: str
    sent_back: str
    where: str
    directions: str
    refund_until: str | None
    tickets: tuple[TicketView, ...] = ()
    steps: tuple[StepView, ...] = ()
    slow: bool = False
    waiting_note: str = ""
    slow_note: str = ""
    hold_seconds: int | None = None
    payment_url: str | None = None

    @property
    def news(self) -> str:
        """What is told aloud when an open page has come here; empty while it is as good as the page before."""
        if self.phase in {"making", "checking"}:
            return ""
        return gettext("You’re in. Your tickets are here.") if self.phase == "in" else f"{self.poster} {self.lead}"

    @property
    def settled(self) -> bool:
        """Whether nothing more will fill in."""
        return self.phase not in {"making", "checking", "pending", "oversold"} and all(step.done for step in self.steps)


def phase_of(order: Order, now: datetime) -> Phase:
    """Where the buyer stands, from the order's state (C-5)."""
    match order.state:
        case OrderState.PAID | OrderState.PARTIALLY_REFUNDED:
            if order.all_ended:
                return "came_back"
            return "in" if order.tickets else "making"
        case OrderState.PLACED | OrderState.AWAITING_PAYMENT:
            return "not_paid" if _seconds_left(order, now) else "gone"
        case other:
            return _BY_STATE[other]


def page_of(order: Order, now: datetime) -> str:
    """The page that says where the order stands: with its tickets, or with how to go on."""
    return "/cancel" if phase_of(order, now) in {"not_paid", "gone", "failed"} else "/success"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldView:
    """Seats that the same browser holds by an order that it has not paid.

    order_id: that order
    sentence: which seats, and until when
    """

    order_id: str
    sentence: str


def held_view(order: Order | None, catalogue: Catalogue, *, now: datetime) -> HeldView | None:
    """What the shop says to a buyer who came back from the payment page; None when nothing is held any more."""
    if order is None or not order.seats or phase_of(order, now) != "not_paid":
        return None
    city = catalogue.cities[order.line.item_id]
    until = formats.zoned_time(order.promised_until, city.time_zone)
    sentence = gettext(
        "You have %(seats)s in %(city)s held until %(time)s.",
        seats=seats(len(order.seats)),
        city=city.name,
        time=until,
    )
    return HeldView(order_id=str(order.order_id), sentence=sentence)


def success_view(
    order: Order, fulfilment: Fulfilment, catalogue: Catalogue, codes: Sequence[Markup], *, now: datetime, waited: int
) -> PurchaseView:
    """The page after paying. Whether an order that is still open here was paid, the processor's webhook will say.

    `codes` are the QR codes of the order's tickets, `waited` the seconds for which this page has been looked at.
    """
    phase: Phase = "checking" if order.state in _UNPAID else phase_of(order, now)
    if phase == "in" and fulfilment.oversold:
        phase = "oversold"
    city = catalogue.cities[order.line.item_id]
    view = _view(order, catalogue, phase)
    checking = phase == "checking"
    return replace(
        view,
        waiting_note=translate(_CHECKING if checking else _MAKING),
        slow_note=gettext("This takes longer than usual. Nothing is lost.")
        if checking
        else gettext("This takes longer than usual. We email you."),
        tickets=tuple(ticket_views(order, catalogue, codes)) if phase in {"in", "making", "checking"} else (),
        steps=tuple(step_views(order, fulfilment, city.time_zone)),
        slow=waited >= _LONG_WAIT_SECONDS,
    )


def cancel_view(order: Order, catalogue: Catalogue, *, payment_url: str | None, now: datetime) -> PurchaseView:
    """The page after turning back at the payment page, or while standing in line before it."""
    view = _view(order, catalogue, phase_of(order, now))
    if view.phase == "not_paid" and payment_url is None:
        view = replace(view, poster=gettext("In line."))
    return replace(view, hold_seconds=_seconds_left(order, now) or None, payment_url=payment_url)


def _view(order: Order, catalogue: Catalogue, phase: Phase) -> PurchaseView:
    city = catalogue.cities[order.line.item_id]
    tier, refund = catalogue.tier_name(city.city_id, order.line.tier), catalogue.refund_until(city.city_id)
    poster, lead = _words(order, city, phase)
    return PurchaseView(
        phase=phase,
        poster=poster,
        lead=lead,
        order_id=str(order.order_id),
        number=display_number(order.number),
        city=city.name,
        city_id=city.city_id,
        dates=formats.date_range(city.starts, city.ends, city.time_zone),
        tier=tier,
        seats=seats(len(order.kept_seats)),
        kept=len(order.kept_seats),
        own=len(order.own_tickets),
        lines=order_lines(order, tier),
        total=_total(order),
        sent_back=formats.money(Money(order.refunded_amount, order.currency)) if order.refunded_amount else "",
        where=", ".join(part for part in (city.venue.name, city.venue.address) if part),
        directions=city.venue.notes,
        refund_until=formats.long_date(refund) if refund else None,
    )


def _words(order: Order, city: CatalogueCityChanged, phase: Phase) -> tuple[str, str]:
    """Poster and the sentence below it; while the seats are held, the page says until when."""
    if phase in {"in", "making", "checking"}:
        return _thanks(order, city, phase)
    words: dict[Phase, tuple[str, str]] = {
        "pending": (gettext("Nearly in."), _moving_money(order)),
        "not_paid": (gettext("Not paid."), ""),
        "gone": (gettext("Not paid."), gettext("Your seats went back on sale. Choose again.")),
        "failed": (gettext("Not paid."), gettext("Your bank refused the payment. Nothing was charged.")),
        "refunded": _refunded(order),
        "came_back": (gettext("Not refunded yet."), translate(_CAME_BACK)),
        "oversold": (gettext("No seat yet."), _owed(order)),
        "disputed": (gettext("On hold."), translate(_DISPUTED)),
    }
    return words[phase]


def _thanks(order: Order, city: CatalogueCityChanged, phase: Phase) -> tuple[str, str]:
    bought = gettext(
        "%(seats)s in %(city)s, %(days)s.",
        seats=seats(len(order.kept_seats)),
        city=city.name,
        days=formats.day_range(city.starts, city.ends, city.time_zone),
    )
    if phase != "in":
        return gettext("Thanks."), f"{bought} {translate(_MAKING if phase == 'making' else _CHECKING)}"
    own = len(order.own_tickets)
    if not own:
        theirs = gettext("Whoever you gave the tickets to comes in on them.")
        return gettext("Given away."), f"{bought} {theirs}"
    show = ngettext("Show the code below at the door.", "Show the codes below at the door.", own)
    return gettext("You’re in."), f"{bought} {show}"


def _moving_money(order: Order) -> str:
    return ngettext(
        "Your bank is still moving the money. Your %(count)s seat is still yours meanwhile. We email you.",
        "Your bank is still moving the money. Your %(count)s seats are still yours meanwhile. We email you.",
        len(order.kept_seats),
    )


def _refunded(order: Order) -> tuple[str, str]:
    if order.amount:
        void = gettext("We sent %(amount)s back. The tickets of this order are void.", amount=_total(order))
        return gettext("Refunded."), void
    void = gettext("The tickets of this order are void. Nothing was paid, so nothing is sent back.")
    return gettext("Cancelled."), void


def _owed(order: Order) -> str:
    return gettext(
        "We have your payment of %(amount)s. While you paid, the last seat was sold to somebody else: that is our"
        " mistake, not yours. We are finding you a seat, and email you within one business day: with a ticket, with a"
        " seat in another city, or with all of your money back.",
        amount=_total(order),
    )


def _seconds_left(order: Order, now: datetime) -> int:
    """What is left of the time for which the seats are promised."""
    return max(0, int((order.promised_until - now).total_seconds())) if order.state in HOLDING else 0


def _total(order: Order) -> str:
    return formats.money(Money(order.amount, order.currency))
