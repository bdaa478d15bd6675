"""The digest that every service with orders serves at `/internal/digest…`, read only.

The gateway doesn't route it; callers need another service's token for this one. A response is bounded: a page of ids,
or the rows of so many orders, read in one snapshot. Of people it holds fingerprints only (`invariants.digest`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field

from chassis.app import Moment, no_cursor, read_cursor, write_cursor
from chassis.database import Reader, Transaction
from chassis.http.guards import internal
from chassis.http.models import InternalBody
from chassis.tokens import Caller
from eventbus.bus import Bus
from eventbus.operation.waiting import waiting
from invariants import Evidence
from invariants.digest import ORDERS, Digest, Fingerprints


@dataclass(frozen=True, slots=True)
class Span:
    """A period: from `since` on, before `until`."""

    since: datetime
    until: datetime


class Witness(Protocol):
    """Reads what a service's tables hold about its orders, without the code that wrote them."""

    async def standing(self, reader: Reader, span: Span) -> Evidence:
        """What the service knows without asking for single orders."""
        ...

    async def touched(
        self, reader: Reader, span: Span, *, after: tuple[datetime, UUID] | None, most: int
    ) -> Sequence[tuple[datetime, UUID]]:
        """Time and id of the orders that changed in the period, in this order, at most `most` beyond `after`."""
        ...

    async def of_orders(self, reader: Reader, order_ids: Sequence[UUID]) -> Evidence:
        """Everything that the service knows of these orders."""
        ...


class Ids(InternalBody):
    """The orders to read."""

    ids: Annotated[list[UUID], Field(max_length=ORDERS)]


class Asked(InternalBody):
    """The period to read, and the age from which waiting rows count.

    since, until: the period
    settling: rows that have waited for fewer seconds don't count as waiting
    cursor: where the page begins
    """

    since: Moment
    until: Moment
    settling: Annotated[float, Field(ge=0, le=7 * 24 * 3600)] = 0
    cursor: Annotated[str | None, Field(max_length=300)] = None

    @property
    def span(self) -> Span:
        """The period."""
        return Span(self.since, self.until)


async def snapshot(request: Request) -> AsyncIterator[Transaction]:
    """A dependency: a read-only snapshot of the service's own database."""
    bus: Bus = request.app.state.bus
    async with bus.database.snapshot() as tx:
        yield tx


def fingerprints(request: Request) -> Fingerprints:
    """A dependency: fingerprints with the caller's key, one for all whom it asks, also while a new one is put in."""
    caller: Caller = request.state.caller
    return Fingerprints(caller.key.get_secret_value())


Snapshot = Annotated[Transaction, Depends(snapshot, scope="function")]


def digest_response(digest: Digest) -> Response:
    """The digest as an HTTP response that nothing stores."""
    return Response(digest.json(), media_type="application/json", headers={"Cache-Control": "no-store"})


def digest_router(service: str, witness: Callable[..., Witness], *, waits: Mapping[str, str]) -> APIRouter:
    """Builds the digest's routes; `waits` are the service's own waiting rows, as in `eventbus.operation.waiting`."""
    router = APIRouter(prefix="/internal/digest", tags=["internal"], dependencies=[Depends(internal(service))])
    knowing = Depends(witness)

    @router.get("", response_model=Digest, summary="What waits, and what is known without asking for single orders")
    async def standing(query: Annotated[Asked, Query()], tx: Snapshot, knows: Witness = knowing) -> Response:
        left = await waiting(tx, service, settling=timedelta(seconds=query.settling), also=waits)
        return digest_response(Digest(part=replace(await knows.standing(tx, query.span), waiting=left)))

    @router.get("/orders", response_model=Digest, summary="Orders to which something happened, a page of ids")
    async def touched(query: Annotated[Asked, Query()], tx: Snapshot, knows: Witness = knowing) -> Response:
        found = await knows.touched(tx, query.span, after=_after(query.cursor), most=ORDERS)
        more = write_cursor(*found[-1]) if len(found) == ORDERS else None
        return digest_response(Digest(ids=tuple(str(order_id) for _, order_id in found), next_cursor=more))

    @router.post("/orders", response_model=Digest, summary="Whatever there is of these orders")
    async def of_orders(asked: Ids, tx: Snapshot, knows: Witness = knowing) -> Response:
        return digest_response(Digest(part=await knows.of_orders(tx, asked.ids)))

    return router


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    moment, order_id = read_cursor(cursor)
    try:
        return moment, UUID(order_id)
    except ValueError:
        raise no_cursor() from None
