"""The pages of the waiting list: join, look where one stands, leave (I-10). They work without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from chassis.clock import Clock
from chassis.errors import Condition
from chassis.http.deps import provided
from chassis.http.guards import check_same_origin
from checkout.catalogue.domain import Catalogue
from checkout.catalogue.memory import CatalogueMemory
from checkout.seats.stock import StockCopy
from checkout.waitlist.client import WaitlistClient
from checkout.waitlist.domain import JoinWish, PlaceLink
from checkout.waitlist.errors import MoreThanThereAre, SeatsAvailable, UnknownPlace, WaitlistClosed
from checkout.web import forms
from checkout.web.site import Site
from checkout.web.waitlist_views import JoinForm, check_join, join_view, joined_sentences, place_view
from config import PoolStatus
from events import CatalogueCityChanged
from languages import gettext, translate

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitlistPageDeps:
    """What these pages work with.

    site: templates and brand
    memory: the catalogue in memory
    stock: a copy of inventory's public answer, for the tier that is chosen at first
    waitlist: who waits, as inventory keeps it
    clock: what an offer's end is measured by
    """

    site: Site
    memory: CatalogueMemory
    stock: StockCopy
    waitlist: WaitlistClient
    clock: Clock


Deps = Annotated[WaitlistPageDeps, provided(WaitlistPageDeps)]


@router.get("/waitlist")
async def waitlist(request: Request, deps: Deps) -> Response:
    """The form, for the tier that is sold out."""
    form = _read(request.query_params, deps.memory.current)
    city = deps.memory.current.listed_city(form.city_id)
    if city is None:
        return deps.site.no_workshop(deps.memory.current.cities.get(form.city_id))
    if form.tier not in city.offered:
        form = replace(form, tier=await _sold_out_tier(deps, city))
    return _join_page(deps, city, form)


@router.post("/waitlist")
async def join(request: Request, deps: Deps) -> Response:
    """The place in line, or what stands in the way."""
    form = _read({name: str(value) for name, value in (await request.form()).items()}, deps.memory.current)
    city = deps.memory.current.listed_city(form.city_id)
    if city is None:
        return deps.site.no_workshop(deps.memory.current.cities.get(form.city_id))
    if wrong := check_join(form, city):
        return _join_page(deps, city, form, fields=wrong, status=422)
    wish = JoinWish(
        city_id=form.city_id, tier=form.tier, quantity=form.quantity, first_name=form.first_name, email=form.email
    )
    try:
        joined = await deps.waitlist.join(wish)
    except SeatsAvailable:
        return deps.site.page(
            "wait.html", heading=gettext("There are seats."), sentences=[_buy_words()], buy=_buy(form), status=409
        )
    except Condition as refused:
        return _join_page(deps, city, form, summary=_why(refused), status=refused.status)
    return deps.site.page(
        "wait.html", heading=gettext("You are in line."), sentences=joined_sentences(joined, city, form.email)
    )


@router.get("/waitlist/place")
async def place(deps: Deps, place: str = "") -> Response:
    """Where somebody stands, for whoever has the link."""
    link = PlaceLink.parse(place)
    if link is None:
        return _no_place(deps.site)
    try:
        found = await deps.waitlist.place(link)
    except UnknownPlace:
        return _no_place(deps.site)
    view = place_view(found, deps.memory.current, now=deps.clock.now())
    return deps.site.page("place.html", view=view)


@router.post("/waitlist/leave")
async def leave(request: Request, deps: Deps, place: Annotated[str, Form()] = "") -> Response:
    """Gives a place up, when our own page asks for it."""
    check_same_origin(request)
    link = PlaceLink.parse(place)
    if link is None:
        return _no_place(deps.site)
    try:
        await deps.waitlist.leave(link)
    except UnknownPlace:
        return _no_place(deps.site)
    return RedirectResponse(f"/waitlist/place?place={link}", status_code=303)


def _buy_words() -> str:
    return gettext("As many seats as you ask for can be bought now, so nobody needs to wait.")


def _buy(form: JoinForm) -> str:
    return f"/register?city={form.city_id}&tier={form.tier}&quantity={form.quantity}"


def _join_page(
    deps: WaitlistPageDeps,
    city: CatalogueCityChanged,
    form: JoinForm,
    *,
    summary: str = "",
    fields: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    view = join_view(deps.memory.current, city, form, summary=summary, fields=fields)
    return deps.site.page("waitlist.html", status=status, view=view, words=forms)


def _why(refused: Condition) -> str:
    """A refusal in the words of the page."""
    match refused:
        case WaitlistClosed():
            return gettext("These seats are not on sale now, so none can come back.")
        case MoreThanThereAre():
            return gettext("There are fewer seats of this kind in all. Ask for fewer, or choose another ticket.")
        case _:
            return translate(refused.detail)


async def _sold_out_tier(deps: WaitlistPageDeps, city: CatalogueCityChanged) -> str:
    """The first tier that is sold out, else the first."""
    levels = (await deps.stock.read() or {}).get(city.city_id, {})
    gone = (tier for tier, level in levels.items() if level.status is PoolStatus.SOLD_OUT and tier in city.offered)
    return next(gone, next(iter(city.offered)))


def _read(data: Mapping[str, str], current: Catalogue) -> JoinForm:
    form = forms.read_form(data, max_quantity=current.terms.max_quantity)
    return JoinForm(form.city_id, form.tier, form.quantity, form.first_name, form.email)


def _no_place(site: Site) -> Response:
    return site.message(
        gettext("We don’t know that place in line."),
        gettext("The link is not whole, or from somewhere else. Take the one from the newest email."),
        status=404,
    )
