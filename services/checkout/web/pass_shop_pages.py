"""`/passes/buy`: a pass is bought on a page of its own, which works without JavaScript (C-9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from chassis.clock import Clock
from chassis.errors import Condition, InvalidRequest
from chassis.http.deps import provided
from chassis.ids import uuid7
from checkout.catalogue import service as catalogue
from checkout.catalogue.domain import SaleState, sale_state
from checkout.catalogue.memory import CatalogueMemory
from checkout.orders.access import OrderAccess, remember_open
from checkout.purchases.domain import PaymentPage, PlaceInLine
from checkout.purchases.placing import Visitor
from checkout.purchases.purchase import Purchase
from checkout.purchases.wish import PassWish
from checkout.web.access import keep_token
from checkout.web.pass_offer_views import PassForm, PassOfferView, check_pass, pass_row
from checkout.web.site import Site
from checkout.web.way_choices import WayChoices
from events import CataloguePassChanged
from languages import gettext, translate

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassShopDeps:
    """What the page works with.

    site: templates and brand
    memory: the catalogue in memory
    access: tells which order this browser has open
    purchase: the use case behind the API, too
    ways: by which what is sold can be paid
    clock: what the sale's window is compared with
    """

    site: Site
    memory: CatalogueMemory
    access: OrderAccess
    purchase: Purchase
    ways: WayChoices
    clock: Clock


Deps = Annotated[PassShopDeps, provided(PassShopDeps)]


@router.get("/passes/buy")
async def offer(request: Request, deps: Deps) -> Response:
    """The form of one kind of pass."""
    form = PassForm.read({**request.query_params, "attempt": str(uuid7())})
    return await _form_page(deps, form)


@router.post("/passes/buy")
async def buy(request: Request, deps: Deps) -> Response:
    """On to the payment page, or what stands in the way."""
    form = PassForm.read(dict(await request.form()))
    if _on_sale(deps, form) is None:
        return await _form_page(deps, form)
    if wrong := check_pass(form):
        return await _form_page(deps, form, fields=wrong, status=422)
    visitor = Visitor.of(request, open_order=await deps.access.open_order(request))
    try:
        wish = PassWish.model_validate(form.body())
        come_to = await deps.purchase.start(wish, key=form.attempt or str(uuid7()), visitor=visitor)
    except ValidationError:
        return await _form_page(deps, form, summary=gettext("Write your name without special characters."), status=422)
    except InvalidRequest as refused:
        return await _form_page(
            deps, form, summary=" ".join(translate(each) for each in refused.fields.values()), status=refused.status
        )
    except Condition as refused:
        return await _form_page(deps, form, summary=translate(refused.detail), status=refused.status)
    return _onward(request, deps, come_to)


def _onward(request: Request, deps: PassShopDeps, come_to: PaymentPage | PlaceInLine) -> Response:
    """To the payment page; who stands in line before it, and whoever has nothing to pay, to the order's own."""
    if isinstance(come_to, PaymentPage) and come_to.session_id is not None:
        left = come_to.hold_expires_at - deps.clock.now()
        response: Response = deps.site.page(
            "leaving.html", url=come_to.url, hold_seconds=max(0, int(left.total_seconds()))
        )
    else:
        page = "/pay" if isinstance(come_to, PlaceInLine) else "/success"
        response = RedirectResponse(f"{page}?order={come_to.order_id}", status_code=303)
    keep_token(request, response, come_to.order_id, come_to.order_token)
    remember_open(request, response, come_to.order_id, come_to.order_token)
    return response


async def _form_page(
    deps: PassShopDeps,
    form: PassForm,
    *,
    summary: str = "",
    fields: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    kind = _on_sale(deps, form)
    if kind is None:
        text = gettext("It is not on sale now, or the link is not whole.")
        return deps.site.message(gettext("We don’t sell that pass."), text, status=404)
    quote = catalogue.quote_pass(deps.memory.current, kind, member=form.member, email=form.email)
    ways = await deps.ways.of(kind.pass_id, quote.price, chosen=form.payment_option)
    view = PassOfferView(
        row=pass_row(kind),
        form=form,
        summary=summary,
        fields=fields or {},
        ways=ways,
        provided=kind.pass_id in deps.memory.current.terms.providers,
    )
    return deps.site.page("buy_pass.html", status=status, view=view)


def _on_sale(deps: PassShopDeps, form: PassForm) -> CataloguePassChanged | None:
    kind = deps.memory.current.pass_kind(form.pass_id)
    return kind if kind is not None and sale_state(kind, deps.clock.now()) is SaleState.OPEN else None
