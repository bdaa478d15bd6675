"""What is for sale."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from events.base import Event, MinorUnits, Part
from events.topics import Topic


class CatalogueTier(Part):
    """`public_limit` and `actual_limit` are what a new pool starts with (C-2); later changes go by expansion only."""

    name: str
    price: MinorUnits
    currency: str
    public_limit: int
    actual_limit: int
    thresholds: Annotated[tuple[int, ...] | None, Field(description="its own list, else the tier's default")] = None
    includes: tuple[str, ...] = ()
    member_discount_percent: int = 0


class CatalogueVenue(Part):
    name: str
    address: str
    district: str = ""
    notes: str = ""


class CatalogueCityChanged(Event):
    """The whole current entry of a city (E-11). `version` grows with each change; `withdrawn` announces its end."""

    type: ClassVar[str] = "fullhouse.catalogue.city_changed.v1"
    topic: ClassVar[Topic] = Topic.CATALOGUE

    city_id: str
    version: int
    name: str
    venue: CatalogueVenue
    time_zone: str
    starts: AwareDatetime
    ends: AwareDatetime
    doors: AwareDatetime
    on_sale_from: AwareDatetime
    on_sale_until: AwareDatetime
    tiers: dict[str, CatalogueTier]
    listed: bool = True
    withdrawn: bool = False

    @property
    def key(self) -> str:
        return self.city_id
