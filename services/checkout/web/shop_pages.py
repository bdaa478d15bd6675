"""`/` and `/register` (W-1). The form works without JavaScript: `action` says whether to price or to pay."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from chassis.errors import Condition
from chassis.ids import uuid7
from checkout.web import access, forms
from checkout.web.forms import FORM_NAMES, Problems, RegisterForm
from checkout.web.ports import Queued, Shop, Workshop
from checkout.web.shop_views import first_choice, register_view, season_view, sold_out_sentence, workshop_view
from checkout.web.site import Ports, Site

_SOLD_OUT = "sold_out"
_KEY_USED = "idempotency_key_reused"


def shop_router(site: Site, ports: Ports) -> APIRouter:
    """The routes; all answers are HTML."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def workshops() -> Response:
        view = season_view(ports.catalogue.shop(), await ports.stock.read(), now=ports.clock.now())
        return site.page("workshops.html", view=view)

    @router.get("/register")
    async def register(request: Request) -> Response:
        shop = ports.catalogue.shop()
        query = dict(request.query_params)
        city = query.get("city") or _next_city(shop, ports)
        form = forms.read_form({**query, "city": city}, max_quantity=shop.max_quantity)
        return await _form_page(site, ports, form)

    @router.post("/register")
    async def submit(request: Request) -> Response:
        data = await request.form()
        form = forms.read_form(dict(data), max_quantity=ports.catalogue.shop().max_quantity)
        if data.get("action") != "pay" or _workshop(ports.catalogue.shop(), form.city_id) is None:
            return await _form_page(site, ports, form)
        return await _pay(site, ports, form)

    return router


async def _pay(site: Site, ports: Ports, form: RegisterForm) -> Response:
    """Hold the seats and lead to the processor, or say on the same page what stands in the way."""
    shop = ports.catalogue.shop()
    wrong = forms.check_form(form, business_types=frozenset(kind.id for kind in shop.business_types))
    if wrong:
        return await _form_page(site, ports, form, Problems(fields=wrong), status=422)
    try:
        answer = await ports.checkout.start(
            form.selection(), form.buyer(), idempotency_key=form.attempt or str(uuid7())
        )
    except Condition as condition:
        problems = _problems(condition, shop, form, ports)
        return await _form_page(site, ports, form, problems, status=condition.status)
    if isinstance(answer, Queued):
        response = RedirectResponse(f"/cancel?order={answer.order_id}", status_code=303)
        access.set_cookie(response, answer.order_id, answer.token, secure=site.secure)
        return response
    return site.page("leaving.html", url=answer.url, hold_seconds=answer.hold_seconds)


async def _form_page(
    site: Site, ports: Ports, form: RegisterForm, problems: Problems | None = None, *, status: int = 200
) -> Response:
    """The form with the server's price. Each page has an attempt of its own, so a corrected form is a new one."""
    shop, stock = ports.catalogue.shop(), await ports.stock.read()
    workshop = _workshop(shop, form.city_id)
    if workshop is None:
        return site.message("We don’t know that workshop.", "It may be over, or the link is not whole.", status=404)
    if form.tier not in {tier.id for tier in workshop.tiers}:
        form = replace(form, tier=first_choice(workshop, stock))
    quote = await ports.pricing.quote(form.selection())
    view = register_view(shop, workshop, stock, form, quote, now=ports.clock.now(), problems=problems)
    return site.page("register.html", status=status, view=view, words=forms, attempt=str(uuid7()))


def _problems(condition: Condition, shop: Shop, form: RegisterForm, ports: Ports) -> Problems:
    """A refusal of C-1 in the words and fields of the page."""
    fields = {FORM_NAMES.get(name, name): text for name, text in condition.fields.items()}
    workshop = _workshop(shop, form.city_id)
    if condition.code == _SOLD_OUT and workshop is not None:
        seen = workshop_view(shop, workshop, None, now=ports.clock.now(), form=form)
        return Problems(summary=sold_out_sentence(seen, condition.extra))
    if condition.code == _KEY_USED:
        return Problems(summary="This page was sent before with other details. Check it and send it again.")
    return Problems(summary="" if fields else condition.detail, fields=fields)


def _next_city(shop: Shop, ports: Ports) -> str:
    """The next workshop, for an address without a city."""
    now = ports.clock.now()
    coming = [workshop.city_id for workshop in shop.workshops if workshop.ends_at > now]
    return coming[0] if coming else ""


def _workshop(shop: Shop, city_id: str) -> Workshop | None:
    return next((workshop for workshop in shop.workshops if workshop.city_id == city_id), None)
