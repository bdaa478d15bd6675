"""A try to have an appointment paid at one way of its decision, and what may follow it. Pure; amounts are minor units.

creating: the processor is being asked for a page
unsure: it gave no answer; nobody else is asked until the page that it may have opened is closed
open: the buyer has the page
paid: the money is there
closed: the page is closed, and was not paid
failed: there is no page: the processor has declined, or was not asked
surplus: it was paid, and the appointment is paid by another try
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from chassis.backoff import doubled
from checkout.processors.domain import PaymentWish
from checkout.routing.domain import Way

# A page that nobody has paid on for so long is closed; whoever still wants to pay gets a new one.
PAGE_LIFE: Final = timedelta(hours=1)
# A key was the try's id alone before.
_KEY: Final = re.compile(r"(?:a(\d{1,10})-)?([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_FIRST_PAUSE: Final = timedelta(seconds=15)
_LONGEST_PAUSE: Final = timedelta(minutes=5)


class TakingAction(StrEnum):
    """What a person does about payments of appointments, as the audit names it."""

    PAGE_ASKED = "appointment_payment_asked"
    REFUNDED = "appointment_refunded"


class TakingState(StrEnum):
    """Where a try stands."""

    CREATING = "creating"
    UNSURE = "unsure"
    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"
    FAILED = "failed"
    SURPLUS = "surplus"


# While one of these is there, nobody else is asked for the money.
LIVE: Final = frozenset({TakingState.CREATING, TakingState.UNSURE, TakingState.OPEN, TakingState.PAID})
# What a processor may still have to say about.
UNSETTLED: Final = frozenset({TakingState.CREATING, TakingState.UNSURE, TakingState.OPEN})


class Step(StrEnum):
    """What was done about a decision's way, as the decision tells it.

    asked: its processor is being asked for a page
    breaker_open: it was not, since it fails
    declined, not_attempted: it gave none: the next way is taken
    unanswered: it may have opened one
    cancelled: that one is closed, and nobody was charged on it: the next way is taken
    opened: the buyer has the page
    paid: the buyer was charged
    closed: the page is closed, and nobody was charged on it
    surplus: the buyer was charged for what was paid already
    mismatched: the buyer was charged another amount than was asked for
    """

    ASKED = "asked"
    BREAKER_OPEN = "breaker_open"
    DECLINED = "declined"
    NOT_ATTEMPTED = "not_attempted"
    UNANSWERED = "unanswered"
    CANCELLED = "cancelled"
    OPENED = "opened"
    PAID = "paid"
    CLOSED = "closed"
    SURPLUS = "surplus"
    MISMATCHED = "mismatched"


@dataclass(frozen=True, slots=True, kw_only=True)
class WayAttempt:
    """One try.

    attempt_id: its id, and the key of its wish
    decision_id, place: the decision, and which of its ways this is, from 0
    way: who takes the money
    appointment_id, provider_id: what is paid, and to whom
    amount, currency: how much
    commission: what of it the processor is to keep back for the platform
    wish: what the processor is asked for, as it was asked first
    state: where it stands
    page_id, page_url: the payment page; None while there is none
    payment_id: the processor's id of the payment; None until it is paid
    tries: how often somebody went on with it
    created_at: since when it is there
    """

    attempt_id: UUID
    decision_id: UUID
    place: int
    way: Way
    appointment_id: int
    provider_id: int
    amount: int
    currency: str
    commission: int
    wish: PaymentWish
    state: TakingState
    page_id: str | None = None
    page_url: str | None = None
    payment_id: str | None = None
    tries: int = 0
    created_at: datetime

    @property
    def key(self) -> str:
        """What tells its payment in every list of the processor."""
        return self.wish.key

    def serves(self, choice: str | None, now: datetime) -> bool:
        """Whether its page is the one that a buyer wants who chooses so."""
        return self.state is TakingState.OPEN and choice in {None, self.way.name} and not self.over(now)

    def over(self, now: datetime) -> bool:
        """Whether its page was open for long enough."""
        return now - self.created_at >= PAGE_LIFE


@dataclass(frozen=True, slots=True)
class NamedTry:
    """What the key of a wish names: the try, and the appointment, of which a restored database knows at least that."""

    attempt_id: UUID
    appointment_id: int | None


def key_of(appointment_id: int, attempt_id: UUID) -> str:
    """The key of a try's wish: at most 45 letters, digits and dashes."""
    return f"a{appointment_id}-{attempt_id.hex}"


def named_by(key: str | None) -> NamedTry | None:
    """None for a key that is none of ours."""
    found = _KEY.fullmatch(key or "")
    return NamedTry(UUID(found[2]), int(found[1]) if found[1] else None) if found else None


def look_again_after(tries: int) -> timedelta:
    """How long a page is left alone, or a processor that does not answer: longer each time."""
    return doubled(_FIRST_PAUSE, tries, longest=_LONGEST_PAUSE)
