"""What the list of workshops and the registration page show: pure functions from values to view models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chassis.money import Money
from checkout.seats.stock import Stock
from checkout.web.forms import Problems, RegisterForm
from checkout.web.ports import BusinessType, Line, Quote, Shop, Workshop
from checkout.web.tier_views import TierView, seats, tier_view
from ui import formats, poster_class

_NUMBERS: Final = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


@dataclass(frozen=True, slots=True)
class WorkshopView:
    """A city with its texts. `poster_size`: see `ui.poster_class`."""

    city_id: str
    city: str
    poster_size: str
    when: str
    dates: str
    days: str
    hours: str
    where: str
    season: str
    refund: str | None
    sale_note: str | None
    from_price: str
    sold_out: bool
    tiers: tuple[TierView, ...]


@dataclass(frozen=True, slots=True)
class SeasonView:
    """The list of workshops."""

    poster: str
    lead: str
    workshops: tuple[WorkshopView, ...]
    stock_known: bool


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of a stub or receipt."""

    label: str
    amount: str


@dataclass(frozen=True, slots=True)
class RegisterView:
    """The registration page."""

    workshop: WorkshopView
    form: RegisterForm
    problems: Problems
    lines: tuple[LineView, ...]
    total: str
    currency: str
    free: str
    seats: str
    chosen: TierView
    most: int
    max_quantity: int
    hold_minutes: int
    member_note: str
    on_roster: bool | None
    code_problem: str | None
    code_applied: bool
    business_types: tuple[BusinessType, ...]
    stock_known: bool
    maintenance: str | None

    def problem(self, name: str) -> str | None:
        """The sentence below a field."""
        return self.problems.fields.get(name)

    @property
    def open(self) -> bool:
        """Whether seats can be bought here now."""
        return self.maintenance is None and self.workshop.sale_note is None


def season_view(shop: Shop, stock: Stock | None, *, now: datetime) -> SeasonView:
    """All workshops that are not over, by date."""
    coming = tuple(w for w in shop.workshops if w.ends_at > now)
    views = tuple(workshop_view(shop, w, stock, now=now, form=None) for w in coming)
    return SeasonView(
        poster=_cities(len(coming)),
        lead=_season_lead(coming),
        workshops=views,
        stock_known=stock is not None,
    )


def workshop_view(
    shop: Shop, workshop: Workshop, stock: Stock | None, *, now: datetime, form: RegisterForm | None
) -> WorkshopView:
    """A city as its row and its band show it; with a form its member price and its choice."""
    zone, start, end = workshop.time_zone, workshop.starts_at, workshop.ends_at
    levels = (stock or {}).get(workshop.city_id, {})
    tiers = tuple(tier_view(tier, levels.get(tier.id), form) for tier in workshop.tiers)
    place = shop.workshops.index(workshop) + 1
    return WorkshopView(
        city_id=workshop.city_id,
        city=workshop.city,
        poster_size=poster_class(workshop.city),
        when=formats.weekdays_and_dates(start, end, zone),
        dates=formats.date_range(start, end, zone),
        days=formats.day_range(start, end, zone),
        hours=formats.hours(start, end, zone),
        where=", ".join(part for part in (workshop.venue, workshop.area) if part),
        season=f"Workshop {place} of {len(shop.workshops)} this season",
        refund=f"Full refund until {formats.long_date(workshop.refund_until)}." if workshop.refund_until else None,
        sale_note=_sale_note(workshop, now),
        from_price=formats.money_short(min((t.price for t in workshop.tiers), key=lambda price: price.amount)),
        sold_out=all(tier.sold_out for tier in tiers),
        tiers=tiers,
    )


