"""Who may see an order: its own token in the address or in the cookie that the pages set, or a sign-in token."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from fastapi import Request, Response

from chassis.cookies import read_cookie, set_cookie
from chassis.database import Database
from chassis.http.guards import SESSION_COOKIE, require
from chassis.tokens import Principal, Role
from checkout.orders import store
from checkout.orders.domain import FIRST_LINK
from checkout.orders.errors import UnknownOrder
from checkout.orders.tokens import OrderTokens

_VIEWER: Final = require(Role.VIEWER)
_OPEN: Final = "fullhouse_open_order"
# No payment page lives longer.
_OPEN_LIFETIME: Final = timedelta(hours=1)


def order_cookie(order_id: UUID) -> str:
    """The cookie that opens one order; the pages set it, once the order's token was shown."""
    return f"fullhouse_order_{order_id.hex}"


def remember_open(request: Request, response: Response, order_id: UUID, token: str) -> None:
    """Lets the browser keep the order that it has open; the next one takes its place."""
    set_cookie(request, response, _OPEN, f"{order_id.hex}.{token}", lifetime=_OPEN_LIFETIME)


class OrderAccess:
    """Tells whose order it is that a request asks for."""

    def __init__(self, tokens: OrderTokens, database: Database) -> None:
        self._tokens = tokens
        self._database = database

    async def own(self, request: Request, order_id: str, token: str) -> UUID:
        """The order's id, when its own token was shown; unknown and foreign ones are both UnknownOrder."""
        try:
            parsed = UUID(order_id)
        except ValueError:
            raise UnknownOrder from None
        shown = token or read_cookie(request, order_cookie(parsed)) or ""
        if not await self._opens(parsed, shown) and (token or await self.open_order(request) != parsed):
            raise UnknownOrder
        return parsed

    async def open_order(self, request: Request) -> UUID | None:
        """The order that this browser tried to pay for last; whether it is still open, the order itself says."""
        order_id, _, token = (read_cookie(request, _OPEN) or "").partition(".")
        try:
            parsed = UUID(order_id)
        except ValueError:
            return None
        return parsed if await self._opens(parsed, token) else None

    async def any(self, request: Request, order_id: str, token: str) -> tuple[UUID, Principal | None]:
        """The order's id for its own buyer (no principal), or for somebody signed in as viewer or more.

        Who holds the order's token is its buyer, whatever else the browser brings along.
        """
        try:
            return await self.own(request, order_id, token), None
        except UnknownOrder:
            if token or not ("authorization" in request.headers or read_cookie(request, SESSION_COOKIE)):
                raise
        principal = await _VIEWER(request)
        try:
            return UUID(order_id), principal
        except ValueError:
            raise UnknownOrder from None

    async def _opens(self, order_id: UUID, token: str) -> bool:
        """A token of an earlier issue of the order's link opens it no more than any other."""
        if not token:
            return False
        issue = await store.link_issue(self._database, order_id)
        return self._tokens.accepts(order_id, token, issue=issue or FIRST_LINK)
