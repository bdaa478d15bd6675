"""Whether each price that a catalogue can give is one that the processor takes (C-2). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chassis import formats
from chassis.currencies import TAKEN, rules_of
from chassis.money import Money
from checkout.catalogue.domain import Catalogue, DiscountCode, Price, Terms, price_of
from events import CatalogueCityChanged, CataloguePassChanged, CatalogueTier

Priced = CatalogueTier | CataloguePassChanged


def faults(catalogue: Catalogue) -> Iterator[str]:
    """A sentence for each price that nobody could pay: of every tier and pass, with the member's price and codes."""
    terms = catalogue.terms
    for city in catalogue.cities.values():
        for tier_id, tier in city.tiers.items():
            place = f"cities.{city.city_id}.tiers.{tier_id}"
            codes = (None, *_codes(city, tier_id, terms))
            yield from _of_entry(place, tier, codes, most=terms.max_quantity)
    for pass_id, kind in catalogue.passes.items():
        yield from _of_entry(f"passes.{pass_id}", kind, (None,), most=1)


def chargeable(price: Price) -> bool:
    """Whether the processor takes it; what is free is not its business."""
    return rules_of(price.currency).chargeable(price.amount)


def _of_entry(place: str, sold: Priced, codes: Iterable[DiscountCode | None], *, most: int) -> Iterator[str]:
    if sold.currency not in TAKEN:
        yield f"{place}.currency: no card can be charged in {sold.currency}"
        return
    for code in codes:
        yield from _of_code(place, sold, code, most=most)


def _of_code(place: str, tier: Priced, code: DiscountCode | None, *, most: int) -> Iterator[str]:
    for member in (False, True) if tier.member_discount_percent else (False,):
        prices = (price_of(tier, quantity=quantity, member=member, code=code) for quantity in (1, most))
        wrong = next((price for price in prices if not chargeable(price)), None)
        if wrong is not None:
            buyer = f"{'a member' if member else 'a buyer'}{f' with {code.code}' if code else ''}"
            yield f"{place}: {buyer} would pay {_text(wrong)} for {wrong.quantity}; {_bounds(tier.currency)}"


def _codes(city: CatalogueCityChanged, tier_id: str, terms: Terms) -> Iterator[DiscountCode]:
    currencies = {None, city.tiers[tier_id].currency}
    for code in terms.codes.values():
        if code.reaches(city.city_id, tier_id) and (code.amount is None or code.currency in currencies):
            yield code


def _bounds(currency: str) -> str:
    rules = rules_of(currency)
    least, most, step = (formats.money(Money(each, currency)) for each in (rules.least, rules.most, rules.step))
    return f"a card is charged {least} to {most} in steps of {step}, or nothing"


def _text(price: Price) -> str:
    return formats.money(Money(price.amount, price.currency))
