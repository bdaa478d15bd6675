"""The order's token comes into the browser once in the address, then in a cookie that scripts can't read (C-6).

`/success?order=…&token=…` is answered with a cookie for that order and a redirect to the address without the token.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from chassis.cookies import set_cookie
from chassis.database import Database
from checkout.orders import store
from checkout.orders.access import OrderAccess, order_cookie
from checkout.orders.domain import Order
from checkout.orders.errors import UnknownOrder
from checkout.web.site import Site
from languages import gettext_noop, translate

NOT_HERE_HEADING: Final = gettext_noop("We can’t show that order here.")
NOT_HERE: Final = gettext_noop(
    "Open it from the link in your newest email about it. Links from before the order’s address was changed have ended."
)
_LIFETIME: Final = timedelta(days=90)


async def exchange(request: Request, access: OrderAccess) -> Response | None:
    """Answers an address with a token by a redirect to the one without it; None when there is no token to exchange.

    A token that does not open the order sets nothing; the clean address then says that it can't be shown.
    """
    order_id, token = request.query_params.get("order", ""), request.query_params.get("token")
    if token is None:
        return None
    response = RedirectResponse(f"{request.url.path}?{urlencode({'order': order_id})}", status_code=303)
    if token:
        with suppress(UnknownOrder):
            keep_token(request, response, await access.own(request, order_id, token), token)
    return response


def keep_token(request: Request, response: Response, order_id: UUID, token: str) -> None:
    """Keeps the order's token in the browser, where scripts can't read it."""
    set_cookie(request, response, order_cookie(order_id), token, lifetime=_LIFETIME)


async def own_order(request: Request, access: OrderAccess, database: Database, order_id: str) -> Order | None:
    """The order, for a browser that holds its token."""
    own = await own_id(request, access, order_id)
    return await store.get(database, own) if own else None


async def own_id(request: Request, access: OrderAccess, order_id: str) -> UUID | None:
    """Its id, for a browser that holds its token."""
    try:
        return await access.own(request, order_id, token="")
    except UnknownOrder:
        return None


def not_here(site: Site) -> Response:
    """The same for an unknown order, for one that is somebody else's, and for a link that has ended (X-4)."""
    return site.page("ended.html", status=404, heading=translate(NOT_HERE_HEADING), text=translate(NOT_HERE))
