"""Refunds as values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

_LONGEST_PAUSE: Final = timedelta(minutes=5)
_MOST_DOUBLINGS: Final = 10


class RefundCause(StrEnum):
    """Why money is given back."""

    SECOND_CHARGE = "second_charge"


class RefundState(StrEnum):
    """Where a refund stands.

    due ──► done
     └────► refused
    """

    DUE = "due"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money to be given back.

    refund_id: its id, which the processor keeps with it
    processor: who took the money
    payment_intent: the processor's id of the payment
    order_id: the order that was paid
    amount: how much, minor units of `currency`
    currency: ISO 4217, upper case
    cause: why
    tries: how often the processor was asked
    key_number: counts the processor's own failures: it repeats such an answer for as long as the key is the same
    """

    refund_id: UUID
    processor: str
    payment_intent: str
    order_id: UUID
    amount: int
    currency: str
    cause: RefundCause
    tries: int
    key_number: int

    @property
    def idempotency_key(self) -> str:
        """What the processor tells a repeated call by."""
        return f"{self.refund_id}:{self.key_number}"


def pause_after(tries: int) -> timedelta:
    """How long a refund rests after a call that brought no decision: 2 s, doubling, 5 min at most."""
    return min(timedelta(seconds=2 ** min(tries, _MOST_DOUBLINGS)), _LONGEST_PAUSE)
