"""What a wish comes to: checked against the catalogue, and priced from it, never from the client (C-1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chassis.database import Reader
from chassis.errors import InvalidRequest
from chassis.money import Money
from checkout.catalogue import service as catalogue
from checkout.catalogue.domain import Catalogue, Quote, Selection
from checkout.purchases.errors import PriceChanged
from checkout.purchases.wish import Wish
from events import CatalogueCityChanged, CatalogueTier


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A wish that can be fulfilled.

    city: where its seats are
    tier: what kind of seats
    quote: what they cost
    """

    city: CatalogueCityChanged
    tier: CatalogueTier
    quote: Quote


async def make_offer(reader: Reader, current: Catalogue, wish: Wish, *, now: datetime) -> Offer:
    """Raises InvalidRequest with a sentence for each wrong field, UnknownCity, OnSaleWindow, PriceChanged."""
    city = catalogue.find_seat(current, wish.city_id, wish.ticket_type, now=now)
    wrong = _wrong_fields(current, wish)
    quote = await catalogue.quote(reader, current, _selection(wish), now=now)
    if quote.code_problem:
        raise InvalidRequest(fields={**wrong, "discountCode": quote.code_problem})
    if wrong:
        raise InvalidRequest(fields=wrong)
    price = Money(quote.price.amount, quote.price.currency)
    if wish.expected_amount not in {None, price.amount}:
        raise PriceChanged(price, shown=replace(price, amount=wish.expected_amount))
    return Offer(city=city, tier=city.tiers[wish.ticket_type], quote=quote)


def _wrong_fields(current: Catalogue, wish: Wish) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if wish.quantity > current.terms.max_quantity:
        wrong["quantity"] = f"Take {current.terms.max_quantity} seats at most."
    if current.terms.business_type(wish.customer_data.business_type) is None:
        known = ", ".join(kind.id for kind in current.terms.business_types)
        wrong["customerData.businessType"] = f"Choose one of {known}."
    return wrong


def _selection(wish: Wish) -> Selection:
    return Selection(
        city_id=wish.city_id,
        tier=wish.ticket_type,
        quantity=wish.quantity,
        member=wish.member,
        code=wish.discount_code or "",
        email=wish.customer_data.email,
    )
