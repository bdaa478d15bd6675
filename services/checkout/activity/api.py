"""`POST /api/activity`: what visitors do, as a batch that their browser sends when they leave a page (C-10)."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter
from pydantic import Field

from chassis.app import Body, Out, conditions
from chassis.clock import Clock
from chassis.http.deps import provided
from chassis.http.rates import ACTIVITY_PATH
from checkout.activity.domain import is_known
from checkout.catalogue.errors import CatalogueEmpty
from checkout.catalogue.memory import CatalogueMemory
from eventbus import Facts
from events import (
    ActivityEvent,
    ActivityFormStart,
    ActivityPageView,
    ActivityTicketSelected,
    ActivityWebVital,
    SitePage,
)

router = APIRouter(tags=["checkout"])

MOST_AT_ONCE: Final = 20
_TOLD: Final = 202

CityId = Annotated[str, Field(min_length=1, max_length=100)]


class _TellIn(Body):
    @abstractmethod
    def event(self, visitor_id: str, at: datetime) -> ActivityEvent:
        """The event that tells it on."""


class PageViewIn(_TellIn):
    """A page is seen."""

    type: Literal["page_view"]
    page: SitePage
    city_id: CityId | None = None

    def event(self, visitor_id: str, at: datetime) -> ActivityEvent:
        return ActivityPageView(visitor_id=visitor_id, occurred_at=at, page=self.page, city_id=self.city_id)


class FormStartIn(_TellIn):
    """The form of a purchase is begun."""

    type: Literal["form_start"]
    city_id: CityId

    def event(self, visitor_id: str, at: datetime) -> ActivityEvent:
        return ActivityFormStart(visitor_id=visitor_id, occurred_at=at, city_id=self.city_id)


class TicketSelectedIn(_TellIn):
    """A ticket is chosen."""

    type: Literal["ticket_selected"]
    city_id: CityId
    ticket_type: str = Field(min_length=1, max_length=50, description="a tier, in any case")

    def event(self, visitor_id: str, at: datetime) -> ActivityEvent:
        tier = self.ticket_type.lower()
        return ActivityTicketSelected(visitor_id=visitor_id, occurred_at=at, city_id=self.city_id, tier=tier)


class WebVitalIn(_TellIn):
    """How a page felt."""

    type: Literal["web_vital"]
    page: SitePage
    name: str = Field(min_length=1, max_length=10, description="LCP, INP or CLS; any other is ignored")
    value: float = Field(ge=0, le=3_600_000, allow_inf_nan=False, description="milliseconds; CLS has no unit")

    def event(self, visitor_id: str, at: datetime) -> ActivityEvent:
        told = {"page": self.page, "vital": self.name, "value": self.value}
        return ActivityWebVital(visitor_id=visitor_id, occurred_at=at, **told)


ToldIn = Annotated[PageViewIn | FormStartIn | TicketSelectedIn | WebVitalIn, Field(discriminator="type")]


class ActivityIn(Body):
    """What a visitor did since the browser told last."""

    visitor_id: str = Field(pattern=r"^[A-Za-z0-9_-]{8,64}$", description="random, and forgotten with the tab")
    events: tuple[ToldIn, ...] = Field(min_length=1, max_length=MOST_AT_ONCE)


class ActivityOut(Out):
    """It was taken in."""

    success: Literal[True] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityDeps:
    """What the route works with."""

    memory: CatalogueMemory
    facts: Facts
    clock: Clock


@router.post(
    ACTIVITY_PATH,
    status_code=_TOLD,
    summary="Tell what a visitor does on the pages",
    responses=conditions(CatalogueEmpty),
)
async def tell(body: ActivityIn, deps: Annotated[ActivityDeps, provided(ActivityDeps)]) -> ActivityOut:
    """Nothing of it says who the visitor is. What is about no city, tier or vital of ours is ignored."""
    now, catalogue = deps.clock.now(), deps.memory.current
    for told in body.events:
        event = told.event(body.visitor_id, now)
        if is_known(event, catalogue):
            deps.facts.tell(event)
    return ActivityOut()
