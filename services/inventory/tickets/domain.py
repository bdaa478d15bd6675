"""What a ticket is. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Place(StrEnum):
    """What a ticket's seat counts as in its pool; `RETURNED` counts as nothing."""

    PUBLIC = "public"
    SPARE = "spare"
    OVERSOLD = "oversold"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A paid seat.

    order_id: the order that paid for it
    seat: counts from 1 within the order
    city_id, tier: its pool
    code: signed by checkout; whoever has it gets in while the ticket is valid
    valid: whether the code still lets in
    place: what the seat counts as in its pool
    void_reason: why it is no longer valid, as a code
    order_number: the order's short number; None for tickets that are older than its keeping
    disputed: whether the bank has taken the money back for now
    """

    order_id: UUID
    seat: int
    city_id: str
    tier: str
    code: str = field(repr=False)
    valid: bool = True
    place: Place = Place.PUBLIC
    void_reason: str | None = None
    order_number: str | None = None
    disputed: bool = False

    @property
    def key(self) -> tuple[UUID, int]:
        return (self.order_id, self.seat)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldSeat:
    """A ticket with its times.

    ticket: the seat
    issued_at: when it was sold
    voided_at: when its ticket became void first; None while it never did
    """

    ticket: Ticket
    issued_at: datetime
    voided_at: datetime | None
