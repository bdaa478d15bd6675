"""The stub of seats that are offered to somebody in line: what they cost, and how long they are held. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chassis import formats
from chassis.money import Money
from checkout.catalogue.domain import Catalogue, Quote, price_of
from checkout.waitlist.domain import Place
from checkout.web.receipt_views import LineView, quote_lines
from checkout.web.tier_views import seats


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """The stub, at the price without a member's discount or a code.

    hold_seconds: how long the seats are still held
    """

    city: str
    seats: str
    dates: str
    tier: str
    lines: tuple[LineView, ...]
    total: str
    hold_seconds: int


def offer_view(place: Place, catalogue: Catalogue, *, now: datetime) -> OfferView | None:
    """Of an open offer; None without one, and for what the catalogue does not know."""
    city = catalogue.cities.get(place.city_id)
    tier = city.offered.get(place.tier) if city else None
    if city is None or tier is None or place.open_offer is None or place.offered_until is None:
        return None
    price = price_of(tier, quantity=place.quantity, member=False, code=None)
    return OfferView(
        city=city.name,
        seats=seats(place.quantity),
        dates=formats.date_range(city.starts, city.ends, city.time_zone),
        tier=tier.name,
        lines=quote_lines(tier, Quote(price=price)),
        total=formats.money(Money(price.amount, price.currency)),
        hold_seconds=max(0, int((place.offered_until - now).total_seconds())),
    )
