"""What a wish comes to: checked against the catalogue, and priced from it, never from the client (C-1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chassis import formats
from chassis.database import Reader
from chassis.errors import InvalidRequest
from chassis.money import Money
from checkout.catalogue import service as catalogue
from checkout.catalogue.domain import Catalogue, Quote, Selection
from checkout.orders.making import line_of_pass, line_of_seats
from checkout.purchases.errors import PriceChanged
from checkout.purchases.wish import PassWish, Wish
from events import CatalogueCityChanged, CataloguePassChanged, OrderLine
from languages import gettext, ngettext


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A wish that can be fulfilled.

    line: what is sold
    quote: what it costs
    title: what the payment page calls it
    time_zone: of the city of its seats; None where there are none
    provider_id: whose it is; None: the platform's
    """

    line: OrderLine
    quote: Quote
    title: str
    time_zone: str | None
    provider_id: int | None = None


async def make_offer(reader: Reader, current: Catalogue, wish: Wish | PassWish, *, now: datetime) -> Offer:
    """Raises InvalidRequest with a sentence for each wrong field, UnknownCity, UnknownPassKind, OnSaleWindow or
    PriceChanged.
    """
    made = _of_pass(current, wish, now) if isinstance(wish, PassWish) else await _of_seats(reader, current, wish, now)
    wrong = _wrong_fields(current, wish)
    if made.quote.code_problem:
        raise InvalidRequest(fields={**wrong, "discountCode": made.quote.code_problem})
    if wrong:
        raise InvalidRequest(fields=wrong)
    price = Money(made.quote.price.amount, made.quote.price.currency)
    if wish.expected_amount not in {None, price.amount}:
        raise PriceChanged(price, shown=replace(price, amount=wish.expected_amount))
    return made


async def _of_seats(reader: Reader, current: Catalogue, wish: Wish, now: datetime) -> Offer:
    city = catalogue.find_seat(current, wish.city_id, wish.ticket_type, now=now)
    quote = await catalogue.quote(reader, current, _selection(wish), now=now)
    return Offer(
        line=line_of_seats(1, city_id=wish.city_id, tier=wish.ticket_type, price=quote.price),
        quote=quote,
        title=_workshop(city, wish.ticket_type),
        time_zone=city.time_zone,
        provider_id=current.terms.providers.get(wish.city_id),
    )


def _of_pass(current: Catalogue, wish: PassWish, now: datetime) -> Offer:
    kind = catalogue.find_pass(current, wish.pass_id, now=now)
    quote = catalogue.quote_pass(current, kind, member=wish.member, email=wish.customer_data.email)
    line = line_of_pass(1, kind, price=quote.price)
    provider_id = current.terms.providers.get(wish.pass_id)
    return Offer(line=line, quote=quote, title=_good_for(kind), time_zone=None, provider_id=provider_id)


def _wrong_fields(current: Catalogue, wish: Wish | PassWish) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if wish.quantity > current.terms.max_quantity:
        wrong["quantity"] = gettext("Take %(count)s seats at most.", count=current.terms.max_quantity)
    if current.terms.business_type(wish.customer_data.business_type) is None:
        known = ", ".join(kind.id for kind in current.terms.business_types)
        wrong["customerData.businessType"] = gettext("Choose one of %(names)s.", names=known)
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


def _workshop(city: CatalogueCityChanged, tier: str) -> str:
    days = formats.day_range(city.starts, city.ends, city.time_zone)
    return gettext("%(city)s workshop, %(days)s, %(tier)s", city=city.name, days=days, tier=city.tiers[tier].name)


def _good_for(kind: CataloguePassChanged) -> str:
    entries = ngettext("%(count)s entry", "%(count)s entries", kind.entries)
    days = ngettext("%(count)s day", "%(count)s days", kind.valid_days)
    return gettext("%(name)s, %(entries)s within %(days)s", name=kind.name, entries=entries, days=days)
