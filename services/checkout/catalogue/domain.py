"""What is sold and what it costs. Pure; money in integer minor units, half a step of the currency to even."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from chassis.currencies import rules_of
from chassis.emails import email_key
from chassis.money import share_of
from events import CatalogueCityChanged, CataloguePassChanged, CatalogueTier, DiscountKind, LineDiscount
from languages import gettext

# The audit's words for what `fullhouse catalogue load` does.
LOADED: Final = "catalogue_loaded"
CATALOGUE: Final = "catalogue"


class _Value(BaseModel):
    """Kept in the database as JSON; it never changes."""

    model_config = ConfigDict(frozen=True)


class BusinessType(_Value):
    """One of the kinds of work that a buyer chooses from; without influence on the price (C-1)."""

    id: str
    name: str = Field(description="as pages show it")


class DiscountCode(_Value):
    """A code that makes seats cheaper: by a share of the price, or by an amount off each seat."""

    code: str = Field(description="in upper case, as it is compared")
    percent: int | None = Field(None, description="the share of the price that is taken off")
    amount: int | None = Field(None, description="what is taken off each seat, in minor units of `currency`")
    currency: str | None = Field(None, description="the one that `amount` is in; None fits any")
    valid_from: datetime | None = Field(None, description="before this it does not count; None: no beginning")
    valid_until: datetime | None = Field(None, description="from this on it does not count; None: no end")
    usage_limit: int | None = Field(None, description="how many orders may use it; None: any number")
    per_email_limit: int | None = Field(None, description="how many orders of one e-mail address may; None: any number")
    cities: tuple[str, ...] = Field((), description="where it counts; empty: everywhere")
    tiers: tuple[str, ...] = Field((), description="for which kinds of seats it counts; empty: for all")

    def reaches(self, city_id: str, tier: str) -> bool:
        """Whether it is for seats of this tier in this city."""
        return (not self.cities or city_id in self.cities) and (not self.tiers or tier in self.tiers)


class CityExtras(_Value):
    """What holds for one city and is not in its event: inventory and messages need none of it."""

    refund_until: date | None = Field(None, description="the last day on which seats are taken back")
    short_names: dict[str, str] = Field({}, description="what a tier is called where room is short, by its id")


_NO_EXTRAS = CityExtras()


class Terms(_Value):
    """What holds for all cities."""

    max_quantity: int = Field(description="how many seats one order may have")
    hold: timedelta = Field(timedelta(minutes=10), description="for how long seats are promised to a buyer")
    pass_notice: timedelta = Field(timedelta(days=14), description="how long before its end a pass's owner is told")
    business_types: tuple[BusinessType, ...] = Field(description="what a buyer chooses from")
    codes: dict[str, DiscountCode] = Field(description="discount codes by their upper-case form")
    extras: dict[str, CityExtras] = Field({}, description="what holds for one city only, by its id")
    providers: dict[str, int] = Field({}, description="whose a city or a kind of pass is, by its id; others are ours")
    roster: frozenset[str] | None = Field(None, description="members' addresses; None: the member's word counts (C-3)")

    def business_type(self, type_id: str) -> BusinessType | None:
        """The kind of work with this id; None when there is none."""
        return next((kind for kind in self.business_types if kind.id == type_id), None)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that is, or was, sold.

    cities: by id, the withdrawn ones among them
    terms: what holds for all of them
    revision: grows with each change
    passes: kinds of pass by id, the withdrawn ones among them
    """

    cities: Mapping[str, CatalogueCityChanged]
    terms: Terms
    revision: int
    passes: Mapping[str, CataloguePassChanged] = field(default_factory=dict)

    def pass_kind(self, pass_id: str) -> CataloguePassChanged | None:
        """A kind of pass that is in the catalogue, on sale now or not."""
        found = self.passes.get(pass_id)
        return None if found is None or found.withdrawn else found

    def city(self, city_id: str) -> CatalogueCityChanged | None:
        """A city that is sold, listed or not."""
        city = self.cities.get(city_id)
        return None if city is None or city.withdrawn else city

    def listed(self) -> tuple[CatalogueCityChanged, ...]:
        """The cities that appear on pages, by date."""
        shown = (city for city in self.cities.values() if city.listed and not city.withdrawn)
        return tuple(sorted(shown, key=lambda city: (city.starts, city.city_id)))

    def listed_city(self, city_id: str) -> CatalogueCityChanged | None:
        """A city that appears on pages; None for any other."""
        return next((city for city in self.listed() if city.city_id == city_id), None)

    def tier_name(self, city_id: str, tier_id: str) -> str:
        """What people call a tier; one that the catalogue lacks is called by its id, as in messages."""
        known = self.cities[city_id].tiers.get(tier_id)
        return known.name if known else tier_id.upper()

    def short_name(self, city_id: str, tier_id: str) -> str:
        """What a sentence calls a tier, such as `GA`; its whole name when it has no short one."""
        extras = self.terms.extras.get(city_id, _NO_EXTRAS)
        return extras.short_names.get(tier_id) or self.tier_name(city_id, tier_id)

    def refund_until(self, city_id: str) -> date | None:
        """The last day on which a city's tickets are refunded in full."""
        return self.terms.extras.get(city_id, _NO_EXTRAS).refund_until


