"""Events of what is for sale."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from events.base import Event, MinorUnits, Part
from events.topics import Topic


class CatalogueTier(Part):
    """A kind of seat. The limits are those of a new pool (C-2); later changes are made by expansion only."""

    name: Annotated[str, Field(description="what buyers read")]
    price: Annotated[MinorUnits, Field(description="of one seat")]
    currency: Annotated[str, Field(description="ISO 4217")]
    public_limit: Annotated[int, Field(description="seats that a new pool offers")]
    actual_limit: Annotated[int, Field(description="seats that a new pool really has")]
    thresholds: Annotated[tuple[int, ...] | None, Field(description="its own list, else the tier's default")] = None
    includes: Annotated[tuple[str, ...], Field(description="what a seat comes with, a line each")] = ()
    member_discount_percent: Annotated[int, Field(description="per cent off for members")] = 0
    withdrawn: Annotated[
        bool, Field(description="whether the tier was taken out of the catalogue: its tickets are good, none are sold")
    ] = False


class CatalogueVenue(Part):
    """Where a workshop is."""

    name: Annotated[str, Field(description="the house")]
    address: Annotated[str, Field(description="the address, as a map finds it")]
    district: Annotated[str, Field(description="the part of the city")] = ""
    notes: Annotated[str, Field(description="how to get there and in")] = ""


class CatalogueCityChanged(Event):
    """The whole current entry of a city (E-11). `version` grows with each change; `withdrawn` announces its end."""

    type: ClassVar[str] = "fullhouse.catalogue.city_changed.v1"
    topic: ClassVar[Topic] = Topic.CATALOGUE

    city_id: Annotated[str, Field(description="the city")]
    version: Annotated[int, Field(description="grows with each change of the entry")]
    name: Annotated[str, Field(description="the city's name")]
    venue: Annotated[CatalogueVenue, Field(description="where the workshop is")]
    time_zone: Annotated[str, Field(description="the IANA time zone in which its times are shown")]
    starts: Annotated[AwareDatetime, Field(description="when the workshop begins")]
    ends: Annotated[AwareDatetime, Field(description="when it ends")]
    doors: Annotated[AwareDatetime, Field(description="when the doors open")]
    on_sale_from: Annotated[AwareDatetime, Field(description="when the sale begins")]
    on_sale_until: Annotated[AwareDatetime, Field(description="when the sale ends")]
    tiers: Annotated[dict[str, CatalogueTier], Field(description="kinds of seats, by id")]
    listed: Annotated[bool, Field(description="whether the city is on pages")] = True
    withdrawn: Annotated[bool, Field(description="whether the entry was taken out of the catalogue")] = False

    @property
    def key(self) -> str:
        return self.city_id

    @property
    def offered(self) -> dict[str, CatalogueTier]:
        """The kinds of seats that are still in the catalogue, by id."""
        return {tier_id: tier for tier_id, tier in self.tiers.items() if not tier.withdrawn}


class CataloguePassChanged(Event):
    """The whole current entry of a kind of pass (E-11). `version` grows with each change; `withdrawn` is its end."""

    type: ClassVar[str] = "fullhouse.catalogue.pass_changed.v1"
    topic: ClassVar[Topic] = Topic.CATALOGUE

    pass_id: Annotated[str, Field(description="the kind of pass")]
    version: Annotated[int, Field(description="grows with each change of the entry")]
    name: Annotated[str, Field(description="what buyers read")]
    price: Annotated[MinorUnits, Field(description="of one pass")]
    currency: Annotated[str, Field(description="ISO 4217")]
    entries: Annotated[int, Field(description="how many entries it is good for")]
    valid_days: Annotated[int, Field(description="for how many days, counted from the purchase")]
    on_sale_from: Annotated[AwareDatetime, Field(description="when the sale begins")]
    on_sale_until: Annotated[AwareDatetime, Field(description="when the sale ends")]
    includes: Annotated[tuple[str, ...], Field(description="what comes with it, a line each")] = ()
    member_discount_percent: Annotated[int, Field(description="per cent off for members")] = 0
    withdrawn: Annotated[bool, Field(description="whether the entry was taken out of the catalogue")] = False

    @property
    def key(self) -> str:
        return self.pass_id
