"""Inventory's part of the comparison; `eventbus.operation.digest` says how it is asked."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import Response

from chassis.app import PlainText
from eventbus.operation.digest import Asked, Snapshot, digest_response, digest_router, fingerprints
from invariants.digest import Digest, Fingerprints
from inventory.digest.store import SeatWitness, stock


def seat_witness(secret: Annotated[Fingerprints, Depends(fingerprints)]) -> SeatWitness:
    return SeatWitness(secret)


class StockAsked(Asked):
    """The cursor is a city."""

    cursor: PlainText | None = None


router = digest_router("inventory", seat_witness, waits={})


@router.get("/stock", response_model=Digest, summary="Pools with their sums and newest changes, a page of cities")
async def of_stock(query: Annotated[StockAsked, Query()], tx: Snapshot) -> Response:
    part, following = await stock(tx, since=query.since, after=query.cursor or "")
    return digest_response(Digest(part=part, next_cursor=following))
