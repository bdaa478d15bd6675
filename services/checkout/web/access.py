"""Who may see an order: its own token, which comes once in the address and then lives in a cookie (C-6, design §11).

`/success?order=…&token=…` is answered with a cookie for that order and a redirect to the address without the token.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from checkout.web.ports import OrderTokens

_PREFIX: Final = "fullhouse_order_"
_LIFETIME: Final = 90 * 24 * 3600
_ORDER_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}", re.IGNORECASE)


def cookie_name(order_id: str) -> str:
    """The cookie that opens one order: `fullhouse_order_` and the id in hex without dashes."""
    return _PREFIX + order_id.replace("-", "").lower()


def token_of(request: Request, order_id: str) -> str:
    """The order's token that the browser holds, or nothing."""
    return request.cookies.get(cookie_name(order_id), "")


def may_see(request: Request, order_id: str, tokens: OrderTokens) -> bool:
    """Whether this browser has shown the order's token."""
    token = token_of(request, order_id)
    return bool(token) and is_order_id(order_id) and tokens.accepts(order_id, token)


def is_order_id(value: str) -> bool:
    """Whether it has the form of an order id, so that it may become part of a cookie's name."""
    return _ORDER_ID.fullmatch(value) is not None


def exchange(request: Request, path: str, tokens: OrderTokens, *, secure: bool) -> Response | None:
    """For an address with a token: the redirect without it. None when there is no token to exchange.

    A token that does not open the order sets nothing; the clean address then says that it can't be shown.
    """
    order_id, token = request.query_params.get("order", ""), request.query_params.get("token")
    if token is None:
        return None
    response = RedirectResponse(f"{path}?{urlencode({'order': order_id})}", status_code=303)
    if is_order_id(order_id) and tokens.accepts(order_id, token):
        set_cookie(response, order_id, token, secure=secure)
    return response


def set_cookie(response: Response, order_id: str, token: str, *, secure: bool) -> None:
    """Keep the order's token where scripts can't read it."""
    response.set_cookie(
        cookie_name(order_id), token, max_age=_LIFETIME, path="/", secure=secure, httponly=True, samesite="lax"
    )


def same_origin(request: Request, public_url: str) -> bool:
    """Whether a form was sent from our own pages (with `no-referrer` browsers may send `Origin: null`)."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    return request.headers.get("origin", "null") in {"null", public_url.rstrip("/")}
