"""`/success` and `/cancel`: one order, for the browser that holds its token (C-6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from checkout.web import access
from checkout.web.ports import Purchase, Workshop
from checkout.web.purchase_views import cancel_view, phase_of, success_view
from checkout.web.qr import qr_codes
from checkout.web.site import Ports, Site

_LONGEST_WAIT: Final = 3600
_ELSEWHERE: Final = frozenset({"in", "making", "pending", "refunded", "disputed"})

Show = Callable[[Purchase, Workshop], Awaitable[Response]]


def purchase_router(site: Site, ports: Ports) -> APIRouter:
    """The routes; all answers are HTML or lead to HTML."""
    router = APIRouter(include_in_schema=False)

    @router.get("/success")
    async def success(request: Request) -> Response:
        async def show(purchase: Purchase, workshop: Workshop) -> Response:
            codes = await qr_codes([ticket.code for ticket in purchase.tickets])
            waited = _seconds(request.query_params.get("waited", ""))
            view = success_view(purchase, workshop, codes, waited_seconds=waited)
            return site.page("success.html", view=view, waited=waited)

        return await _for_its_buyer(request, site, ports, show)

    @router.get("/cancel")
    async def cancel(request: Request) -> Response:
        async def show(purchase: Purchase, workshop: Workshop) -> Response:
            if phase_of(purchase) in _ELSEWHERE:
                return RedirectResponse(f"/success?order={purchase.order_id}", status_code=303)
            return site.page("cancel.html", view=cancel_view(purchase, workshop))

        return await _for_its_buyer(request, site, ports, show)

    @router.post("/cancel")
    async def let_go(request: Request) -> Response:
        order_id = (await request.form()).get("order", "")
        if not isinstance(order_id, str) or not _may_act(request, site, ports, order_id):
            return _not_here(site)
        await ports.purchases.let_go(order_id)
        return RedirectResponse(f"/cancel?order={order_id}", status_code=303)

    return router


async def _for_its_buyer(request: Request, site: Site, ports: Ports, show: Show) -> Response:
    """The page, for a browser with the order's token; the token leaves the address first."""
    exchanged = access.exchange(request, request.url.path, ports.tokens, secure=site.secure)
    if exchanged is not None:
        return exchanged
    order_id = request.query_params.get("order", "")
    purchase = await ports.purchases.find(order_id) if access.may_see(request, order_id, ports.tokens) else None
    workshop = ports.catalogue.workshop(purchase.city_id) if purchase else None
    if purchase is None or workshop is None:
        return _not_here(site)
    return await show(purchase, workshop)


def _may_act(request: Request, site: Site, ports: Ports, order_id: str) -> bool:
    return access.same_origin(request, site.public_url) and access.may_see(request, order_id, ports.tokens)


def _not_here(site: Site) -> Response:
    """The same for an unknown order and for one that is somebody else's (X-4)."""
    return site.message(
        "We can’t show that order here.",
        "Open it from the link in your email, in the browser where you want to see it.",
        status=404,
    )


def _seconds(text: str) -> int:
    return min(int(text), _LONGEST_WAIT) if text.isascii() and text.isdigit() and len(text) < 6 else 0
