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
from checkout.orders.access import OrderAccess, order_cookie
from checkout.orders.errors import UnknownOrder

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
