"""`POST /api/feedback`: how content a buyer is (C-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from chassis.app import Body, Out, Prose, conditions
from chassis.database import Database
from chassis.http.deps import provided
from checkout.feedback.errors import FeedbackTooEarly
from checkout.feedback.service import FeedbackService
from checkout.orders.access import OrderAccess
from checkout.orders.errors import UnknownOrder

router = APIRouter(tags=["orders"])


class FeedbackIn(Body):
    """What the buyer of an order says."""

    order_id: UUID
    order_token: str = Field(
        repr=False, min_length=1, max_length=100, description="the order's own, as its buyer has it"
    )
    score: int = Field(ge=1, le=5, description="from 1, not at all content, to 5, very")
    text: Prose = ""


class FeedbackOut(Out):
    """What is kept of it: a second word about an order changes nothing."""

    success: Literal[True] = True
    order_id: UUID
    score: int
    given_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackDeps:
    """What the route works with."""

    database: Database
    access: OrderAccess
    feedback: FeedbackService


@router.post(
    "/api/feedback",
    summary="Say how content one is with a purchase",
    responses=conditions(UnknownOrder, FeedbackTooEarly),
)
async def give(
    body: FeedbackIn, request: Request, deps: Annotated[FeedbackDeps, provided(FeedbackDeps)]
) -> FeedbackOut:
    """The first word about an order counts; a repeat gets the same answer."""
    order_id = await deps.access.own(request, str(body.order_id), body.order_token)
    async with deps.database.transaction() as tx:
        given = await deps.feedback.give(tx, order_id, score=body.score, text=body.text)
    return FeedbackOut.model_validate(given)
