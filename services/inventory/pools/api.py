"""What people and pages ask of the stock (I-1)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response
from pydantic import Field

from chassis.app import Out, conditions
from chassis.clock import Clock
from chassis.cookies import read_cookie
from chassis.errors import Condition
from chassis.http.deps import provided
from chassis.http.guards import SESSION_COOKIE
from chassis.tokens import Role
from chassis.tokens.outside import Doorkeeper
from config import PoolStatus, StockLevels
from inventory.pools.domain import City, Pool
from inventory.pools.errors import UnknownCity
from inventory.pools.levels import status_of
from inventory.pools.mirror import Mirror

router = APIRouter(tags=["inventory"])

V = TypeVar("V")
_NOT_MODIFIED: Final[dict[int | str, dict[str, Any]]] = {304: {"description": "What If-None-Match names holds still."}}


class CityStockOut(Out):
    """A city's stock; each field has the tiers inside."""

    city_id: str
    public_limits: dict[str, int] = Field(description="how many seats the pages offer")
    actual_limits: dict[str, int] | None = Field(
        default=None, description="how many seats there really are; for admins only"
    )
    public_available: dict[str, int] = Field(description="what a buyer can still have")
    sold: dict[str, int]
    held: dict[str, int] = Field(description="seats of orders that are not paid yet")
    status: dict[str, PoolStatus]


class StockOut(Out):
    """The stock of every city that is listed."""

    success: Literal[True] = True
    data: list[CityStockOut]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockDeps:
    """What these routes work with. `levels`: those of the configuration, as it is now."""

    mirror: Mirror
    levels: Callable[[], StockLevels]
    clock: Clock


async def sees_actual_limits(request: Request) -> bool:
    """Only who proves to be an admin; everybody else gets the public answer, without a refusal."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    shown = token.strip() if scheme.lower() == "bearer" else read_cookie(request, SESSION_COOKIE)
    if not shown:
        return False
    doorkeeper: Doorkeeper = request.app.state.doorkeeper
    try:
        return (await doorkeeper.verify(shown)).role.allows(Role.ADMIN)
    except Condition:
        return False


Deps = Annotated[StockDeps, provided(StockDeps)]
IfNoneMatch = Annotated[str | None, Header()]


@router.get(
    "/api/inventory",
    summary="What is left of every city that is listed",
    response_model=StockOut,
    responses=_NOT_MODIFIED,
)
async def inventory(deps: Deps, request: Request, if_none_match: IfNoneMatch = None) -> Response:
    cities = [city for city in (await deps.mirror.fresh()).values() if city.shown.listed and not city.shown.withdrawn]
    admin, levels, now = await sees_actual_limits(request), deps.levels(), deps.clock.now()
    return _tagged(StockOut(data=[city_out(city, levels, now, admin=admin) for city in cities]), if_none_match)


@router.get(
    "/api/inventory/{city_id}",
    summary="What is left of a city",
    response_model=CityStockOut,
    responses={**_NOT_MODIFIED, **conditions(UnknownCity)},
)
async def city_inventory(city_id: str, deps: Deps, request: Request, if_none_match: IfNoneMatch = None) -> Response:
    city = (await deps.mirror.fresh()).get(city_id)
    if city is None:
        raise UnknownCity
    admin = await sees_actual_limits(request)
    return _tagged(city_out(city, deps.levels(), deps.clock.now(), admin=admin), if_none_match)


def city_out(city: City, levels: StockLevels, now: datetime, *, admin: bool) -> CityStockOut:
    """A city as it is shown now."""
    return CityStockOut(
        city_id=city.city_id,
        public_limits=_each(city, lambda pool: pool.public_limit),
        actual_limits=_each(city, lambda pool: pool.actual_limit) if admin else None,
        public_available=city.remaining(),
        sold=_each(city, lambda pool: pool.sold),
        held=_each(city, lambda pool: pool.held),
        status=_each(city, lambda pool: status_of(city, pool, levels, now)),
    )


def _each(city: City, value: Callable[[Pool], V]) -> dict[str, V]:
    return {tier: value(pool) for tier, pool in city.pools.items()}


def _tagged(answer: Out, if_none_match: str | None) -> Response:
    """The answer with an ETag of its bytes, or 304 where the asker has them."""
    body = answer.model_dump_json(by_alias=True, exclude_none=True).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
    known = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
