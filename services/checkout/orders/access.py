"""Who may see an order: its own token in the address or in the cookie that the pages set, or a sign-in token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from fastapi import Request

from chassis.tokens import SESSION_COOKIE, Principal, Role, require
from checkout.orders.errors import UnknownOrder
from checkout.orders.tokens import OrderTokens

_VIEWER: Final = require(Role.VIEWER)


class OrderAccess:
    """`cookie_name` says which cookie holds an order's token."""

    def __init__(self, tokens: OrderTokens, *, cookie_name: Callable[[str], str]) -> None:
        self._tokens = tokens
        self._cookie_name = cookie_name

    def own(self, request: Request, order_id: str, token: str) -> UUID:
        """The order's id, when its own token was shown; unknown and foreign ones are both UnknownOrder."""
        try:
            parsed = UUID(order_id)
        except ValueError:
            raise UnknownOrder from None
        shown = token or request.cookies.get(self._cookie_name(str(parsed)), "")
        if not shown or not self._tokens.accepts(parsed, shown):
            raise UnknownOrder
        return parsed

    async def any(self, request: Request, order_id: str, token: str) -> tuple[UUID, Principal | None]:
        """The order's id for its own buyer (no principal), or for somebody signed in as viewer or more.

        Who holds the order's token is its buyer, whatever else the browser brings along.
        """
        try:
            return self.own(request, order_id, token), None
        except UnknownOrder:
            if token or not ("authorization" in request.headers or SESSION_COOKIE in request.cookies):
                raise
        principal = await _VIEWER(request)
        try:
            return UUID(order_id), principal
        except ValueError:
            raise UnknownOrder from None
