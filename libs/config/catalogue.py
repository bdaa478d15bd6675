"""What is sold (C-2): cities with their tiers, discount codes, passes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, model_validator

from chassis.money import Money
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

_CODE: Final = re.compile(r"^[A-Z0-9-]{3,24}$")


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
    """`notes`: how to get there and in; printed on tickets and in the calendar file."""

    name: Text
    district: Text | None = None
    address: Text
    notes: Text | None = None


class Tier(Model):
    """A kind of seat. The limits are what a new pool starts with; later changes are made by expansion only (C-2)."""

    name: Text
    short_name: Text | None = None
    price: MinorUnits
    currency: Currency
    public_limit: Seats
    actual_limit: Seats
    member_discount: Percent = 0
    thresholds: tuple[Seats, ...] | None = None
    includes: tuple[Text, ...] = ()

    @property
    def money(self) -> Money:
        return Money(self.price, self.currency)

    @property
    def member_money(self) -> Money:
        """The price after the member discount."""
        return self.money.less_percent(self.member_discount)

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
    """When seats can be bought."""

    opens: UtcMoment = Field(alias="from")
    closes: UtcMoment = Field(alias="until")

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("the sale ends before it begins; let `from` be earlier than `until`")
        return self


class City(Model):
    """A workshop. `doors`, `starts` and `ends` are aware, with the offset that the city has on that day.

    A city that is not `listed` is on no page and can be bought through the API only (demonstration, synthetic sales).
    """

    name: Text
    venue: Venue
    time_zone: Zone
    doors: Moment
    starts: Moment
    ends: Moment
    on_sale: Season
    refund_until: Annotated[date, BeforeValidator(_date)] | None = None
    listed: Flag = True
    tiers: Mapping[Id, Tier] = Field(min_length=1)

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


class DiscountCode(Model):
    """Either `percent` or `amount` (minor units of `currency`, off each seat). Limits hold under concurrency (C-2)."""

    percent: Percent | None = None
    amount: MinorUnits | None = None
    currency: Currency | None = None
    valid: Season
    cities: tuple[Id, ...] = ()  # none: all
    usage_limit: Count | None = None
    per_email_limit: Count | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("needs either percent or amount")
        if (self.amount is None) != (self.currency is None):
            raise ValueError("amount and currency go together")
        return self


class Pass(Model):
    """N entries, valid for a time (C-9)."""

    name: Text
    price: MinorUnits
    currency: Currency
    entries: Count
    valid_days: Count

    @property
    def money(self) -> Money:
        return Money(self.price, self.currency)

    @property
    def validity(self) -> timedelta:
        return timedelta(days=self.valid_days)


class Catalogue(Model):
    """catalogue.yaml. `member_roster` is None where no roster is kept: then the claim is accepted, unverified (C-3)."""

    max_quantity: Count = 6
    hold: Duration = timedelta(minutes=10)
    business_types: Mapping[Id, Text] = Field(min_length=1)
    cities: Mapping[Id, City] = Field(min_length=1)
    discount_codes: Mapping[Annotated[str, BeforeValidator(_code)], DiscountCode] = Field(default_factory=dict)
    passes: Mapping[Id, Pass] = Field(default_factory=dict)
    member_roster: tuple[Email, ...] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if "individual" not in self.business_types:
            raise ValueError("businessTypes must contain individual (C-1)")
        for code, discount in self.discount_codes.items():
            if unknown := sorted(set(discount.cities) - set(self.cities)):
                raise ValueError(f"discountCodes.{code}.cities names {unknown[0]}, which is no city of this catalogue")
        return self

    def listed(self) -> dict[str, City]:
        """The cities of the pages, by date."""
        shown = ((city_id, city) for city_id, city in self.cities.items() if city.listed)
        return dict(sorted(shown, key=lambda item: item[1].starts))

    def is_member(self, email: str) -> bool | None:
        """Whether the roster has the address; None where no roster is kept."""
        if self.member_roster is None:
            return None
        return email.strip().lower() in {member.lower() for member in self.member_roster}