def register_view(
    shop: Shop,
    workshop: Workshop,
    stock: Stock | None,
    form: RegisterForm,
    quote: Quote,
    *,
    now: datetime,
    problems: Problems | None = None,
) -> RegisterView:
    """The page for one city, with what was typed and the server's price."""
    priced = replace(form, member=form.member and quote.on_roster is not False)
    view = workshop_view(shop, workshop, stock, now=now, form=priced)
    chosen = next((tier for tier in view.tiers if tier.chosen), view.tiers[0])
    most = max(1, min(shop.max_quantity, shop.max_quantity if chosen.left is None else chosen.left))
    return RegisterView(
        workshop=view,
        form=form,
        problems=problems or Problems(),
        lines=line_views_of(quote.lines),
        total=formats.money(quote.total),
        currency=quote.total.currency,
        free=formats.money(Money(0, quote.total.currency)),
        seats=seats(form.quantity),
        chosen=chosen,
        most=most,
        max_quantity=shop.max_quantity,
        hold_minutes=shop.hold_minutes,
        member_note=member_note(form.quantity),
        on_roster=quote.on_roster,
        code_problem=quote.code_problem,
        code_applied=bool(form.code) and quote.code_problem is None,
        business_types=shop.business_types,
        stock_known=stock is not None,
        maintenance=_maintenance(shop, workshop.time_zone),
    )


def line_views_of(lines: Sequence[Line]) -> tuple[LineView, ...]:
    """The lines of a price or receipt, as texts."""
    return tuple(LineView(label=line.label, amount=formats.money(line.amount)) for line in lines)


def first_choice(workshop: Workshop, stock: Stock | None) -> str:
    """The tier chosen for the buyer at first: the first that has seats."""
    levels = (stock or {}).get(workshop.city_id, {})
    views = [tier_view(tier, levels.get(tier.id), None) for tier in workshop.tiers]
    return next((view.id for view in views if not view.sold_out), workshop.tiers[0].id)


def member_note(quantity: int) -> str:
    """What the member price applies to."""
    whose = {1: "your seat", 2: "both seats"}.get(quantity, f"all {quantity} seats")
    return f"Member price applied to {whose}."


def sold_out_sentence(workshop: WorkshopView, problem: Mapping[str, object]) -> str:
    """The sentence for seats that went while buying: what is left, or the waiting list."""
    available = problem.get("available")
    levels = available if isinstance(available, Mapping) else {}
    chosen = next(tier for tier in workshop.tiers if tier.chosen)
    if (few := levels.get(chosen.id)) and isinstance(few, int):
        return f"Someone was faster: only {seats(few)} {'is' if few == 1 else 'are'} left here. Choose fewer."
    taken = f"Someone took the last {chosen.short_name} seats a moment ago."
    others = [
        f"{left} {tier.short_name} {'seat is' if left == 1 else 'seats are'} left"
        for tier in workshop.tiers
        if isinstance(left := levels.get(tier.id), int) and left > 0
    ]
    return f"{taken} {_sentence(others)}"


def _sentence(others: Sequence[str]) -> str:
    return f"{', '.join(others)}, or join the waiting list." if others else "You can join the waiting list."


def _sale_note(workshop: Workshop, now: datetime) -> str | None:
    if now < workshop.on_sale_from:
        opens, zone = workshop.on_sale_from, workshop.time_zone
        return f"On sale from {formats.long_day(opens, zone)}, {formats.zoned_time(opens, zone)}."
    return "The sale for this workshop has ended." if now >= workshop.on_sale_until else None


def _maintenance(shop: Shop, zone: str) -> str | None:
    if shop.maintenance is None:
        return None
    until = shop.maintenance.until
    back = f" We expect to be back at {formats.zoned_time(until, zone)}." if until else ""
    return f"{shop.maintenance.reason}{back} Nothing can be bought until then. Tickets already paid for are fine."


def _season_lead(coming: Sequence[Workshop]) -> str:
    if not coming:
        return "The next season is being planned. Nothing is on sale right now."
    first, last = coming[0], coming[-1]
    spell = formats.date_range(first.starts_at, last.ends_at, first.time_zone)
    return f"{spell}. Choose a city."


def _cities(count: int) -> str:
    word = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    return f"{word} city." if count == 1 else f"{word} cities."
