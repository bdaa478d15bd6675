"""Checkout's part of the comparison; `eventbus.operation.digest` says how it is asked."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import Response

from chassis.app import PlainText
from checkout.digest.store import WAITS, OrderWitness, paid_seats
from eventbus.operation.digest import Asked, Snapshot, digest_response, digest_router, fingerprints
from invariants import Evidence
from invariants.digest import Digest, Fingerprints


def order_witness(secret: Annotated[Fingerprints, Depends(fingerprints)]) -> OrderWitness:
    """A dependency: what checkout knows of its orders."""
    return OrderWitness(secret)


class SeatsAsked(Asked):
    """`city`: the only one that is asked for; all of them without one."""

    city: PlainText | None = None


router = digest_router("checkout", order_witness, waits=WAITS)


@router.get("/seats", response_model=Digest, summary="How many seats of each pool were paid in a period")
async def of_seats(query: Annotated[SeatsAsked, Query()], tx: Snapshot) -> Response:
    return digest_response(Digest(part=Evidence(paid_seats=await paid_seats(tx, query.span, city_id=query.city))))
