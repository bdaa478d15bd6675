"""catalogue.yaml: the cities with their tiers, the passes, and the discount codes (C-2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, model_validator

from config.values import (
    Count,
    Currency,
    Duration,
    Email,
    Flag,
    Id,
    MinorUnits,
    Model,
    Moment,
    Percent,
    Seats,
    Text,
    UtcMoment,
    Zone,
    utc,
)

# No payment page closes earlier (CHECKOUT_SESSION_SECONDS), so none is closed while its seats are promised.
LONGEST_PROMISE: Final = timedelta(minutes=30)

_CODE: Final = re.compile(r"^[A-Z0-9-]{3,24}$")
_PROVIDER: Final = "the id of the provider whose it is, and who may take its payments; left out, the platform"


def _code(value: object) -> str:
    if not isinstance(value, str) or not _CODE.match(value):
        raise ValueError("must be 3 to 24 upper-case letters, digits and hyphens, e.g. FADE10")
    return value


def _date(value: object) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("must be a date, e.g. 2027-01-17") from None


class Venue(Model):
    """Where a workshop is."""

    name: Text = Field(description="the house")
    district: Text | None = Field(None, description="the part of the city")
    address: Text = Field(description="the address, as a map finds it")
    notes: Text | None = Field(None, description="how to get there and in; printed on tickets and in the calendar file")


class Tier(Model):
    """A kind of seat. The limits are those of a new pool; later changes are made by expansion only (C-2)."""

    name: Text = Field(description="what buyers read")
    short_name: Text | None = Field(None, description="the name where there is little room")
    price: MinorUnits = Field(description="the price of a seat in minor units")
    currency: Currency = Field(description="the currency, the same for all tiers of a city")
    public_limit: Seats = Field(description="the seats that the pages offer")
    actual_limit: Seats = Field(description="the seats that the room takes")
    member_discount: Percent = Field(0, description="per cent off for members")
    thresholds: tuple[Seats, ...] | None = Field(
        None, description="remaining seats that are announced, falling, instead of those of stock-levels.yaml"
    )
    includes: tuple[Text, ...] = Field((), description="what a seat comes with, a line each")

    @model_validator(mode="after")
    def _limits(self) -> Self:
        if self.public_limit > self.actual_limit:
            raise ValueError(
                f"publicLimit {self.public_limit} is more than the room takes (actualLimit {self.actual_limit})"
            )
        thresholds = self.thresholds
        if thresholds is not None and list(thresholds) != sorted(set(thresholds), reverse=True):
            raise ValueError("thresholds must fall, each named once, e.g. [25, 10, 5, 0]")
        return self


class Season(Model):
    """A period from its first moment to the moment after its last."""

    opens: UtcMoment = Field(alias="from", description="the first moment")
    closes: UtcMoment = Field(alias="until", description="the moment after the last")

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("the sale ends before it begins; let `from` be earlier than `until`")
        return self


class City(Model):
    """A workshop. Its times are aware, with the city's own UTC offset of that day."""

    name: Text = Field(description="the city")
    venue: Venue = Field(description="where it is")
    time_zone: Zone = Field(description="the IANA time zone in which its times are shown")
    doors: Moment = Field(description="when the doors open")
    starts: Moment = Field(description="when it begins")
    ends: Moment = Field(description="when it ends")
    on_sale: Season = Field(description="the time in which seats can be bought")
    refund_until: Annotated[date, BeforeValidator(_date)] | None = Field(
        None, description="the last day on which a buyer can have the money back, as the pages say it"
    )
    listed: Flag = Field(
        default=True, description="whether it is on pages; one that is not can be bought through the API only"
    )
    tiers: Mapping[Id, Tier] = Field(min_length=1, description="id → kind of seat")
    provider: Count | None = Field(None, description=_PROVIDER)

    @model_validator(mode="after")
    def _times(self) -> Self:
        if not self.doors <= self.starts < self.ends:
            raise ValueError("doors, starts and ends must follow each other in this order")
        if self.on_sale.closes > self.ends:
            raise ValueError("onSale.until must not be after the workshop's end")
        for name in ("doors", "starts", "ends"):
            self._fits_zone(name, getattr(self, name))
        return self

    def _fits_zone(self, name: str, moment: datetime) -> None:
        local = moment.astimezone(self.time_zone)
        if local.utcoffset() != moment.utcoffset():
            written = local.isoformat(timespec="seconds")
            raise ValueError(
                f"{name} has an offset that {self.time_zone.key} does not have on that day; "
                f"the same moment there is {written}"
            )

    @model_validator(mode="after")
    def _one_currency(self) -> Self:
        if len({tier.currency for tier in self.tiers.values()}) > 1:
            raise ValueError("all tiers of a city must have the same currency")
        return self

    @property
    def doors_utc(self) -> datetime:
        return utc(self.doors)

    @property
    def starts_utc(self) -> datetime:
        return utc(self.starts)

    @property
    def ends_utc(self) -> datetime:
        return utc(self.ends)


