"""What a wish comes to: checked against the catalogue, and priced from it, never from the client (C-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chassis.database import Reader
from chassis.emails import email_key
from chassis.errors import InvalidRequest
from checkout.catalogue import service as catalogue
from checkout.catalogue.domain import Catalogue, CodeProblem, DiscountCode, Price, membership
from checkout.purchases.wish import Wish
from events import CatalogueCityChanged, CatalogueTier


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A wish that can be fulfilled, with its price."""

    city: CatalogueCityChanged
    tier: CatalogueTier
    price: Price
    code: DiscountCode | None
    member: bool
    member_verified: bool


async def make_offer(reader: Reader, current: Catalogue, wish: Wish, *, now: datetime) -> Offer:
    """Raises InvalidRequest with a sentence for each wrong field, UnknownCity, OnSaleWindow."""
    data = wish.customer_data
    city, tier = catalogue.find_seat(current, wish.city_id, wish.ticket_type, now=now)
    wrong = _wrong_fields(current, wish)
    code = await _code(reader, current, wish, now) if wish.discount_code else None
    if isinstance(code, CodeProblem):
        raise InvalidRequest(fields={**wrong, "discountCode": code.value})
    if wrong:
        raise InvalidRequest(fields=wrong)
    member, verified = membership(current.terms, data.email, claimed=wish.member)
    price = catalogue.price(tier, quantity=wish.quantity, member=member, code=code)
    return Offer(city=city, tier=tier, price=price, code=code, member=member, member_verified=verified)


def _wrong_fields(current: Catalogue, wish: Wish) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if wish.quantity > current.terms.max_quantity:
        wrong["quantity"] = f"Take {current.terms.max_quantity} seats at most."
    if current.terms.business_type(wish.customer_data.business_type) is None:
        known = ", ".join(kind.id for kind in current.terms.business_types)
        wrong["customerData.businessType"] = f"Choose one of {known}."
    return wrong


async def _code(reader: Reader, current: Catalogue, wish: Wish, now: datetime) -> DiscountCode | CodeProblem:
    return await catalogue.find_code(
        reader,
        current,
        wish.discount_code or "",
        city_id=wish.city_id,
        tier=wish.ticket_type,
        email_key=email_key(wish.customer_data.email),
        now=now,
    )
