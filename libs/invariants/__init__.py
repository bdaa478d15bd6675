"""Invariants of a whole installation at rest: pure rules over evidence, whoever has gathered it."""

from __future__ import annotations

from invariants.evidence import (
    Address,
    Alert,
    AlertStep,
    Charge,
    Counts,
    Delivery,
    Evidence,
    Figure,
    Hold,
    LedgerEntry,
    Message,
    Page,
    PaidOrder,
    PaidSeats,
    Pool,
    PoolSum,
    Seat,
    Taken,
    Waiting,
)
from invariants.rule import Invariant, Kind, Violation
from invariants.rules import INVARIANTS, violations

__all__ = [
    "INVARIANTS",
    "Address",
    "Alert",
    "AlertStep",
    "Charge",
    "Counts",
    "Delivery",
    "Evidence",
    "Figure",
    "Hold",
    "Invariant",
    "Kind",
    "LedgerEntry",
    "Message",
    "Page",
    "PaidOrder",
    "PaidSeats",
    "Pool",
    "PoolSum",
    "Seat",
    "Taken",
    "Violation",
    "Waiting",
    "violations",
]
