"""What the pages of the waiting list show: pure functions from values to views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from chassis import formats
from checkout.catalogue.domain import Catalogue
from checkout.waitlist.domain import Joined, Place, PlaceState
from checkout.web.forms import FIRST_NAME, email_problem
from checkout.web.offer_views import OfferView, offer_view
from checkout.web.tier_views import seats
from events import CatalogueCityChanged
from languages import gettext, gettext_noop, ngettext, translate

EMAIL_HINT: Final = gettext_noop("When seats come back, the offer goes there.")
NO_TIER: Final = gettext_noop("Choose a ticket.")
_OFFER_GOES_THERE: Final = gettext_noop("The offer goes there.")


@dataclass(frozen=True, slots=True)
class JoinForm:
    """The form as it was typed."""

    city_id: str
    tier: str
    quantity: int
    first_name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """A tier, or a number of seats, that can be chosen."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class JoinView:
    """The page on which a buyer joins."""

    city_id: str
    city: str
    dates: str
    form: JoinForm
    tiers: Sequence[ChoiceView]
    quantities: Sequence[ChoiceView]
    email_hint: str
    summary: str = ""
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def problem(self, name: str) -> str | None:
        """The sentence below a field."""
        return self.fields.get(name)


@dataclass(frozen=True, slots=True)
class PlaceView:
    """The page of a place in line.

    heading: where it stands
    sentences: what that means
    taking: what the button to the seats says
    take: the way to the seats that are offered; empty without an offer
    offer: the stub of those seats; None where there is none to show
    again: the way to join again; empty while waiting
    leave: what opens the place, for the form that gives it up; empty when there is nothing to give up
    """

    title: str
    heading: str
    sentences: Sequence[str]
    taking: str
    take: str
    offer: OfferView | None
    again: str
    leave: str


def check_join(form: JoinForm, city: CatalogueCityChanged) -> dict[str, str]:
    """What is missing, by field, in the order of the page."""
    return dict(_problems(form, city))


def _problems(form: JoinForm, city: CatalogueCityChanged) -> Iterator[tuple[str, str]]:
    if form.tier not in city.offered:
        yield "tier", translate(NO_TIER)
    if not form.first_name:
        yield "first_name", translate(FIRST_NAME)
    if problem := email_problem(form.email, _OFFER_GOES_THERE):
        yield "email", problem


def join_view(
    catalogue: Catalogue,
    city: CatalogueCityChanged,
    form: JoinForm,
    *,
    summary: str = "",
    fields: Mapping[str, str] | None = None,
) -> JoinView:
    """The page for one city, with what was typed and what is wrong with it."""
    return JoinView(
        city_id=city.city_id,
        city=city.name,
        dates=_dates(city),
        form=form,
        email_hint=translate(EMAIL_HINT),
        tiers=[ChoiceView(tier_id, tier.name, tier_id == form.tier) for tier_id, tier in city.offered.items()],
        quantities=[
            ChoiceView(str(number), seats(number), number == form.quantity)
            for number in range(1, catalogue.terms.max_quantity + 1)
        ],
        summary=summary,
        fields=MappingProxyType(dict(fields or {})),
    )


def joined_sentences(joined: Joined, city: CatalogueCityChanged, email: str) -> list[str]:
    """What whoever has joined is told."""
    then = gettext(
        "When enough seats come back, we hold them for you and write to %(address)s. The link in that email takes"
        " them.",
        address=email,
    )
    return [f"{_waiting(_what(joined.quantity, f'{city.name}, {_dates(city)}'))} {_ahead(joined.ahead)}", then]


def place_view(place: Place, catalogue: Catalogue, *, now: datetime) -> PlaceView:
    """The page of a place in line, as it stands now."""
    city = catalogue.cities.get(place.city_id)
    where = f"{city.name}, {_dates(city)}" if city else place.city_id
    what = _what(place.quantity, where)
    heading, sentences = _standing(place, what, city, now)
    choice = {"city": place.city_id, "tier": place.tier, "quantity": place.quantity}
    offered = place.open_offer is not None
    return PlaceView(
        title=heading,
        heading=heading,
        sentences=sentences,
        taking=ngettext("Take the seat", "Take the seats", place.quantity),
        take=f"/register?{urlencode({**choice, 'place': str(place.link)})}" if offered else "",
        offer=offer_view(place, catalogue, now=now),
        again="" if place.state is PlaceState.WAITING else f"/waitlist?{urlencode(choice)}",
        leave=str(place.link) if place.state in {PlaceState.WAITING, PlaceState.OFFERED} else "",
    )


def _standing(place: Place, what: str, city: CatalogueCityChanged | None, now: datetime) -> tuple[str, tuple[str, ...]]:
    match place.state:
        case PlaceState.OFFERED:
            return _held(place.quantity), (_offer(place, what, city, now),)
        case PlaceState.WAITING:
            return gettext("You are in line."), (f"{_waiting(what)} {_ahead(place.ahead)}",)
        case PlaceState.TAKEN:
            told = gettext("It was for %(seats)s. Your order has a page and emails of its own.", seats=what)
            return gettext("You have taken your offer."), (told,)
        case PlaceState.EXPIRED:
            gone = gettext("%(seats)s went to the next in line.", seats=f"{what[0].upper()}{what[1:]}")
            return gettext("Your offer is over."), (gone,)
        case PlaceState.LEFT:
            return gettext("You have left the line."), (gettext("You no longer wait for %(seats)s.", seats=what),)


def _what(quantity: int, where: str) -> str:
    return gettext("%(seats)s in %(place)s", seats=seats(quantity), place=where)


def _waiting(what: str) -> str:
    return gettext("You wait for %(seats)s.", seats=what)


def _held(quantity: int) -> str:
    return ngettext("A seat is held for you.", "%(count)s seats are held for you.", quantity)


def _offer(place: Place, what: str, city: CatalogueCityChanged | None, now: datetime) -> str:
    if place.offered_until is None:
        return gettext("We hold %(seats)s for you for now. Then they go to the next.", seats=what)
    until = formats.recent(place.offered_until, city.time_zone if city else "UTC", now=now)
    return gettext("We hold %(seats)s for you until %(time)s. Then they go to the next.", seats=what, time=until)


def _ahead(count: int) -> str:
    if count == 0:
        return gettext("Nobody is ahead of you.")
    return ngettext("%(count)s other is ahead of you.", "%(count)s others are ahead of you.", count)


def _dates(city: CatalogueCityChanged) -> str:
    return formats.date_range(city.starts, city.ends, city.time_zone)
