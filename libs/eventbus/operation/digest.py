"""The read-only digest that every service with orders answers at `/internal/digest…`.

The gateway routes none of it; a token of another service for this one opens it. An answer is bounded: a page of ids, or
the rows of so many orders, read in one snapshot. What it tells of people are fingerprints only (`invariants.digest`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from chassis.app import Moment, no_cursor, read_cursor, write_cursor
from chassis.database import Reader, Transaction
from chassis.tokens import internal
from eventbus.bus import Bus
from eventbus.operation.waiting import waiting
from invariants import Evidence
from invariants.digest import ORDERS, Answer, Fingerprints


@dataclass(frozen=True, slots=True)
class Span:
    """A period: from `since` on, before `until`."""

    since: datetime
    until: datetime


class Witness(Protocol):
    """What a service knows of its orders; it reads its tables as they are, past the code that wrote them."""

    async def standing(self, reader: Reader, span: Span) -> Evidence:
        """What is known without asking for single orders."""
        ...

    async def touched(
        self, reader: Reader, span: Span, *, after: tuple[datetime, UUID] | None, most: int
    ) -> Sequence[tuple[datetime, UUID]]:
        """Orders to which something happened in the period, in the order of time and id."""
        ...

    async def of_orders(self, reader: Reader, order_ids: Sequence[UUID]) -> Evidence:
        """Whatever there is of these orders."""
        ...


class Ids(BaseModel):
    """Whose rows are asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ids: Annotated[list[UUID], Field(max_length=ORDERS)]


class Asked(BaseModel):
    """`settling`: seconds that what waits may be old before it counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: Moment
    until: Moment
    settling: Annotated[float, Field(ge=0, le=7 * 24 * 3600)] = 0
    cursor: Annotated[str | None, Field(max_length=300)] = None

    @property
    def span(self) -> Span:
        return Span(self.since, self.until)


async def snapshot(request: Request) -> AsyncIterator[Transaction]:
    """A dependency: one moment of the service's own database."""
    bus: Bus = request.app.state.bus
    async with bus.database.snapshot() as tx:
        yield tx


def fingerprints(request: Request) -> Fingerprints:
    """A dependency: the same at every service that may ask."""
    return Fingerprints(request.app.state.settings.service_token_key.get_secret_value())


Snapshot = Annotated[Transaction, Depends(snapshot, scope="function")]


def answered(answer: Answer) -> Response:
    return Response(answer.json(), media_type="application/json", headers={"Cache-Control": "no-store"})


def digest_router(service: str, witness: Callable[..., Witness], *, waits: Mapping[str, str]) -> APIRouter:
    """`waits`: what must not wait in the service's own tables, in the form of `eventbus.operation.waiting`."""
    router = APIRouter(prefix="/internal/digest", tags=["internal"], dependencies=[Depends(internal(service))])
    knowing = Depends(witness)

    @router.get("", response_model=Answer, summary="What waits, and what is known without asking for single orders")
    async def standing(query: Annotated[Asked, Query()], tx: Snapshot, knows: Witness = knowing) -> Response:
        left = await waiting(tx, service, settling=timedelta(seconds=query.settling), also=waits)
        return answered(Answer(part=replace(await knows.standing(tx, query.span), waiting=left)))

    @router.get("/orders", response_model=Answer, summary="Orders to which something happened, a page of ids")
    async def touched(query: Annotated[Asked, Query()], tx: Snapshot, knows: Witness = knowing) -> Response:
        found = await knows.touched(tx, query.span, after=_after(query.cursor), most=ORDERS)
        more = write_cursor(*found[-1]) if len(found) == ORDERS else None
        return answered(Answer(ids=tuple(str(order_id) for _, order_id in found), next_cursor=more))

    @router.post("/orders", response_model=Answer, summary="Whatever there is of these orders")
    async def of_orders(asked: Ids, tx: Snapshot, knows: Witness = knowing) -> Response:
        return answered(Answer(part=await knows.of_orders(tx, asked.ids)))

    return router


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    moment, order_id = read_cursor(cursor)
    try:
        return moment, UUID(order_id)
    except ValueError:
        raise no_cursor() from None