class Pass(Model):
    """A kind of pass: entries bought ahead, good for a time (C-9)."""

    name: Text = Field(description="what buyers read")
    price: MinorUnits = Field(description="the price of a pass in minor units")
    currency: Currency = Field(description="the currency")
    entries: Annotated[Count, Field(le=1000)] = Field(description="how many entries it is good for")
    valid_days: Annotated[Count, Field(le=3660)] = Field(
        description="for how many days it is good, from the purchase on"
    )
    on_sale: Season = Field(description="the time in which it can be bought")
    member_discount: Percent = Field(0, description="per cent off for members")
    includes: tuple[Text, ...] = Field((), description="what comes with it, a line each")
    provider: Count | None = Field(None, description=_PROVIDER)


class DiscountCode(Model):
    """A discount code, with either `percent`, or `amount` and `currency`. Its limits hold under concurrency (C-2)."""

    percent: Percent | None = Field(None, description="per cent off each seat")
    amount: MinorUnits | None = Field(None, description="minor units off each seat")
    currency: Currency | None = Field(None, description="the currency of `amount`")
    valid: Season = Field(description="the time in which it counts")
    cities: tuple[Id, ...] = Field((), description="the cities in which it counts; left out, all")
    tiers: tuple[Id, ...] = Field((), description="the tiers for which it counts; left out, all")
    usage_limit: Count | None = Field(None, description="how often it counts in all")
    per_email_limit: Count | None = Field(None, description="how often it counts for one buyer")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("needs either percent or amount")
        if (self.amount is None) != (self.currency is None):
            raise ValueError("amount and currency go together")
        return self


class Catalogue(Model):
    """catalogue.yaml: what is sold."""

    max_quantity: Count = Field(6, description="the most seats that one order has")
    hold: Duration = Field(
        timedelta(minutes=10),
        gt=timedelta(0),
        le=LONGEST_PROMISE,
        description="how long the seats are promised to a buyer who pays",
    )
    pass_notice: Duration = Field(
        timedelta(days=14), gt=timedelta(0), description="how long before its end the owner of a pass is reminded of it"
    )
    business_types: Mapping[Id, Text] = Field(min_length=1, description="id → what buyers call their business")
    cities: Mapping[Id, City] = Field(min_length=1, description="id → workshop")
    passes: Mapping[Id, Pass] = Field(default_factory=dict, description="id → kind of pass")
    discount_codes: Mapping[Annotated[str, BeforeValidator(_code)], DiscountCode] = Field(
        default_factory=dict, description="code → what it takes off"
    )
    member_roster: tuple[Email, ...] | None = Field(
        None, description="the members' addresses; left out, whoever says so is a member, unverified (C-3)"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if "individual" not in self.business_types:
            raise ValueError("businessTypes must contain individual (C-1)")
        if both := sorted(self.passes.keys() & self.cities.keys()):
            raise ValueError(f"passes.{both[0]} has the id of a city; give it another one")
        for code, discount in self.discount_codes.items():
            if unknown := sorted(set(discount.cities) - set(self.cities)):
                raise ValueError(f"discountCodes.{code}.cities names {unknown[0]}, which is no city of this catalogue")
            there = discount.cities or tuple(self.cities)
            if unknown := sorted(set(discount.tiers) - {tier for city in there for tier in self.cities[city].tiers}):
                raise ValueError(f"discountCodes.{code}.tiers names {unknown[0]}, which no city of the code has")
        return self
