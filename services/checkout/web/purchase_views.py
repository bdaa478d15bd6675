"""What the success and cancel pages show of one order: pure functions from values to view models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from markupsafe import Markup

from checkout.web.ports import EmailState, Purchase, PurchaseState, Workshop
from checkout.web.shop_views import LineView, line_views_of
from checkout.web.tier_views import seats
from ui import formats, poster_class

_PAID: Final = frozenset({PurchaseState.PAID, PurchaseState.PARTIALLY_REFUNDED})
_OPEN: Final = frozenset({PurchaseState.PLACED, PurchaseState.AWAITING_PAYMENT, PurchaseState.PAYMENT_FAILED})
_LONG_WAIT_SECONDS: Final = 60

Phase = Literal["in", "making", "pending", "not_paid", "gone", "refunded", "disputed"]


@dataclass(frozen=True, slots=True)
class TicketView:
    """One stub. Without a `qr` it is a ticket-sized space that says what happens in it."""

    seat: str
    city: str
    poster_size: str
    admit: str
    tier: str
    doors: str
    dates: str
    venue: str
    number: str
    qr: Markup | None


@dataclass(frozen=True, slots=True)
class StepView:
    """A line of the order's trail."""

    done: bool
    title: str
    note: str
    time: str


@dataclass(frozen=True, slots=True)
class PurchaseView:
    """An order as the success and cancel pages show it."""

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
    quantity: int
    tickets: tuple[TicketView, ...]
    slow: bool
    steps: tuple[StepView, ...]
    lines: tuple[LineView, ...]
    total: str
    currency: str
    where: str
    directions: str
    refund_until: str | None
    hold_seconds: int | None
    payment_url: str | None

    @property
    def settled(self) -> bool:
        """Whether nothing more will fill in."""
        return self.phase not in {"making", "pending"} and all(step.done for step in self.steps)


def phase_of(purchase: Purchase) -> Phase:
    """Where the buyer stands, from the order's state (C-5)."""
    if purchase.state in _PAID:
        return "in" if purchase.tickets else "making"
    if purchase.state in _OPEN:
        return "not_paid" if purchase.hold_seconds else "gone"
    others: dict[PurchaseState, Phase] = {
        PurchaseState.PAYMENT_PENDING: "pending",
        PurchaseState.REFUNDED: "refunded",
        PurchaseState.DISPUTED: "disputed",
    }
    return others.get(purchase.state, "gone")


def success_view(
    purchase: Purchase, workshop: Workshop, codes: Sequence[Markup], *, waited_seconds: int
) -> PurchaseView:
    """The page after paying. An order that is still open here was paid a moment ago: the webhook is on its way."""
    phase = phase_of(purchase)
    if purchase.state in _OPEN and purchase.state is not PurchaseState.PAYMENT_FAILED:
        phase = "making"
    return _view(purchase, workshop, codes, phase=phase, slow=waited_seconds >= _LONG_WAIT_SECONDS)


def cancel_view(purchase: Purchase, workshop: Workshop) -> PurchaseView:
    """The page after turning back at the payment page."""
    return _view(purchase, workshop, (), phase=phase_of(purchase), slow=False)


def _view(purchase: Purchase, workshop: Workshop, codes: Sequence[Markup], *, phase: Phase, slow: bool) -> PurchaseView:
    tier = next((tier.name for tier in workshop.tiers if tier.id == purchase.tier), purchase.tier.upper())
    poster, lead = _words(purchase, workshop, phase)
    zone = workshop.time_zone
    return PurchaseView(
        phase=phase,
        poster=poster,
        lead=lead,
        order_id=purchase.order_id,
        number=purchase.number,
        city=workshop.city,
        city_id=workshop.city_id,
        dates=formats.date_range(workshop.starts_at, workshop.ends_at, zone),
        tier=tier,
        seats=seats(purchase.quantity),
        quantity=purchase.quantity,
        tickets=tuple(_tickets(purchase, workshop, tier, codes)) if phase in {"in", "making"} else (),
        slow=slow,
        steps=tuple(_steps(purchase, zone)),
        lines=line_views_of(purchase.lines),
        total=formats.money(purchase.total),
        currency=purchase.total.currency,
        where=", ".join(part for part in (workshop.venue, workshop.address) if part),
        directions=workshop.directions,
        refund_until=formats.long_date(workshop.refund_until) if workshop.refund_until else None,
        hold_seconds=purchase.hold_seconds,
        payment_url=purchase.payment_url,
    )


