"""How far a processor's list has been read, and what came of the payments that were asked about. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from checkout.orders.states import OVER, SETTLED
from checkout.payments.processors.port import Stretch
from events import OrderState

# A processor's clock and ours differ, and what has happened is not in its lists at once.
SKEW: Final = timedelta(minutes=1)


class Subject(StrEnum):
    """What is listed; of what is `lost` a database that comes from a backup knows nothing, and reads it once."""

    SESSIONS = "sessions"
    WEBHOOKS = "webhooks"
    LOST_SESSIONS = "lost_sessions"
    LOST_WEBHOOKS = "lost_webhooks"
    LOST_DEBITS = "lost_debits"
    LOST_INVOICES = "lost_invoices"


class PollAction(StrEnum):
    """What a person does, as the audit names it."""

    PROCESSED_PENDING = "pending_processed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """How far a list has been read.

    processor: whose list
    subject: what it lists
    since: what happened before is known
    until: the end of the stretch that is being read; None: none is
    after: up to where it has been read; None: not at all
    read_once: whether a stretch has been read to its end before
    """

    processor: str
    subject: Subject
    since: datetime
    until: datetime | None = None
    after: str | None = None
    read_once: bool = False

    @property
    def stretch(self) -> Stretch | None:
        """What is being read."""
        return None if self.until is None else Stretch(since=self.since, until=self.until)

    def begun(self, *, since: datetime, until: datetime) -> Poll:
        """With a stretch to read from its newest end."""
        return replace(self, since=since, until=until, after=None)

    def read(self, after: str | None) -> Poll:
        """A page further; with None the stretch is read, and known but for its last moments."""
        if after is not None or self.until is None:
            return replace(self, after=after)
        return replace(self, since=max(self.since, self.until - SKEW), until=None, after=None, read_once=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What payments came to that somebody asked about.

    checked: how many were asked about
    paid: their money is here
    expired: their page has ended, or their order was over before
    failed: their money will not come
    waiting: their page is open, their money on its way, or the processor has not said
    """

    checked: int = 0
    paid: int = 0
    expired: int = 0
    failed: int = 0
    waiting: int = 0

    def __add__(self, other: Tally) -> Tally:
        mine, others = self.as_counts(), other.as_counts()
        return Tally(**{name: mine[name] + others[name] for name in mine})

    def as_counts(self) -> dict[str, int]:
        """By name."""
        return asdict(self)


def tally(states: Iterable[OrderState]) -> Tally:
    """By where their orders stand afterwards."""
    words = Counter(map(_word, states))
    return Tally(checked=words.total(), **words)


def _word(state: OrderState) -> str:
    if state is OrderState.PAYMENT_FAILED:
        return "failed"
    if state in SETTLED:
        return "paid"
    return "expired" if state in OVER else "waiting"
