"""What must hold of a whole installation at rest: pure rules over evidence that anybody may have gathered."""

from __future__ import annotations

from invariants.evidence import (
    Channel,
    Charge,
    Counts,
    Evidence,
    Figure,
    Hold,
    LedgerEntry,
    Message,
    PaidOrder,
    Pool,
    Seat,
    Waiting,
)
from invariants.rules import INVARIANTS, Invariant, Kind, Violation, violations

__all__ = [
    "INVARIANTS",
    "Channel",
    "Charge",
    "Counts",
    "Evidence",
    "Figure",
    "Hold",
    "Invariant",
    "Kind",
    "LedgerEntry",
    "Message",
    "PaidOrder",
    "Pool",
    "Seat",
    "Violation",
    "Waiting",
    "violations",
]
