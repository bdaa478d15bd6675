"""`POST /api/create-checkout-session`: a wish becomes held seats and a payment page, or a place in line (C-1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from pydantic import Field

from chassis.app import Out, conditions
from chassis.cookies import read_cookie
from chassis.http.deps import provided
from chassis.http.repeats import IdempotencyKey, IdempotencyKeyReused
from checkout.blocks.errors import BuyerBlocked
from checkout.catalogue.errors import CatalogueEmpty, OnSaleWindow, UnknownCity, UnknownPassKind
from checkout.maintenance.errors import UnderMaintenance
from checkout.orders.access import OrderAccess, remember_open
from checkout.orders.errors import UnknownOrder
from checkout.purchases.buyers import TooManyOpenSeats
from checkout.purchases.domain import PaymentPage, PlaceInLine
from checkout.purchases.errors import (
    InProgress,
    InventoryUnavailable,
    PaymentNotPossible,
    PaymentProcessingFailed,
    PaymentProviderBusy,
    PriceChanged,
    SoldOut,
)
from checkout.purchases.placing import Visitor
from checkout.purchases.purchase import Purchase
from checkout.purchases.wish import PassWish, Wish
from events import OrderSource

router = APIRouter(tags=["checkout"])

VISITOR_COOKIE: Final = "fullhouse_visitor"
_VISITOR = re.compile(r"[A-Za-z0-9_-]{8,64}")
_IN_LINE: Final = 202


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseDeps:
    """What these routes work with.

    purchase: the use case
    access: tells who may see an order
    sandboxed: whether an order may say that it is a demonstration
    """

    purchase: Purchase
    access: OrderAccess
    sandboxed: bool


Deps = Annotated[PurchaseDeps, provided(PurchaseDeps)]


class PaymentPageOut(Out):
    """The seats are held, and the page where the buyer pays is ready."""

    success: Literal[True] = True
    order_id: UUID
    session_id: str | None = Field(
        description="The processor's id of the payment page; null where there is nothing to pay"
    )
    url: str | None = Field(description="Where the buyer pays, or sees the tickets where there is nothing to pay")
    amount: int = Field(description="What the buyer pays, in minor units of `currency`")
    currency: str
    hold_expires_at: datetime = Field(description="Until when the seats are promised")
    order_token: str = Field(repr=False, description="Opens the order without signing in")


class PlaceInLineOut(Out):
    """The seats are held, and the line before the processor is long: ask `statusUrl`."""

    success: Literal[True] = True
    order_id: UUID
    position: int = Field(description="How many are in front, this one counted")
    status_url: str = Field(description="Answers the same until the page is ready, then the page")
    hold_expires_at: datetime = Field(description="Until when the seats are promised")
    order_token: str = Field(repr=False, description="Opens the order without signing in")


_LINE: Final[dict[int | str, dict[str, Any]]] = {
    _IN_LINE: {"model": PlaceInLineOut, "description": "The line before the processor is long"}
}
_OPENING = (PaymentProcessingFailed, PaymentProviderBusy, PaymentNotPossible)
_STARTING = (
    BuyerBlocked,
    CatalogueEmpty,
    UnderMaintenance,
    UnknownCity,
    OnSaleWindow,
    PriceChanged,
    SoldOut,
    IdempotencyKeyReused,
    InProgress,
    InventoryUnavailable,
    TooManyOpenSeats,
)

_BUYING_PASS = (
    CatalogueEmpty,
    UnderMaintenance,
    UnknownPassKind,
    OnSaleWindow,
    PriceChanged,
    IdempotencyKeyReused,
    InProgress,
    TooManyOpenSeats,
    BuyerBlocked,
)


@router.post(
    "/api/create-checkout-session",
    response_model=PaymentPageOut,
    responses={**_LINE, **conditions(*_STARTING, *_OPENING)},
)
async def create_checkout_session(
    wish: Wish,
    request: Request,
    deps: Deps,
    idempotency_key: IdempotencyKey = None,
    x_fullhouse_source: Annotated[str | None, Header()] = None,
) -> Response:
    """Holds the seats and opens a payment page. A repeat with the same key gets the first answer (C-1).

    A browser has one open order: its next one lets the seats of the one before go.
    """
    demo = deps.sandboxed and x_fullhouse_source == OrderSource.DEMO
    visitor = Visitor.of(
        request,
        visitor_id=_visitor(request),
        source=OrderSource.DEMO if demo else OrderSource.WEB,
        open_order=await deps.access.open_order(request),
    )
    come_to = await deps.purchase.start(wish, key=idempotency_key, visitor=visitor)
    response = _answer(come_to)
    remember_open(request, response, come_to.order_id, come_to.order_token)
    return response


@router.post(
    "/api/passes/buy",
    response_model=PaymentPageOut,
    responses={**_LINE, **conditions(*_BUYING_PASS, *_OPENING)},
)
async def buy_pass(wish: PassWish, request: Request, deps: Deps, idempotency_key: IdempotencyKey = None) -> Response:
    """Opens a payment page for a pass. A repeat with the same key gets the first answer, as of seats (C-1, C-9)."""
    visitor = Visitor.of(request, visitor_id=_visitor(request), open_order=await deps.access.open_order(request))
    come_to = await deps.purchase.start(wish, key=idempotency_key, visitor=visitor)
    response = _answer(come_to)
    remember_open(request, response, come_to.order_id, come_to.order_token)
    return response


@router.get(
    "/api/orders/{order_id}/checkout",
    response_model=PaymentPageOut,
    responses={**_LINE, **conditions(UnknownOrder, PaymentProcessingFailed)},
)
async def checkout_status(order_id: str, request: Request, deps: Deps, token: str = "") -> Response:
    """`statusUrl`: the place in line, then the payment page (C-1)."""
    return _answer(await deps.purchase.status(await deps.access.own(request, order_id, token)))


def _answer(come_to: PaymentPage | PlaceInLine) -> Response:
    in_line = isinstance(come_to, PlaceInLine)
    out = PlaceInLineOut.model_validate(come_to) if in_line else PaymentPageOut.model_validate(come_to)
    return Response(
        out.model_dump_json(by_alias=True),
        status_code=_IN_LINE if in_line else 200,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _visitor(request: Request) -> str | None:
    found = read_cookie(request, VISITOR_COOKIE) or ""
    return found if _VISITOR.fullmatch(found) else None
