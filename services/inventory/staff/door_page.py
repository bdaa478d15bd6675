"""`/staff/door`: the page of a door, for a phone's camera (I-11, W-2). It is kept by the phone, and works offline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from chassis import formats
from chassis.database import Database
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.tokens import Principal, Role
from inventory.doors import store
from inventory.doors.domain import DoorCity
from inventory.doors.listing import ListSigner
from inventory.staff.site import ASSETS
from ui.staff import StaffRoute, StaffSite

router = APIRouter(include_in_schema=False, route_class=StaffRoute)

HOME: Final = "/staff/door"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorPageDeps:
    """What the page works with.

    site: templates and files
    database: inventory's
    signer: its public keys are on the page, so that a phone knows the lists that are ours
    """

    site: StaffSite
    database: Database
    signer: ListSigner


Deps = Annotated[DoorPageDeps, provided(DoorPageDeps)]


@router.get(HOME)
async def door(viewer: Annotated[Principal, Depends(require(Role.VIEWER))], deps: Deps) -> Response:
    """The page; whether somebody may let people in is asked with each ticket."""
    cities = await store.cities(deps.database)
    return deps.site.page(
        "door.html", person=viewer.email, cities=choices(cities), list_keys=deps.signer.public_keys, files=f"{ASSETS}/"
    )


@router.get("/staff/door-worker.js")
async def worker(deps: Deps) -> Response:
    """The script that keeps the page on the phone."""
    return deps.site.assets.script("door/worker.js")


def choices(cities: list[DoorCity]) -> list[dict[str, str]]:
    """The cities as the page offers them; two of one name are told apart by their dates."""
    names = [city.name for city in cities]
    return [
        {
            "id": city.city_id,
            "zone": city.time_zone,
            "name": _dated(city) if names.count(city.name) > 1 else city.name,
        }
        for city in cities
    ]


def _dated(city: DoorCity) -> str:
    return f"{city.name}, {formats.dated(city.starts, city.time_zone)}" if city.starts else city.city_id
