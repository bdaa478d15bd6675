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
from checkout.web.tier_views import seats
from events import CatalogueCityChanged

EMAIL_HINT: Final = "When seats come back, the offer goes there."
NO_TIER: Final = "Choose a ticket."


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
    email_hint: str = EMAIL_HINT
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
    noun: the seats, after a verb: `the seat`
    take: the way to the seats that are offered; empty without an offer
    again: the way to join again; empty while in line
    leave: what opens the place, for the form that gives it up; empty when there is nothing to give up
    """

    title: str
    heading: str
    sentences: Sequence[str]
    noun: str
    take: str
    again: str
    leave: str


def check_join(form: JoinForm, city: CatalogueCityChanged) -> dict[str, str]:
    """What is missing, by field, in the order of the page."""
    return dict(_problems(form, city))


def _problems(form: JoinForm, city: CatalogueCityChanged) -> Iterator[tuple[str, str]]:
    if form.tier not in city.offered:
        yield "tier", NO_TIER
    if not form.first_name:
        yield "first_name", FIRST_NAME.partition(".")[0] + "."
    if email := email_problem(form.email):
        yield "email", email.replace("Your tickets go there", "The offer goes there")


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
    return [
        f"You wait for {seats(joined.quantity)} in {city.name}, {_dates(city)}. {_ahead(joined.ahead)}",
        f"When enough seats come back, we hold them for you and write to {email}. The link in that email takes them.",
    ]


def place_view(place: Place, catalogue: Catalogue, *, now: datetime) -> PlaceView:
    """The page of a place in line, as it stands now."""
    city = catalogue.cities.get(place.city_id)
    where = f"{city.name}, {_dates(city)}" if city else place.city_id
    what = f"{seats(place.quantity)} in {where}"
    heading, sentences = _standing(place, what, city, now)
    choice = {"city": place.city_id, "tier": place.tier, "quantity": place.quantity}
    offered = place.open_offer is not None
    return PlaceView(
        title=heading,
        heading=heading,
        sentences=sentences,
        noun="the seat" if place.quantity == 1 else "the seats",
        take=f"/register?{urlencode({**choice, 'place': str(place.link)})}" if offered else "",
        again="" if place.state in {PlaceState.WAITING, PlaceState.OFFERED} else f"/waitlist?{urlencode(choice)}",
        leave=str(place.link) if place.state in {PlaceState.WAITING, PlaceState.OFFERED} else "",
    )


def _standing(place: Place, what: str, city: CatalogueCityChanged | None, now: datetime) -> tuple[str, tuple[str, ...]]:
    match place.state:
        case PlaceState.OFFERED:
            until = _until(place, city, now)
            return f"{_taken(place.quantity)} for you.", (f"We hold {what} for you {until}. Then they go to the next.",)
        case PlaceState.WAITING:
            return "You are in line.", (f"You wait for {what}. {_ahead(place.ahead)}",)
        case PlaceState.TAKEN:
            return "You have taken your offer.", (f"It was for {what}. Your order has a page and emails of its own.",)
        case PlaceState.EXPIRED:
            return "Your offer is over.", (f"{what[0].upper()}{what[1:]} went to the next in line.",)
        case PlaceState.LEFT:
            return "You have left the line.", (f"You no longer wait for {what}.",)


def _taken(quantity: int) -> str:
    return "A seat is held" if quantity == 1 else f"{quantity} seats are held"


def _until(place: Place, city: CatalogueCityChanged | None, now: datetime) -> str:
    if place.offered_until is None:
        return "for now"
    return f"until {formats.recent(place.offered_until, city.time_zone if city else 'UTC', now=now)}"


def _ahead(count: int) -> str:
    if count == 0:
        return "Nobody is ahead of you."
    return "1 other is ahead of you." if count == 1 else f"{count} others are ahead of you."


def _dates(city: CatalogueCityChanged) -> str:
    return formats.date_range(city.starts, city.ends, city.time_zone)
