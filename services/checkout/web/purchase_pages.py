"""The success and cancel pages show one order to the browser that holds its token (C-6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import RateLimited
from chassis.http.deps import provided
from chassis.http.guards import check_same_origin
from checkout.catalogue.memory import CatalogueMemory
from checkout.feedback import store as feedback_store
from checkout.orders import fulfilment_store
from checkout.orders import store as orders_store
from checkout.orders.access import OrderAccess
from checkout.orders.domain import Order
from checkout.orders.fulfilment import NOT_FULFILLED
from checkout.orders.states import HOLDING, OVER
from checkout.passes import store as passes_store
from checkout.passes.store import PassFilters
from checkout.purchases.sessions import PaymentPages
from checkout.tickets.errors import NotVoidable
from checkout.tickets.service import Tickets
from checkout.web.access import exchange, not_here, own_id, own_order
from checkout.web.pass_pages import passes_page
from checkout.web.purchase_views import cancel_view, page_of, phase_of, success_view
from checkout.web.qr import qr_codes
from checkout.web.site import Site
from checkout.web.support_views import feedback_view
from languages import gettext, gettext_noop, translate

_LONGEST_WAIT: Final = 3600
_LOOKING: Final = timedelta(seconds=4)
# What is said after the buyer has asked for the e-mail again, or has changed the order.
_SENT_AGAIN: Final = MappingProxyType(
    {
        "now": gettext_noop("Sent again. Look in your spam folder, too."),
        "before": gettext_noop("We sent it a moment ago. Give it a few minutes."),
        "nothing": gettext_noop("Nothing was sent: you have no ticket any more. Whoever you gave yours to has it."),
        "changed": gettext_noop("The order is changed, and the tickets are on their way by email."),
        "given": gettext_noop("The ticket is given: it is on its way by email, with a code of its own."),
    }
)

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchasePageDeps:
    """What the pages of one order work with.

    site: templates and brand
    database: where orders are read, without locks
    memory: the catalogue in memory
    access: who may see an order
    zone: the business's time zone, for what has no city
    payment_pages: the processor's page of an order, to go on to or to close
    tickets: has them sent again
    clock: what the hold is measured by
    """

    site: Site
    database: Database
    memory: CatalogueMemory
    access: OrderAccess
    zone: str
    payment_pages: PaymentPages
    tickets: Tickets
    clock: Clock


Deps = Annotated[PurchasePageDeps, provided(PurchasePageDeps)]


@router.get("/success")
async def success(request: Request, deps: Deps) -> Response:
    """The page after paying: the tickets, or the places where they will appear."""
    if exchanged := await exchange(request, deps.access):
        return exchanged
    order = await own_order(request, deps.access, deps.database, request.query_params.get("order", ""))
    if order is not None and order.state in HOLDING:
        order = await _seen(deps, order)
    if order is None:
        return not_here(deps.site)
    if not order.seats:
        return await _own_passes(deps, order)
    fulfilment = await fulfilment_store.fulfilment(deps.database, order.order_id) or NOT_FULFILLED
    codes = await qr_codes([ticket.code for ticket in order.tickets])
    waited = _seconds(request.query_params.get("waited", ""))
    view = success_view(order, fulfilment, deps.memory.current, codes, now=deps.clock.now(), waited=waited)
    sent = translate(_SENT_AGAIN.get(request.query_params.get("sent", ""), ""))
    given = await feedback_store.of_order(deps.database, order.order_id)
    about = feedback_view(view.phase, given, problem="score" in request.query_params)
    return deps.site.page("success.html", view=view, waited=waited, sent=sent, about=about)


@router.post("/success")
async def send_again(request: Request, deps: Deps, order: Annotated[str, Form()] = "") -> Response:
    """Sends the e-mail with the tickets again, when our own page asks for it; now and then."""
    check_same_origin(request)
    order_id = await own_id(request, deps.access, order)
    if order_id is None:
        return not_here(deps.site)
    sent = "now"
    try:
        async with deps.database.transaction() as tx:
            await deps.tickets.send_again_to_buyer(tx, order_id)
    except RateLimited:
        sent = "before"
    except NotVoidable:
        sent = "nothing"
    return RedirectResponse(f"/success?order={order_id}&sent={sent}", status_code=303)


@router.get("/cancel")
async def cancel(request: Request, deps: Deps) -> Response:
    """The page after turning back: go on to payment, or let the seats go."""
    if exchanged := await exchange(request, deps.access):
        return exchanged
    order, now = (
        await own_order(request, deps.access, deps.database, request.query_params.get("order", "")),
        deps.clock.now(),
    )
    if order is None:
        return not_here(deps.site)
    if not order.seats:
        return await _own_passes(deps, order)
    if page_of(order, now) != "/cancel":
        return RedirectResponse(f"/success?order={order.order_id}", status_code=303)
    url = await deps.payment_pages.url(order.order_id)
    return deps.site.page("cancel.html", view=cancel_view(order, deps.memory.current, payment_url=url, now=now))


@router.get("/pay")
async def pay(request: Request, deps: Deps) -> Response:
    """On to the payment page of an order that is open; else to the page that says where it stands."""
    order, now = (
        await own_order(request, deps.access, deps.database, request.query_params.get("order", "")),
        deps.clock.now(),
    )
    if order is None:
        return not_here(deps.site)
    url = await deps.payment_pages.url(order.order_id) if phase_of(order, now) == "not_paid" else None
    return RedirectResponse(url or f"{page_of(order, now)}?order={order.order_id}", status_code=303)


@router.post("/cancel")
async def let_go(request: Request, deps: Deps, order: Annotated[str, Form()] = "") -> Response:
    """Gives the seats back, when our own page asks for it."""
    check_same_origin(request)
    order_id = await own_id(request, deps.access, order)
    if order_id is None:
        return not_here(deps.site)
    await deps.payment_pages.let_go(order_id)
    return RedirectResponse(f"/cancel?order={order_id}", status_code=303)


async def _seen(deps: PurchasePageDeps, order: Order) -> Order | None:
    """The order after its page at a provider's processor was looked at: nobody else may tell of that at once."""
    await deps.payment_pages.look_at_order(order.order_id, deadline=_LOOKING)
    return await orders_store.get(deps.database, order.order_id)


async def _own_passes(deps: PurchasePageDeps, order: Order) -> Response:
    """What an order of passes has become: only its own, for anybody may buy in the name of another's address."""
    if order.state in OVER:
        return deps.site.message(
            gettext("Not paid."), gettext("Nothing was charged, and there is no pass."), status=200
        )
    async with deps.database.snapshot() as tx:
        mine = PassFilters(order_id=order.order_id)
        held = await passes_store.find(tx, mine, before=None, limit=len(order.lines))
        uses = await passes_store.uses(tx, [each.pass_id for each in held])
    return await passes_page(deps.site, held, uses, now=deps.clock.now(), zone=deps.zone)


def _seconds(text: str) -> int:
    return min(int(text), _LONGEST_WAIT) if text.isascii() and text.isdigit() and len(text) < 6 else 0