def _words(purchase: Purchase, workshop: Workshop, phase: Phase) -> tuple[str, str]:
    """Poster and the sentence below it."""
    count = seats(purchase.quantity)
    days = formats.day_range(workshop.starts_at, workshop.ends_at, workshop.time_zone)
    codes = "code" if purchase.quantity == 1 else "codes"
    still = f"Your {count} {'is' if purchase.quantity == 1 else 'are'} still yours for "
    words: dict[Phase, tuple[str, str]] = {
        "in": ("You’re in.", f"{count} in {workshop.city}, {days}. Show the {codes} below at the door."),
        "making": ("Thanks.", f"{count} in {workshop.city}, {days}. Payment received. Making your tickets…"),
        "pending": (
            "Nearly in.",
            f"Your bank is still moving the money. {still.removesuffix(' for ')} meanwhile. We email you.",
        ),
        "not_paid": ("Not paid.", still),
        "gone": ("Not paid.", "Your seats went back on sale. Choose again."),
        "refunded": ("Refunded.", f"We sent {formats.money(purchase.total)} back. The tickets of this order are void."),
        "disputed": ("On hold.", "Your bank asks us about this payment. The tickets wait until that is settled."),
    }
    return words[phase]


def _tickets(purchase: Purchase, workshop: Workshop, tier: str, codes: Sequence[Markup]) -> Iterator[TicketView]:
    """A stub for each seat, with or without its code, so that the page does not move when they come."""
    zone = workshop.time_zone
    made = {ticket.seat: (ticket, code) for ticket, code in zip(purchase.tickets, codes, strict=False)}
    for seat in range(1, purchase.quantity + 1):
        ticket, code = made.get(seat, (None, None))
        yield TicketView(
            seat=f"Seat {seat} of {purchase.quantity}",
            city=workshop.city,
            poster_size=poster_class(workshop.city),
            admit=ticket.admit if ticket else _name(purchase, seat),
            tier=tier,
            doors=f"Doors {formats.clock_time(workshop.doors_at, zone)}",
            dates=formats.date_range(workshop.starts_at, workshop.ends_at, zone),
            venue=workshop.venue,
            number=ticket.number if ticket else f"{purchase.number}-{seat}",
            qr=code,
        )


def _name(purchase: Purchase, seat: int) -> str:
    name = f"{purchase.buyer.first_name} {purchase.buyer.last_name}".strip()
    return name if seat == 1 else f"Guest of {name}"


def _steps(purchase: Purchase, zone: str) -> Iterator[StepView]:
    """Paid, tickets, email: each with its time, or waiting."""
    total, count = formats.money(purchase.total), purchase.quantity
    paid, made = purchase.paid_at, purchase.tickets_at if purchase.tickets else None
    tickets = "1 ticket" if count == 1 else f"{count} tickets"
    yield StepView(
        done=paid is not None,
        title=f"Paid {total}" if paid else "Payment received",
        note=purchase.payment_label if paid else "Being confirmed.",
        time=_time(paid, zone),
    )
    yield StepView(
        done=made is not None,
        title=f"{tickets} made" if made else f"{tickets}, being made",
        note="",
        time=_time(made, zone),
    )
    yield _email_step(purchase, zone)


def _email_step(purchase: Purchase, zone: str) -> StepView:
    address = purchase.buyer.email
    titles = {
        EmailState.WAITING: ("Email on its way", f"{address}. You can close this page."),
        EmailState.SENT: ("Email sent", f"{address}. You can close this page."),
        EmailState.DELIVERED: ("Email delivered", address),
        EmailState.FAILED: ("Email did not arrive", f"{address} refused it. Print this page, or write to us."),
    }
    title, note = titles[purchase.email]
    done = purchase.email in {EmailState.DELIVERED, EmailState.FAILED}
    return StepView(done=done, title=title, note=note, time=_time(purchase.email_at if done else None, zone))


def _time(moment: datetime | None, zone: str) -> str:
    return formats.clock_time(moment, zone) if moment else "now"
