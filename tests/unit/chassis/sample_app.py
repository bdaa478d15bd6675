"""Operations of all kinds, for tests of what each app does about them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from chassis.app import require_content_type
from chassis.clock import ManualClock
from chassis.errors import Condition, NotFound, Unavailable
from chassis.http.guards import internal, require
from chassis.tokens import Principal, Role, TokenSigner
from tests.unit.chassis.samples import AUTH_KEY


class SoldOutSample(Condition):
    status = 409
    code = "sample_sold_out"
    title = "No seats left"
    meaning = "Not enough seats are left."
    remedy = "Take fewer."


class Customer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    email: str = Field(min_length=3)


class Order(BaseModel):
    quantity: int
    customer: Customer


router = APIRouter()


@router.post("/api/orders")
async def make_order(order: Order) -> dict[str, int]:
    return {"quantity": order.quantity}


@router.get("/api/orders/{order_id}")
async def read_order(order_id: str) -> dict[str, str]:
    if order_id == "gone":
        raise SoldOutSample(extra={"available": {"ga": 1, "vip": 0}}, headers={"Retry-After": "3"})
    if order_id == "outage":
        raise Unavailable("no route to 10.0.0.7")
    if order_id == "broken":
        raise RuntimeError("secret sk_test_abcdef of jane@example.com")
    return {"orderId": order_id}


@router.post("/api/admin/orders")
async def admin_order(order: Order, principal: Annotated[Principal, Depends(require(Role.OPERATOR))]) -> dict[str, Any]:
    return {"by": principal.email, "quantity": order.quantity}


@router.get("/api/both/{name}")
@router.post("/api/both/{name}")
async def both(name: str) -> dict[str, str]:
    return {"name": name}


@router.post("/internal/holds")
async def hold(caller: Annotated[str, Depends(internal("checkout"))]) -> dict[str, str]:
    return {"caller": caller}


@router.post("/api/webhooks/stripe")
async def webhook(request: Request) -> dict[str, int]:
    require_content_type(request, "application/json")
    return {"bytes": len(await request.body())}


@router.get("/api/stream")
async def stream() -> StreamingResponse:
    async def forever() -> AsyncIterator[bytes]:
        while True:
            yield b"data: x\n\n"
            await asyncio.sleep(0)

    return StreamingResponse(forever(), media_type="text/event-stream")


@router.get("/page")
async def page() -> HTMLResponse:
    raise NotFound


JSON = {"Content-Type": "application/json"}
ORDER = json.dumps({"quantity": 2, "customer": {"email": "jane@example.com"}}).encode()


def bearer(role: Role, *, clock: ManualClock | None = None) -> dict[str, str]:
    token = TokenSigner(AUTH_KEY, clock=clock).issue("u1", email="ops@example.com", role=role)
    return {"Authorization": f"Bearer {token}"}
