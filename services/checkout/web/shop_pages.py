"""The list of workshops and the registration form (W-1); without JavaScript `action` says: price, or pay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import Condition
from chassis.http.deps import provided
from chassis.http.repeats import IdempotencyKeyReused
from chassis.ids import uuid7
from chassis.phones import region_of
from checkout.catalogue import service as catalogue
from checkout.catalogue.domain import Catalogue
from checkout.catalogue.memory import CatalogueMemory
from checkout.maintenance.memory import MaintenanceMemory
from checkout.orders import store as orders_store
from checkout.orders.access import OrderAccess, remember_open
from checkout.purchases.domain import PaymentPage, PlaceInLine
from checkout.purchases.errors import SoldOut
from checkout.purchases.placing import Visitor
from checkout.purchases.purchase import Purchase
from checkout.seats.stock import Stock, StockCopy, with_available
from checkout.waitlist.client import WaitlistClient
from checkout.waitlist.domain import PlaceLink
from checkout.web import forms
from checkout.web.access import keep_token
from checkout.web.forms import FORM_NAMES, Problems, RegisterForm
from checkout.web.pause_views import PauseView, pause_view
from checkout.web.purchase_views import HeldView, held_view, page_of, phase_of
from checkout.web.shop_views import register_view, season_view, sold_out_sentence, workshop_view
from checkout.web.site import Site
from checkout.web.tier_views import first_choice, fitting
from checkout.web.way_choices import WayChoices
from languages import gettext, translate

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopPageDeps:
    """What the list of workshops and the registration page work with.

    site: templates and brand
    database: where uses of discount codes are read, without locks
    memory: the catalogue in memory
    maintenance: whether purchases pause
    stock: a copy of inventory's public answer
    access: which order is the browser's own
    purchase: the use case that holds the seats and opens the payment page
    ways: by which what is sold can be paid
    waitlist: who waits for seats, as inventory keeps it
    clock: what the sale's window is compared with
    zone: the business's own, for what concerns all cities
    """

    site: Site
    database: Database
    memory: CatalogueMemory
    maintenance: MaintenanceMemory
    stock: StockCopy
    access: OrderAccess
    purchase: Purchase
    ways: WayChoices
    waitlist: WaitlistClient
    clock: Clock
    zone: str


Deps = Annotated[ShopPageDeps, provided(ShopPageDeps)]


@router.get("/")
async def workshops(deps: Deps) -> Response:
    """All workshops by date, with what is left of them."""
    view = season_view(deps.memory.current, await deps.stock.read(), now=deps.clock.now(), pause=_pause(deps))
    return deps.site.page("workshops.html", view=view)


@router.get("/register")
async def register(request: Request, deps: Deps) -> Response:
    """The form of one city; of the next one, for an address without a city."""
    query, current = dict(request.query_params), deps.memory.current
    city_id = query.get("city") or _next_city(current, deps)
    form = forms.read_form({**query, "city": city_id}, max_quantity=current.terms.max_quantity)
    if not form.tier and (city := current.listed_city(city_id)):
        form = replace(form, tier=first_choice(city, await deps.stock.read()))
    return await _form_page(request, deps, form)


@router.post("/register")
async def submit(request: Request, deps: Deps) -> Response:
    """The form with its price, or the way to the payment page."""
    data, current = await request.form(), deps.memory.current
    form = forms.read_form(dict(data), max_quantity=current.terms.max_quantity)
    if data.get("action") != "pay" or current.listed_city(form.city_id) is None:
        return await _form_page(request, deps, form)
    return await _pay(request, deps, form)


async def _pay(request: Request, deps: ShopPageDeps, form: RegisterForm) -> Response:
    """Holds the seats and leads to the processor, or says on the same page what stands in the way."""
    current = deps.memory.current
    wrong = forms.check_form(form, business_types=frozenset(kind.id for kind in current.terms.business_types))
    if wrong:
        return await _form_page(request, deps, form, Problems(fields=wrong), status=422)
    visitor = Visitor.of(request, open_order=await deps.access.open_order(request))
    try:
        come_to = await deps.purchase.start(form.wish(), key=form.attempt or str(uuid7()), visitor=visitor)
    except SoldOut as full:
        return await _sold_out_page(request, deps, form, full)
    except Condition as condition:
        return await _form_page(request, deps, form, _problems(condition), status=condition.status)
    response = await _leave(request, deps, come_to)
    remember_open(request, response, come_to.order_id, come_to.order_token)
    return response


async def _leave(request: Request, deps: ShopPageDeps, come_to: PaymentPage | PlaceInLine) -> Response:
    """On to the payment page. A buyer in line waits for it on the order's own page; whose order a repeated form has
    made already, and paid, is led to that.
    """
    order, now = await orders_store.get(deps.database, come_to.order_id), deps.clock.now()
    if isinstance(come_to, PlaceInLine) or (order is not None and phase_of(order, now) != "not_paid"):
        page = "/cancel" if order is None else page_of(order, now)
        response = RedirectResponse(f"{page}?order={come_to.order_id}", status_code=303)
        keep_token(request, response, come_to.order_id, come_to.order_token)
        return response
    left = come_to.hold_expires_at - now
    return deps.site.page("leaving.html", url=come_to.url, hold_seconds=max(0, int(left.total_seconds())))


async def _held(request: Request, deps: ShopPageDeps) -> HeldView | None:
    """What this browser holds already, by an order that it has not paid."""
    order_id = await deps.access.open_order(request)
    order = await orders_store.get(deps.database, order_id) if order_id else None
    return held_view(order, deps.memory.current, now=deps.clock.now())


async def _sold_out_page(request: Request, deps: ShopPageDeps, form: RegisterForm, full: SoldOut) -> Response:
    """Somebody was faster: the form for what is left."""
    current, now = deps.memory.current, deps.clock.now()
    city = current.cities[form.city_id]
    seen = workshop_view(current, city, None, now=now, form=form)
    problems = Problems(summary=sold_out_sentence(seen, form.tier, full.available))
    stock = with_available(await deps.stock.read(), form.city_id, full.available)
    return await _form_page(request, deps, form, problems, status=full.status, stock=stock)


async def _form_page(
    request: Request,
    deps: ShopPageDeps,
    form: RegisterForm,
    problems: Problems | None = None,
    *,
    status: int = 200,
    stock: Stock | None = None,
) -> Response:
    """The form with its price, or why there is none. Each page has an attempt of its own, so a corrected form is new.

    `stock`: what is known better than by asking.
    """
    current, stock, now = deps.memory.current, stock or await deps.stock.read(), deps.clock.now()
    city = current.listed_city(form.city_id)
    if city is None:
        return deps.site.no_workshop(current.cities.get(form.city_id))
    stock = await _with_offer(deps, form, stock)
    form = fitting(form, city, stock, most=current.terms.max_quantity)
    quote = await catalogue.quote(deps.database, current, form.selection(), now=now) if form.tier else None
    held = await _held(request, deps)
    ways = await deps.ways.of(city.city_id, quote.price, chosen=form.payment_option) if quote else None
    view = register_view(
        current, city, stock, form, quote, now=now, problems=problems, held=held, pause=_pause(deps), ways=ways
    )
    phone_hint = forms.phone_hint(form.phone, region=region_of(city.time_zone))
    return deps.site.page(
        view.template, status=status, view=view, words=forms, phone_hint=phone_hint, attempt=str(uuid7())
    )


async def _with_offer(deps: ShopPageDeps, form: RegisterForm, stock: Stock | None) -> Stock | None:
    """The stock as whoever has an offer of the waiting list sees it: its seats are theirs to buy."""
    link = PlaceLink.parse(form.place)
    if link is None:
        return stock
    try:
        place = await deps.waitlist.place(link)
    except Condition:
        return stock
    mine = {place.tier: place.quantity} if place.open_offer else {}
    return with_available(stock, place.city_id, mine)


def _pause(deps: ShopPageDeps) -> PauseView | None:
    return pause_view(deps.maintenance.current, zone=deps.zone, now=deps.clock.now())


def _problems(condition: Condition) -> Problems:
    """A refusal of the purchase in the words and fields of the page."""
    if isinstance(condition, IdempotencyKeyReused):
        return Problems(summary=gettext("This page was sent before with other details. Check it and send it again."))
    fields = {FORM_NAMES.get(name, name): translate(text) for name, text in condition.fields.items()}
    return Problems(summary="" if fields else translate(condition.detail), fields=fields)


def _next_city(current: Catalogue, deps: ShopPageDeps) -> str:
    now = deps.clock.now()
    return next((city.city_id for city in current.listed() if city.ends > now), "")
