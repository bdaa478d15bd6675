"""What the list of workshops and the registration page show: pure functions from values to views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from chassis import formats
from chassis.currencies import CurrencyRules, rules_of
from chassis.money import Money
from checkout.catalogue.domain import BusinessType, Catalogue, Quote, SaleState, sale_state
from checkout.seats.stock import Stock
from checkout.web.forms import Problems, RegisterForm
from checkout.web.pass_offer_views import PassRow, pass_rows
from checkout.web.pause_views import PauseView
from checkout.web.purchase_views import HeldView
from checkout.web.receipt_views import LineView, quote_lines
from checkout.web.tier_views import TierView, most_of, seats, tier_views
from checkout.web.way_views import PayOption
from events import CatalogueCityChanged
from languages import gettext, gettext_noop, ngettext, pgettext, translate
from ui import poster_class

Standing = Literal["open", "sold_out", "not_yet", "over"]
NO_TOTAL: Final = "–"
_CITIES: Final = (
    gettext_noop("No cities."),
    gettext_noop("One city."),
    gettext_noop("Two cities."),
    gettext_noop("Three cities."),
    gettext_noop("Four cities."),
    gettext_noop("Five cities."),
    gettext_noop("Six cities."),
    gettext_noop("Seven cities."),
    gettext_noop("Eight cities."),
    gettext_noop("Nine cities."),
    gettext_noop("Ten cities."),
)


@dataclass(frozen=True, slots=True)
class WorkshopView:
    """A city with its texts. `poster_size`: see `ui.poster_class`.

    standing: whether seats can be bought here now, and else why not
    note: that, or the lowest price, in a few words
    explanation: what it means for a buyer; empty while seats can be bought
    """

    city_id: str
    city: str
    poster_size: str
    when: str
    dates: str
    days: str
    hours: str
    where: str
    address: str
    season: str
    refund: str | None
    standing: Standing
    note: str
    explanation: str
    tiers: tuple[TierView, ...]


@dataclass(frozen=True, slots=True)
class SeasonView:
    """The list of workshops."""

    poster: str
    lead: str
    workshops: tuple[WorkshopView, ...]
    stock_known: bool
    pause: PauseView | None
    passes: tuple[PassRow, ...]


@dataclass(frozen=True, slots=True)
class RegisterView:
    """The registration page.

    lines, total, amount, chosen: of the chosen tier; nothing of it while none is chosen
    held: what the same browser holds already
    pause: why purchases pause
    roster: whether members are looked up in a list
    on_roster: whether the address of a claimed member is on it; None when nothing was compared
    provided: whether it is a provider's, who may be paid elsewhere
    ways: by which it can be paid, none where nobody can take it now; None where there is nothing to choose
    """

    workshop: WorkshopView
    form: RegisterForm
    problems: Problems
    held: HeldView | None
    pause: PauseView | None
    lines: tuple[LineView, ...]
    total: str
    amount: int | None
    currency: str
    rules: CurrencyRules
    free: str
    seats: str
    chosen: TierView | None
    most: int
    most_note: str
    max_quantity: int
    hold_note: str
    member_note: str
    roster: bool
    on_roster: bool | None
    code_problem: str | None
    code_applied: bool
    business_types: tuple[BusinessType, ...]
    stock_known: bool
    provided: bool
    ways: tuple[PayOption, ...] | None

    @property
    def way_on(self) -> str:
        """What the button says; what costs nothing has no payment page."""
        return gettext("Get tickets") if self.amount == 0 else gettext("Go to payment")

    @property
    def template(self) -> str:
        """The form, or the page that says why there is none. What somebody has typed stays, also during a pause."""
        paused = self.pause is not None and not self.problems
        return "register.html" if self.workshop.standing == "open" and not paused else "closed.html"

    def problem(self, name: str) -> str | None:
        """The sentence below a field."""
        return self.problems.fields.get(name)


def season_view(
    catalogue: Catalogue, stock: Stock | None, *, now: datetime, pause: PauseView | None = None
) -> SeasonView:
    """All workshops that are not over, by date."""
    coming = tuple(city for city in catalogue.listed() if city.ends > now)
    return SeasonView(
        poster=_cities(len(coming)),
        lead=_season_lead(coming),
        workshops=tuple(workshop_view(catalogue, city, stock, now=now) for city in coming),
        stock_known=stock is not None,
        pause=pause,
        passes=pass_rows(catalogue, now=now),
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
    sale = sale_state(city, now)
    tiers = tier_views(catalogue, city, stock, form, sale=sale)
    standing = _standing(sale, tiers)
    return WorkshopView(
        city_id=city.city_id,
        city=city.name,
        poster_size=poster_class(city.name),
        when=formats.weekdays_and_dates(city.starts, city.ends, zone),
        dates=formats.date_range(city.starts, city.ends, zone),
        days=formats.day_range(city.starts, city.ends, zone),
        hours=formats.hours(city.starts, city.ends, zone),
        where=", ".join(part for part in (city.venue.name, city.venue.district) if part),
        address=city.venue.address,
        season=gettext("Workshop %(number)s of %(all)s this season", number=listed.index(city) + 1, all=len(listed)),
        refund=gettext("Full refund until %(day)s.", day=formats.long_date(refund)) if refund else None,
        standing=standing,
        note=_note(standing, city, tiers),
        explanation=_explanation(standing, city, tiers),
        tiers=tiers,
    )


def register_view(
    catalogue: Catalogue,
    city: CatalogueCityChanged,
    stock: Stock | None,
    form: RegisterForm,
    quote: Quote | None,
    *,
    now: datetime,
    problems: Problems | None = None,
    held: HeldView | None = None,
    pause: PauseView | None = None,
    ways: tuple[PayOption, ...] | None = None,
) -> RegisterView:
    """The page for one city, with what was typed and the price that will be charged; no quote, no chosen tier."""
    member = form.member if quote is None else quote.member
    view = workshop_view(catalogue, city, stock, now=now, form=replace(form, member=member))
    chosen = next((tier for tier in view.tiers if tier.chosen), None)
    currency = next(iter(city.offered.values())).currency
    most, left = catalogue.terms.max_quantity, chosen.left if chosen else None
    return RegisterView(
        workshop=view,
        form=form,
        problems=problems or Problems(),
        held=held,
        pause=pause,
        lines=quote_lines(city.tiers[chosen.id], quote) if chosen and quote else (),
        amount=quote.price.amount if chosen and quote else None,
        total=formats.money(Money(quote.price.amount, currency)) if chosen and quote else NO_TOTAL,
        currency=currency,
        rules=rules_of(currency),
        free=formats.money(Money(0, currency)),
        seats=seats(form.quantity),
        chosen=chosen,
        most=most_of(most, left),
        most_note=_most_note(most, left),
        max_quantity=most,
        hold_note=_hold_note(catalogue),
        member_note=member_note(form.quantity),
        roster=catalogue.terms.roster is not None,
        on_roster=_on_roster(form, quote) if quote else None,
        code_problem=quote.code_problem if quote else None,
        code_applied=quote is not None and quote.code is not None,
        business_types=catalogue.terms.business_types,
        stock_known=stock is not None,
        provided=city.city_id in catalogue.terms.providers,
        ways=ways,
    )


def member_note(quantity: int) -> str:
    """What the member price applies to."""
    if quantity == 1:
        return gettext("Member price applied to your seat.")
    if quantity == 2:
        return gettext("Member price applied to both seats.")
    return gettext("Member price applied to all %(count)s seats.", count=quantity)


def sold_out_sentence(workshop: WorkshopView, tier_id: str, available: Mapping[str, int]) -> str:
    """The sentence for seats that went while buying: what is left of the tier, or of the others."""
    if few := available.get(tier_id, 0):
        return gettext(
            "Someone was faster: only %(left)s here. Your order is for %(seats)s now.",
            left=_left(few),
            seats=seats(few),
        )
    chosen = next(tier for tier in workshop.tiers if tier.id == tier_id)
    others = [_left(left, tier.short_name) for tier in workshop.tiers if (left := available.get(tier.id, 0))]
    taken = gettext("Someone took the last %(tier)s seats a moment ago.", tier=chosen.short_name)
    return f"{taken} {_sentence(formats.listing(others))}" if others else taken


def _most_note(most: int, left: int | None) -> str:
    if left is None or left >= most:
        return gettext("Up to %(count)s in one order.", count=most)
    return _sentence(_left(left))


def _sentence(left: str) -> str:
    # Translators: seats are the subject: 3 seats are left.
    return pgettext("sentence", "%(left)s.", left=left)


def _hold_note(catalogue: Catalogue) -> str:
    return ngettext(
        "Your seats are held for %(count)s minute once you go to payment.",
        "Your seats are held for %(count)s minutes once you go to payment.",
        max(1, int(catalogue.terms.hold.total_seconds() // 60)),
    )


def _left(count: int, kind: str = "") -> str:
    """1 VIP seat is left; 3 seats are left."""
    if kind:
        return ngettext("%(count)s %(tier)s seat is left", "%(count)s %(tier)s seats are left", count, tier=kind)
    return ngettext("%(count)s seat is left", "%(count)s seats are left", count)


def _on_roster(form: RegisterForm, quote: Quote) -> bool | None:
    """Whether the address of a claimed member is on the member list; None when nothing was compared."""
    if form.member and not quote.member:
        return False
    return True if quote.member_verified else None


def _standing(sale: SaleState, tiers: Sequence[TierView]) -> Standing:
    match sale:
        case SaleState.NOT_YET:
            return "not_yet"
        case SaleState.OVER:
            return "over"
        case SaleState.OPEN if any(tier.buyable for tier in tiers):
            return "open"
        case _:
            return "sold_out" if any(tier.sold_out for tier in tiers) else "over"


def _note(standing: Standing, city: CatalogueCityChanged, tiers: Sequence[TierView]) -> str:
    match standing:
        case "not_yet":
            return gettext("On sale from %(time)s", time=formats.day_and_hour(city.on_sale_from, city.time_zone))
        case "over":
            return gettext("Sale ended")
        case "sold_out":
            return gettext("Sold out")
        case "open":
            cheapest = min(city.tiers[tier.id].price for tier in tiers if tier.buyable)
            currency = next(iter(city.offered.values())).currency
            return gettext("From %(price)s", price=formats.money_short(Money(cheapest, currency)))


def _explanation(standing: Standing, city: CatalogueCityChanged, tiers: Sequence[TierView]) -> str:
    match standing:
        case "not_yet":
            return gettext("Seats can be bought on this page from then on.")
        case "over":
            return gettext(
                "Seats in %(city)s are not sold any more. Tickets that were bought are good.", city=city.name
            )
        case "sold_out" if any("held" in tier.ticks for tier in tiers):
            return gettext("Somebody is paying for the last seats right now. What is not paid for comes back here.")
        case "sold_out":
            return gettext("All seats in %(city)s are taken.", city=city.name)
        case "open":
            return ""


def _season_lead(coming: Sequence[CatalogueCityChanged]) -> str:
    if not coming:
        return gettext("The next season is being planned. Nothing is on sale right now.")
    first, last = coming[0], coming[-1]
    spell = formats.date_range(first.starts, last.ends, first.time_zone)
    return gettext("%(dates)s. Choose a city.", dates=spell)


def _cities(count: int) -> str:
    if count < len(_CITIES):
        return translate(_CITIES[count])
    return ngettext("%(count)s city.", "%(count)s cities.", count)
