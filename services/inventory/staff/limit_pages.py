"""`/staff/inventory/…/expand`, `shrink` and `reset`: limits before and after, then changed by who confirms (I-8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from chassis.app import PlainText
from chassis.audit import Actor
from chassis.database import Transaction
from chassis.errors import Condition
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.tokens import Principal, Role
from inventory.limits import store
from inventory.limits.domain import LimitAction
from inventory.limits.errors import InvalidAuthorization
from inventory.limits.requests import LimitRequests
from inventory.limits.service import LimitService
from inventory.pools.domain import City
from inventory.pools.outcomes import Saved
from inventory.staff.limit_forms import ResetForm, ResizedOut, ResizeForm, Typed, Way
from inventory.staff.limit_views import TITLES, ChangeRow, change_rows, verb, ways, who_is_first, would_be
from inventory.staff.stock_pages import StockPageDeps, city_of
from inventory.staff.stock_views import HOME, address, city_rows, named
from inventory.waitlist import store as line
from ui.staff import StaffRoute

router = APIRouter(include_in_schema=False, route_class=StaffRoute)

_REFUSED: Final = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitPageDeps:
    """What the pages work with: those of the stock, and what people do to limits."""

    stock: StockPageDeps
    limits: LimitService
    requests: LimitRequests


Deps = Annotated[LimitPageDeps, provided(LimitPageDeps)]


@router.get(f"{HOME}/{{city_id}}/{{way}}")
async def ask(
    city_id: PlainText,
    way: Way,
    request: Request,
    admin: Annotated[Principal, Depends(require(Role.ADMIN))],
    deps: Deps,
    tier: PlainText = "",
    spots: PlainText = "",
    reason: str = "",
    public: bool = False,
) -> Response:
    """The form; once it is filled in, what it would come to, with the button that does it."""
    city = await city_of(deps.stock.database, city_id)
    typed = Typed(tier=tier, spots=spots.strip(), reason=reason, public=public)
    in_line = await line.in_line(deps.stock.database)
    filled_in = "reason" in request.query_params
    problems, changes = await _look(deps, way, typed, city, email=admin.email) if filled_in else ({}, ())
    return deps.stock.page(
        "limits.html",
        status=_REFUSED if problems else 200,
        person=admin.email,
        title=f"{TITLES[way]}: {named(city)}",
        city_id=city_id,
        way=way.value,
        ways=ways(city_id, chosen=way, tier=tier),
        city=city_rows(city, deps.stock.status(), in_line),
        tiers=sorted(city.pools),
        typed=typed,
        problems=problems,
        asked=filled_in and not problems,
        changes=changes,
        first=who_is_first(way, typed, oversold=_oversold(city, tier), waiting=in_line.get((city_id, tier), 0)),
        verb=verb(way, typed),
        key=str(uuid4()),
    )


@router.post(f"{HOME}/{{city_id}}/expand")
async def expand(
    city_id: PlainText,
    actor: Annotated[Actor, deed(LimitAction.EXPANDED, Role.ADMIN)],
    form: Annotated[ResizeForm, Form()],
    deps: Deps,
) -> Response:
    """Opens seats, as the person who is signed in."""

    async def do(tx: Transaction) -> tuple[Saved, ResizedOut]:
        saved, done = await deps.limits.expand(tx, form.resizing(city_id), authorized_by=actor.name, actor=actor)
        return saved, ResizedOut(pools=[done])

    return await _done(deps, city_id, LimitAction.EXPANDED, actor, form, do)


@router.post(f"{HOME}/{{city_id}}/shrink")
async def shrink(
    city_id: PlainText,
    actor: Annotated[Actor, deed(LimitAction.SHRUNK, Role.ADMIN)],
    form: Annotated[ResizeForm, Form()],
    deps: Deps,
) -> Response:
    """Takes free seats away."""

    async def do(tx: Transaction) -> tuple[Saved, ResizedOut]:
        saved, done = await deps.limits.shrink(tx, form.resizing(city_id), actor=actor)
        return saved, ResizedOut(pools=[done])

    return await _done(deps, city_id, LimitAction.SHRUNK, actor, form, do)


@router.post(f"{HOME}/{{city_id}}/reset")
async def reset(
    city_id: PlainText,
    actor: Annotated[Actor, deed(LimitAction.RESET, Role.ADMIN)],
    form: Annotated[ResetForm, Form()],
    deps: Deps,
) -> Response:
    """Sets limits back to those of the catalogue."""

    async def do(tx: Transaction) -> tuple[Saved, ResizedOut]:
        tier = form.tier or None
        saved, done = await deps.limits.reset(tx, city_id, tier=tier, reason=form.reason, actor=actor)
        return saved, ResizedOut(pools=done)

    return await _done(deps, city_id, LimitAction.RESET, actor, form, do)


def _oversold(city: City, tier: str) -> int:
    return city.pools[tier].oversold if tier in city.pools else 0


async def _look(
    deps: LimitPageDeps, way: Way, typed: Typed, city: City, *, email: str
) -> tuple[Mapping[str, str], Sequence[ChangeRow]]:
    """What it would come to by the rules of the deed; or what is in the way, by field."""
    problems = typed.problems(way)
    if problems:
        return problems, ()
    try:
        if way is Way.EXPAND:
            deps.limits.require_authorized(email, caller=email)
        starting = await store.starting_limits(deps.stock.database, city.city_id)
        return {}, change_rows(would_be(way, typed, city, starting))
    except InvalidAuthorization:
        return {"form": f"{email} is not of a domain that may open seats (AUTHORIZED_DOMAIN)."}, ()
    except Condition as refused:
        return {"form": refused.detail}, ()


async def _done(
    deps: LimitPageDeps,
    city_id: str,
    action: LimitAction,
    actor: Actor,
    form: ResizeForm | ResetForm,
    do: Callable[[Transaction], Awaitable[tuple[Saved, ResizedOut]]],
) -> Response:
    """Does it once for the form's key, and goes to the page of the city, which tells of it."""
    asked = {"action": action, "actor": actor.name, "city_id": city_id, "body": form.model_dump(mode="json")}
    await deps.requests.once(form.key, asked, ResizedOut, do)
    return RedirectResponse(f"{address(city_id)}?{urlencode({'done': form.key})}", status_code=303)