class SaleState(StrEnum):
    """Where a city's on-sale window stands."""

    NOT_YET = "not_yet"
    OPEN = "open"
    OVER = "over"


def sale_state(entry: CatalogueCityChanged | CataloguePassChanged, now: datetime) -> SaleState:
    """Where the on-sale window of a city, or of a kind of pass, stands."""
    if now < entry.on_sale_from:
        return SaleState.NOT_YET
    return SaleState.OPEN if now < entry.on_sale_until else SaleState.OVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What seats of one tier cost.

    quantity: how many seats
    list_price: of one, before discount, minor units of `currency`
    unit_price: of one, after discount
    member_discount: what the member's price takes off one
    member_percent: the same as pages say it
    code_discount: what the code takes off one
    code: which code that is
    currency: ISO 4217
    """

    quantity: int
    list_price: int
    unit_price: int
    member_discount: int
    member_percent: int
    code_discount: int
    code: str
    currency: str

    @property
    def amount(self) -> int:
        """What all seats cost."""
        return self.unit_price * self.quantity

    @property
    def discounts(self) -> tuple[LineDiscount, ...]:
        """What is taken off all seats, in the order in which it is."""
        member = LineDiscount(
            kind=DiscountKind.MEMBER,
            label=gettext("Member price, %(percent)s%% off", percent=self.member_percent),
            amount=self.member_discount * self.quantity,
        )
        code = LineDiscount(
            kind=DiscountKind.CODE,
            label=gettext("Code %(code)s", code=self.code),
            amount=self.code_discount * self.quantity,
        )
        return tuple(each for each in (member, code) if each.amount)

    @property
    def discount_total(self) -> int:
        """How much less that is than their list price."""
        return (self.list_price - self.unit_price) * self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Seats of one tier that a buyer asks the price of.

    city_id: a city of the catalogue
    tier: the id of one of its tiers
    quantity: how many seats
    member: whether the buyer says to be a member
    code: the discount code as typed; empty when there is none
    email: the buyer's address; empty while it is not known
    """

    city_id: str
    tier: str
    quantity: int
    member: bool
    code: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a selection costs, and what was counted for it.

    price: what is charged, for each seat and for all of them
    code: the discount code that counts, if one does
    code_problem: why the code that was typed does not count, as a sentence
    member: whether the member's price counts
    member_verified: whether the address was found on the member list
    """

    price: Price
    code: DiscountCode | None = None
    code_problem: str | None = None
    member: bool = False
    member_verified: bool = False


def price_of(
    tier: CatalogueTier | CataloguePassChanged, *, quantity: int, member: bool, code: DiscountCode | None
) -> Price:
    """The price that is charged: the member's share first, the code's off what is left; never below nothing.

    Shares are of whole steps of the currency, so that what is left of a price can be charged as the price can.
    """
    step = rules_of(tier.currency).step
    member_discount = share_of(tier.price, tier.member_discount_percent, step=step) if member else 0
    left = tier.price - member_discount
    code_discount = min(left, _code_discount(code, left, step=step)) if code else 0
    return Price(
        quantity=quantity,
        list_price=tier.price,
        unit_price=left - code_discount,
        member_discount=member_discount,
        member_percent=tier.member_discount_percent,
        code_discount=code_discount,
        code=code.code if code else "",
        currency=tier.currency,
    )


def membership(terms: Terms, email: str, *, claimed: bool) -> tuple[bool, bool]:
    """Whether the member's price counts, and whether that was verified (C-3).

    The claim alone counts where there is no list to compare with, or no address yet.
    """
    if not claimed or terms.roster is None or not email.strip():
        return claimed, False
    listed = email_key(email) in terms.roster
    return listed, listed


def _code_discount(code: DiscountCode, price: int, *, step: int) -> int:
    return share_of(price, code.percent, step=step) if code.percent is not None else (code.amount or 0)
