"""`/give` and `/ticket`: a ticket is given to somebody, who has a page of it. They work without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from chassis.app import PlainText
from chassis.database import Database
from chassis.errors import Condition, RateLimited
from chassis.http.deps import provided
from chassis.http.guards import check_same_origin
from checkout.catalogue.memory import CatalogueMemory
from checkout.orders import fulfilment_store, store
from checkout.orders.access import OrderAccess
from checkout.orders.domain import Order
from checkout.orders.holders import Holder
from checkout.orders.tokens import OrderTokens
from checkout.tickets.errors import NotVoidable
from checkout.tickets.service import Tickets
from checkout.tickets.transferring import Transfers
from checkout.web import give_views as views
from checkout.web.access import not_here, own_order
from checkout.web.forms import read_form
from checkout.web.qr import qr_codes
from checkout.web.site import Site
from languages import gettext, translate

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivePageDeps:
    """What these pages work with.

    site: templates and brand
    database: where orders are read, without locks
    memory: the catalogue in memory
    access, tokens: tell whose order, and whose ticket, it is
    tickets: has them sent again
    transfers: gives them to somebody
    """

    site: Site
    database: Database
    memory: CatalogueMemory
    access: OrderAccess
    tokens: OrderTokens
    tickets: Tickets
    transfers: Transfers


Deps = Annotated[GivePageDeps, provided(GivePageDeps)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Giver:
    """Whoever is giving.

    order: the order of the tickets
    holder: who has one of them; None for the buyer
    seats: what there is to give
    """

    order: Order
    holder: Holder | None
    seats: tuple[int, ...]

    @property
    def transfers(self) -> int:
        """How often their tickets were given on before."""
        return self.holder.transfers if self.holder else 0


@router.get("/give")
async def give(
    request: Request, deps: Deps, order: PlainText = "", seat: PlainText = "", token: PlainText = ""
) -> Response:
    """The form, for a browser that has the order open, or for the holder of a ticket."""
    giver = await _giver(request, deps, order, seat, token)
    if giver is None:
        return not_here(deps.site)
    if not giver.seats or deps.transfers.over(giver.order):
        return deps.site.message(translate(views.NOTHING_HEADING), translate(views.NOTHING), status=409)
    chosen = giver.seats if len(giver.seats) == 1 else ()
    return _form(deps, giver, views.GiveForm(order_id=order, seats=chosen, seat=seat, token=token))


@router.post("/give")
async def do_give(request: Request, deps: Deps) -> Response:
    """Asks whether it is right, then gives. Who sends it twice gives once."""
    check_same_origin(request)
    form = _read(await request.form())
    giver = await _giver(request, deps, form.order_id, form.seat, form.token)
    if giver is None:
        return not_here(deps.site)
    done = bool(form.seats) and form.transfer().done(giver.order)
    if not done and (wrong := views.check_give(form, giver.seats)):
        return _form(deps, giver, form, fields=wrong, status=422)
    if not form.sure:
        return _form(deps, giver, form, asks=True)
    try:
        async with deps.database.transaction() as tx:
            await deps.transfers.by_holder(tx, giver.order.order_id, form.transfer(), transfers=giver.transfers)
    except Condition as refused:
        return _form(deps, giver, form, summary=views.refusal(refused), status=refused.status)
    if giver.holder is None:
        return RedirectResponse(f"/success?order={giver.order.order_id}&sent=given", status_code=303)
    told = gettext("We have sent it to %(address)s. The link that you had has ended.", address=form.email)
    return deps.site.page("wait.html", heading=gettext("The ticket is given."), sentences=(told,))


@router.get("/ticket")
async def ticket(
    request: Request,
    deps: Deps,
    order: PlainText = "",
    seat: PlainText = "",
    token: PlainText = "",
    sent: PlainText = "",
) -> Response:
    """One ticket, for whoever it was given to."""
    giver = await _giver(request, deps, order, seat, token) if token else None
    if giver is None or giver.holder is None:
        return _ended(deps.site)
    good = [each.code for each in giver.order.good_tickets if each.seat == giver.holder.seat]
    codes = await qr_codes(good)
    view = views.held_view(giver.order, giver.holder, deps.memory.current, next(iter(codes), None), token)
    told = translate(views.SENT[sent]) if sent in views.SENT else ""
    return deps.site.page("ticket.html", view=view, sent=told, give=bool(giver.seats))


@router.post("/ticket/send")
async def send_again(request: Request, deps: Deps) -> Response:
    """Sends the e-mail with the ticket again, when our own page asks for it; now and then."""
    check_same_origin(request)
    form = _read(await request.form())
    giver = await _giver(request, deps, form.order_id, form.seat, form.token) if form.token else None
    if giver is None or giver.holder is None:
        return _ended(deps.site)
    sent = "now"
    try:
        async with deps.database.transaction() as tx:
            await deps.tickets.send_again_to_buyer(tx, giver.order.order_id, seat=giver.holder.seat)
    except RateLimited:
        sent = "before"
    except NotVoidable:
        sent = ""  # the page says why it lets nobody in
    query = urlencode({"order": form.order_id, "seat": form.seat, "token": form.token, "sent": sent})
    return RedirectResponse(f"/ticket?{query}", status_code=303)


async def _giver(request: Request, deps: GivePageDeps, order_id: str, seat: str, token: str) -> Giver | None:
    """The buyer by the order's cookie, or the holder of a ticket by its token; nobody else."""
    order, holder = await (_held(deps, order_id, seat, token) if token else _bought(request, deps, order_id))
    if order is None:
        return None
    inside = await fulfilment_store.inside(deps.database, order.order_id)
    theirs = (each.seat for each in order.good_tickets if order.holder_of(each.seat) == holder)
    return Giver(order=order, holder=holder, seats=tuple(each for each in theirs if each not in inside))


async def _bought(request: Request, deps: GivePageDeps, order_id: str) -> tuple[Order | None, None]:
    return await own_order(request, deps.access, deps.database, order_id), None


async def _held(deps: GivePageDeps, order_id: str, seat: str, token: str) -> tuple[Order | None, Holder | None]:
    try:
        order = await store.get(deps.database, UUID(order_id))
    except ValueError:
        return None, None
    holder = next((each for each in order.holders if str(each.seat) == seat), None) if order else None
    if order is None or holder is None or not deps.tokens.opens_ticket(order, holder, token):
        return None, None
    return order, holder


def _form(
    deps: GivePageDeps,
    giver: Giver,
    form: views.GiveForm,
    *,
    asks: bool = False,
    summary: str = "",
    fields: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    current = deps.memory.current
    view = views.give_view(giver.order, current, form, giver.seats, asks=asks, summary=summary, fields=fields)
    return deps.site.page("give.html", status=status, view=view)


def _read(data: FormData) -> views.GiveForm:
    typed = read_form(dict(data), max_quantity=1)
    chosen = {int(each) for each in map(str, data.getlist("seats")) if each.isascii() and each.isdigit()}
    return views.GiveForm(
        order_id=str(data.get("order", ""))[:36],
        seats=tuple(sorted(chosen)),
        first_name=typed.first_name[: views.LONGEST_NAME],
        last_name=typed.last_name[: views.LONGEST_NAME],
        email=typed.email,
        seat=str(data.get("seat", ""))[:5],
        token=str(data.get("token", ""))[:64],
        sure=data.get("sure") == "yes",
    )


def _ended(site: Site) -> Response:
    return site.message(translate(views.ENDED_HEADING), translate(views.ENDED), status=404)
