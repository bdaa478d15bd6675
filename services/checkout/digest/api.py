"""Checkout's part of the comparison; `eventbus.operation.digest` says how it is asked."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from checkout.digest.store import WAITS, OrderWitness
from eventbus.operation.digest import digest_router, fingerprints
from invariants.digest import Fingerprints


def order_witness(secret: Annotated[Fingerprints, Depends(fingerprints)]) -> OrderWitness:
    """A dependency: what checkout knows of its orders."""
    return OrderWitness(secret)


router = digest_router("checkout", order_witness, waits=WAITS)
