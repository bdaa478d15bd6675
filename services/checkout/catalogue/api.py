"""What a web client needs to know before anybody has chosen (C-6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from chassis.app import Body, Out, conditions
from chassis.emails import EmailAddress
from chassis.http.deps import provided
from checkout.catalogue.domain import Catalogue
from checkout.catalogue.errors import CatalogueEmpty
from checkout.catalogue.memory import CatalogueMemory
from checkout.maintenance.domain import Maintenance
from checkout.maintenance.memory import MaintenanceMemory
from config import Brand
from events import CatalogueCityChanged

router = APIRouter(tags=["catalogue"])

_WORD_COUNTS: Final = "The member’s price counts for everybody who says to be a member."


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueDeps:
    """What this route works with.

    memory: the catalogue
    maintenance: whether sales pause
    brand: how the business looks
    publishable_key: the processor's public key, for web clients
    live_mode: whether real money is paid
    """

    memory: CatalogueMemory
    maintenance: MaintenanceMemory
    brand: Brand
    publishable_key: str | None
    live_mode: bool


Deps = Annotated[CatalogueDeps, provided(CatalogueDeps)]


class BrandOut(Out):
    """How the business shows itself."""

    name: str
    logo: str
    primary: str = Field(description="Its colour")
    support_email: str


class BusinessTypeOut(Out):
    """One of the kinds of work that a buyer chooses from."""

    id: str
    name: str


class CityTierOut(Out):
    """A kind of seat in a city."""

    name: str
    price: int = Field(description="In minor units of `currency`, before any discount")
    currency: str
    includes: tuple[str, ...] = Field(description="What comes with the seat")
    member_discount_percent: int


class VenueOut(Out):
    """Where it is."""

    name: str
    address: str
    district: str
    notes: str = Field(description="How to get there")


class CityOut(Out):
    """A workshop that is sold."""

    city_id: str
    name: str
    venue: VenueOut
    time_zone: str
    starts: datetime
    ends: datetime
    doors: datetime = Field(description="When people are let in on the first day")
    on_sale_from: datetime
    on_sale_until: datetime
    tiers: dict[str, CityTierOut] = Field(description="By the tier's id")


class PassKindOut(Out):
    """A kind of pass that is sold."""

    pass_id: str
    name: str
    price: int = Field(description="In minor units of `currency`, before any discount")
    currency: str
    entries: int = Field(description="How many it is good for")
    valid_days: int = Field(description="For how many days, from the purchase on")
    on_sale_from: datetime
    on_sale_until: datetime
    includes: tuple[str, ...] = Field(description="What comes with it")
    member_discount_percent: int


class MaintenanceOut(Out):
    """Whether sales pause."""

    enabled: bool
    reason: str | None = Field(None, description="Why, in words for buyers")
    until: datetime | None = Field(None, description="When they are expected to go on")


class PublicConfigOut(Out):
    """What is sold, to whom, and how it is paid."""

    publishable_key: str | None = Field(description="The payment processor's public key")
    live_mode: bool = Field(description="Whether real money is paid")
    mode: Literal["live", "test"]
    brand: BrandOut
    max_quantity: int = Field(description="How many seats one order may have")
    business_types: list[BusinessTypeOut]
    cities: list[CityOut] = Field(description="Those that appear on pages, by date")
    passes: list[PassKindOut]
    maintenance: MaintenanceOut


class MemberIn(Body):
    """Whose membership somebody asks about."""

    email: EmailAddress


class MembershipOut(Out):
    """How the member's price is given; the same for every address, so that nobody learns who is a member."""

    success: Literal[True] = True
    listed_only: bool = Field(description="Whether it needs an address that the business has as a member's")
    says: str = Field(description="The same in words for the buyer")


@router.post("/api/verify-member", responses=conditions(CatalogueEmpty))
async def verify_member(response: Response, _asked: MemberIn, deps: Deps) -> MembershipOut:
    """Says how membership is verified (C-3): at the purchase, against the business's list where there is one."""
    response.headers["Cache-Control"] = "no-store"
    listed = deps.memory.current.terms.roster is not None
    says = "The member’s price counts when your address is on the member list." if listed else _WORD_COUNTS
    return MembershipOut(listed_only=listed, says=says)


@router.get("/api/config/public", responses=conditions(CatalogueEmpty))
async def public_config(response: Response, deps: Deps) -> PublicConfigOut:
    """What a web client needs to know (C-6)."""
    response.headers["Cache-Control"] = "public, max-age=5"
    return _config(deps, deps.memory.current)


def _config(deps: CatalogueDeps, catalogue: Catalogue) -> PublicConfigOut:
    return PublicConfigOut(
        publishable_key=deps.publishable_key,
        live_mode=deps.live_mode,
        mode="live" if deps.live_mode else "test",
        brand=BrandOut.model_validate(deps.brand),
        max_quantity=catalogue.terms.max_quantity,
        business_types=[BusinessTypeOut.model_validate(kind) for kind in catalogue.terms.business_types],
        cities=[_city(city) for city in catalogue.listed()],
        passes=[PassKindOut.model_validate(kind) for kind in catalogue.passes.values() if not kind.withdrawn],
        maintenance=_maintenance(deps.maintenance.current),
    )


def _maintenance(under_way: Maintenance | None) -> MaintenanceOut:
    if under_way is None:
        return MaintenanceOut(enabled=False)
    return MaintenanceOut(enabled=True, reason=under_way.reason, until=under_way.until)


def _city(city: CatalogueCityChanged) -> CityOut:
    return CityOut.model_validate(city.model_copy(update={"tiers": city.offered}))
