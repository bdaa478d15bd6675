"""What the list of workshops and the registration page show: pure functions from values to views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chassis import formats
from chassis.currencies import CurrencyRules, rules_of
from chassis.money import Money
from checkout.catalogue.domain import BusinessType, Catalogue, Quote, SaleState, sale_state
from checkout.seats.stock import Stock
from checkout.web.forms import Problems, RegisterForm
from checkout.web.receipt_views import LineView, quote_lines
from checkout.web.tier_views import TierView, seats, tier_views
from events import CatalogueCityChanged
from ui import poster_class

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
class RegisterView:
    """The registration page."""

    workshop: WorkshopView
    form: RegisterForm
    problems: Problems
    lines: tuple[LineView, ...]
    total: str
    currency: str
    rules: CurrencyRules
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

    def problem(self, name: str) -> str | None:
        """The sentence below a field."""
        return self.problems.fields.get(name)

    @property
    def open(self) -> bool:
        """Whether seats can be bought here now."""
        return self.workshop.sale_note is None


def season_view(catalogue: Catalogue, stock: Stock | None, *, now: datetime) -> SeasonView:
    """All workshops that are not over, by date."""
    coming = tuple(city for city in catalogue.listed() if city.ends > now)
    return SeasonView(
        poster=_cities(len(coming)),
        lead=_season_lead(coming),
        workshops=tuple(workshop_view(catalogue, city, stock, now=now) for city in coming),
        stock_known=stock is not None,
    )


def workshop_view(
    catalogue: Catalogue,
    city: CatalogueCityChanged,
    stock: Stock | None,
    *,
    now: datetime,
    form: RegisterForm | None = None,
) -> WorkshopView:
    """A city as its row and its band show it; with a form its member price and its choice."""
    zone, listed = city.time_zone, catalogue.listed()
    refund = catalogue.refund_until(city.city_id)
    tiers = tier_views(catalogue, city, stock, form)
    return WorkshopView(
        city_id=city.city_id,
        city=city.name,
        poster_size=poster_class(city.name),
        when=formats.weekdays_and_dates(city.starts, city.ends, zone),
        dates=formats.date_range(city.starts, city.ends, zone),
        days=formats.day_range(city.starts, city.ends, zone),
        hours=formats.hours(city.starts, city.ends, zone),
        where=", ".join(part for part in (city.venue.name, city.venue.district) if part),
        season=f"Workshop {listed.index(city) + 1} of {len(listed)} this season",
        refund=f"Full refund until {formats.long_date(refund)}." if refund else None,
        sale_note=_sale_note(city, now),
        from_price=_from_price(city),
        sold_out=all(tier.sold_out for tier in tiers),
        tiers=tiers,
    )


def register_view(
    catalogue: Catalogue,
    city: CatalogueCityChanged,
    stock: Stock | None,
    form: RegisterForm,
    quote: Quote,
    *,
    now: datetime,
    problems: Problems | None = None,
) -> RegisterView:
    """The page for one city, with what was typed and the price that will be charged."""
    view = workshop_view(catalogue, city, stock, now=now, form=replace(form, member=quote.member))
    chosen = next(tier for tier in view.tiers if tier.chosen)
    currency, most = quote.price.currency, catalogue.terms.max_quantity
    return RegisterView(
        workshop=view,
        form=form,
        problems=problems or Problems(),
        lines=quote_lines(city.tiers[chosen.id], quote),
        total=formats.money(Money(quote.price.amount, currency)),
        currency=currency,
        rules=rules_of(currency),
        free=formats.money(Money(0, currency)),
        seats=seats(form.quantity),
        chosen=chosen,
        most=max(1, min(most, most if chosen.left is None else chosen.left)),
        max_quantity=most,
        hold_minutes=max(1, int(catalogue.terms.hold.total_seconds() // 60)),
        member_note=member_note(form.quantity),
        on_roster=_on_roster(form, quote),
        code_problem=quote.code_problem.value if quote.code_problem else None,
        code_applied=quote.code is not None,
        business_types=catalogue.terms.business_types,
        stock_known=stock is not None,
    )


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


def _on_roster(form: RegisterForm, quote: Quote) -> bool | None:
    """Whether the address of a claimed member is on the member list; None when nothing was compared."""
    if form.member and not quote.member:
        return False
    return True if quote.member_verified else None


def _from_price(city: CatalogueCityChanged) -> str:
    tier = min(city.tiers.values(), key=lambda tier: tier.price)
    return formats.money_short(Money(tier.price, tier.currency))


def _sale_note(city: CatalogueCityChanged, now: datetime) -> str | None:
    state = sale_state(city, now)
    if state is SaleState.NOT_YET:
        opens, zone = city.on_sale_from, city.time_zone
        return f"On sale from {formats.long_day(opens, zone)}, {formats.zoned_time(opens, zone)}."
    return "The sale for this workshop has ended." if state is SaleState.OVER else None


def _season_lead(coming: Sequence[CatalogueCityChanged]) -> str:
    if not coming:
        return "The next season is being planned. Nothing is on sale right now."
    first, last = coming[0], coming[-1]
    spell = formats.date_range(first.starts, last.ends, first.time_zone)
    return f"{spell}. Choose a city."


def _cities(count: int) -> str:
    word = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    return f"{word} city." if count == 1 else f"{word} cities."
