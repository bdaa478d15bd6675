from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, Response

from chassis.errors import InvalidRequest
from checkout.orders.access import OrderAccess
from checkout.purchases.placing import Visitor
from checkout.purchases.purchase import Purchase, Started
from checkout.purchases.wish import Wish
from events import OrderSource

VISITOR_COOKIE = "fullhouse_visitor"
_VISITOR = re.compile(r"[A-Za-z0-9_-]{8,64}")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def payment_router(purchase: Callable[[], Purchase], access: OrderAccess, *, sandboxed: bool) -> APIRouter:
    """`purchase` gives the use case once the service has started."""
    router = APIRouter(tags=["checkout"])

    @router.post("/api/create-checkout-session", response_model=None)
    async def create_checkout_session(
        wish: Wish,
        request: Request,
        idempotency_key: Annotated[str | None, Header()] = None,
        x_fullhouse_source: Annotated[str | None, Header()] = None,
    ) -> Response:
        """C-1: holds the seats and opens a payment page. A repeat with the same key gets the first answer."""
        if idempotency_key is not None and not _KEY.fullmatch(idempotency_key):
            raise InvalidRequest(fields={"Idempotency-Key": "Write 1 to 255 printable characters without spaces."})
        demo = sandboxed and x_fullhouse_source == OrderSource.DEMO
        visitor = Visitor(visitor_id=_visitor(request), source=OrderSource.DEMO if demo else OrderSource.WEB)
        return _answer(await purchase().start(wish, key=idempotency_key, visitor=visitor))

    @router.get("/api/orders/{order_id}/checkout", response_model=None)
    async def checkout_status(order_id: str, request: Request, token: str = "") -> Response:
        """`statusUrl`: the place in line, then C-1's answer (C-1)."""
        return _answer(await purchase().status(access.own(request, order_id, token)))

    return router


def _answer(started: Started) -> Response:
    content: dict[str, Any] = dict(started.answer)
    return JSONResponse(content, status_code=202 if started.in_line else 200, headers={"Cache-Control": "no-store"})


def _visitor(request: Request) -> str | None:
    found = request.cookies.get(VISITOR_COOKIE, "")
    return found if _VISITOR.fullmatch(found) else None
