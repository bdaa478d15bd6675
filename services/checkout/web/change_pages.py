"""`/change`: another name or address for an order, which mailed links agree to (C-6). They work without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from chassis.database import Database
from chassis.errors import RateLimited
from chassis.http.deps import provided
from chassis.http.guards import check_same_origin
from checkout.catalogue.memory import CatalogueMemory
from checkout.customers.errors import ChangeEnded, CustomerNotChangeable, NothingToChange
from checkout.customers.wishes import CHANGE_PAGE, ChangeWishes, OpenChange
from checkout.orders.access import OrderAccess
from checkout.orders.domain import Order
from checkout.orders.tokens import OrderTokens
from checkout.web import change_views as views
from checkout.web.access import keep_token, not_here, own_order
from checkout.web.forms import read_form
from checkout.web.site import Site
from languages import gettext, translate

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePageDeps:
    """What these pages work with.

    site: templates and brand
    database: where orders are read, without locks
    memory: the catalogue in memory
    access: who may see an order
    tokens: open the order for whoever has changed it
    wishes: what buyers want to be different
    """

    site: Site
    database: Database
    memory: CatalogueMemory
    access: OrderAccess
    tokens: OrderTokens
    wishes: ChangeWishes


Deps = Annotated[ChangePageDeps, provided(ChangePageDeps)]


@router.get("/change")
async def change(request: Request, deps: Deps, order: str = "") -> Response:
    """The form, for a browser that has the order open."""
    found = await own_order(request, deps.access, deps.database, order)
    if found is None:
        return not_here(deps.site)
    if not found.good_tickets:
        return _not_changeable(deps.site)
    return _form(deps, found, views.form_of(found))


@router.post("/change")
async def ask(request: Request, deps: Deps) -> Response:
    """Has the link sent to the address that the order has."""
    check_same_origin(request)
    data = dict(await request.form())
    found = await own_order(request, deps.access, deps.database, str(data.get("order", "")))
    if found is None:
        return not_here(deps.site)
    form = _read(found, data)
    if wrong := views.check_change(form):
        return _form(deps, found, form, fields=wrong, status=422)
    try:
        async with deps.database.transaction() as tx:
            await deps.wishes.ask(tx, found.order_id, form.change())
    except NothingToChange as refused:
        return _form(deps, found, form, summary=translate(views.SAME), status=refused.status)
    except RateLimited as refused:
        return _form(deps, found, form, summary=translate(views.TOO_OFTEN), status=refused.status)
    except CustomerNotChangeable:
        return _not_changeable(deps.site)
    sentences = views.asked_sentences(found.customer.email)
    return deps.site.page("wait.html", heading=gettext("Look in your inbox."), sentences=sentences)


@router.get(CHANGE_PAGE)
async def opened(deps: Deps, token: str = "") -> Response:
    """What the link is about. Programs that open links of mails change nothing by it."""
    try:
        found = await deps.wishes.look(deps.database, token)
    except ChangeEnded:
        return _ended(deps.site)
    return deps.site.page("change_link.html", view=views.link_view(found, token))


@router.post(CHANGE_PAGE)
async def go_on(request: Request, deps: Deps, token: Annotated[str, Form()] = "") -> Response:
    """Agrees or confirms; whoever changed the order sees it."""
    check_same_origin(request)
    try:
        async with deps.database.transaction() as tx:
            done = await deps.wishes.go_on(tx, token)
    except ChangeEnded:
        return _ended(deps.site)
    if done.ends:
        return _changed(request, deps, done)
    sentences = views.confirming_sentences(done.wish.email)
    return deps.site.page("wait.html", heading=gettext("One more step."), sentences=sentences)


def _changed(request: Request, deps: ChangePageDeps, done: OpenChange) -> Response:
    order = done.order
    response = RedirectResponse(f"/success?order={order.order_id}&sent=changed", status_code=303)
    keep_token(request, response, order.order_id, deps.tokens.token(order))
    return response


def _form(
    deps: ChangePageDeps,
    order: Order,
    form: views.ChangeForm,
    *,
    summary: str = "",
    fields: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    view = views.change_view(order, deps.memory.current, form, summary=summary, fields=fields)
    return deps.site.page("change.html", status=status, view=view)


def _read(order: Order, data: Mapping[str, object]) -> views.ChangeForm:
    typed = read_form(data, max_quantity=1)
    return views.ChangeForm(
        order_id=str(order.order_id),
        first_name=typed.first_name[: views.LONGEST_NAME],
        last_name=typed.last_name[: views.LONGEST_NAME],
        email=typed.email,
    )


def _not_changeable(site: Site) -> Response:
    text = gettext("It has no tickets that are good, so there is nothing to change. Write to us if that is wrong.")
    return site.message(gettext("This order stays as it is."), text, status=409)


def _ended(site: Site) -> Response:
    return site.page("ended.html", status=410, heading=translate(views.ENDED_HEADING), text=translate(views.ENDED))
