"""What a run looks at, what it can find, and where that stands. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from checkout.payments.processors.port import Stretch
from events import DifferenceKind

# Stands where the account does for what only we know of.
OWN: Final = "fullhouse"
# What a person's run mends without asking back.
MOST_UNASKED: Final = 20


class ReconciliationAction(StrEnum):
    """What is done, as the audit names it."""

    STARTED = "reconciliation_started"
    CONFIRMED = "reconciliation_confirmed"
    REPAIRED = "reconciliation_repaired"
    CLOSED = "reconciliation_difference_closed"


class About(StrEnum):
    """What a difference is about, and what its subject is the id of."""

    SESSION = "session"
    PAYMENT = "payment"
    DISPUTE = "dispute"
    ORDER = "order"
    WEBHOOK = "webhook"


ABOUT: Final[Mapping[DifferenceKind, About]] = MappingProxyType(
    {
        DifferenceKind.PAID_WITHOUT_ORDER: About.SESSION,
        DifferenceKind.ORDER_NOT_PAID: About.SESSION,
        DifferenceKind.AMOUNT_DIFFERS: About.SESSION,
        DifferenceKind.SECOND_PAYMENT: About.SESSION,
        DifferenceKind.PAYMENT_MISSING: About.SESSION,
        DifferenceKind.NEWS_MISSING: About.SESSION,
        DifferenceKind.MONEY_UNKNOWN: About.PAYMENT,
        DifferenceKind.REFUND_MISSING: About.PAYMENT,
        DifferenceKind.REFUND_FAILED: About.PAYMENT,
        DifferenceKind.DISPUTE_MISSING: About.DISPUTE,
        DifferenceKind.WEBHOOK_MISSING: About.WEBHOOK,
        DifferenceKind.TICKETS_MISSING: About.ORDER,
        DifferenceKind.PASS_MISSING: About.ORDER,
        DifferenceKind.SEATS_MISSING: About.ORDER,
        DifferenceKind.CONFIRMATION_MISSING: About.ORDER,
        DifferenceKind.NOT_PAID: About.ORDER,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as it should be.

    account: of which account at a processor; `OWN`: seen in what we have alone
    kind: what is wrong
    subject: the id of what it is about
    order_id: the order, where there is one
    evidence: ids and amounts that show it; nothing about a person
    paid_at: when the money was taken, as far as it is known
    """

    account: str
    kind: DifferenceKind
    subject: str
    order_id: UUID | None = None
    evidence: Mapping[str, str | int | None] = field(default_factory=dict)
    paid_at: datetime | None = None

    @property
    def stage(self) -> int:
        """In which turn it is mended: money that is known leaves fewer webhooks, and lacks of orders, to look at."""
        if self.account == OWN:
            return 2
        return 1 if ABOUT[self.kind] is About.WEBHOOK else 0

    @property
    def difference_id(self) -> UUID:
        """The same thing has the same id in each run."""
        return difference_id(self.account, self.kind, self.subject)


def difference_id(account: str, kind: DifferenceKind, subject: str) -> UUID:
    """By what it is about."""
    return UUID(bytes=hashlib.sha256(f"{account} {kind} {subject}".encode()).digest()[:16], version=5)


class DifferenceState(StrEnum):
    """found ──► repaired | gone | person;   shown: of a dry run, nothing is done about it"""

    FOUND = "found"
    SHOWN = "shown"
    REPAIRED = "repaired"
    GONE = "gone"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What came of a difference.

    state: repaired, gone before anybody did something, or a person's
    reason: why it is a person's, as a sentence
    command: what that person does
    """

    state: DifferenceState
    reason: str = ""
    command: str = ""


GONE: Final = Settlement(state=DifferenceState.GONE)
REPAIRED: Final = Settlement(state=DifferenceState.REPAIRED)


def persons(reason: str, command: str) -> Settlement:
    """It can't be mended by itself."""
    return Settlement(state=DifferenceState.PERSON, reason=reason, command=command)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a run looks at: a stretch of time, or what belongs to one payer, session or order.

    since, until: of what was paid, moved or told meanwhile; of a payer, session or order all of it
    email: of this payer only
    session_id: this payment page only
    order_id: this order only
    """

    since: datetime
    until: datetime
    email: str | None = None
    session_id: str | None = None
    order_id: UUID | None = None

    @property
    def whole(self) -> bool:
        """Whether it is a stretch of time."""
        return self.word == "period"

    @property
    def word(self) -> str:
        """What it is, in a word."""
        named = {"email": self.email, "session": self.session_id, "order": self.order_id}
        return next((name for name, value in named.items() if value is not None), "period")

    def stretch(self, *, earlier: timedelta = timedelta(0), younger: timedelta = timedelta(0)) -> Stretch | None:
        """Its time, from `earlier` on, without what is younger than `younger` at its end; None when nothing is left."""
        since, until = self.since - earlier, self.until - younger
        return Stretch(since=since, until=until) if since <= until else None


class RunState(StrEnum):
    """reading ──► repairing ──► done;   reading ──► held ──► repairing: a person has to agree first (R-5)"""

    READING = "reading"
    HELD = "held"
    REPAIRING = "repairing"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One comparison.

    run_id: its id
    scope: what it looks at
    account: of this account only; None: of all
    dry_run: whether nothing is to be done about what it finds
    started_by: who: a person, or a job
    by_person: whether a person has
    agreed: whether a person agrees to however many repairs
    state: how far it is
    started_at, finished_at: from when to when
    """

    run_id: UUID
    scope: Scope
    account: str | None
    dry_run: bool
    started_by: str
    by_person: bool
    agreed: bool
    state: RunState
    started_at: datetime
    finished_at: datetime | None = None

    def after_reading(self, found: int) -> RunState:
        """What follows when all has been read, and so many differences are to be mended."""
        if self.dry_run:
            return RunState.DONE
        asks = self.by_person and not self.agreed and found > MOST_UNASKED
        return RunState.HELD if asks else RunState.REPAIRING


class PartState(StrEnum):
    """How far a detector has looked at an account."""

    DUE = "due"
    READ = "read"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPart:
    """What one detector looks at in one account.

    run_id, number: which one of which run
    account: the account
    detector: who looks
    state: whether it has been read
    after: up to where it has been read; None: not at all
    checked: how many it has looked at
    tries: how often the next page could not be read
    trouble: what could not be read, and why
    """

    run_id: UUID
    number: int
    account: str
    detector: str
    state: PartState
    after: str | None
    checked: int
    tries: int
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A page that a detector has looked at.

    differences: what is not as it should be
    checked: how many things were on it
    after: where the next one goes on; None at the end
    unread: what of it can't be read at all, as a sentence
    accounts: those that it has found, and that are looked at, too
    """

    differences: tuple[Difference, ...]
    checked: int
    after: str | None
    unread: str = ""
    accounts: tuple[str, ...] = ()


NOTHING: Final = Looked(differences=(), checked=0, after=None)


class RunOutcome(StrEnum):
    """What a run came to; the worst counts."""

    NOTHING = "nothing"
    REPAIRED = "repaired"
    PERSON = "person"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts:
    """How many differences a run has.

    found: all of them, but for those that wait for a person since an earlier run
    repaired: mended by it
    gone: those that were in order before anything was done about them
    person: new ones that a person must look at
    waiting: those that an earlier run has handed to a person already
    left: those that nothing has been done about so far, all of a dry run's among them
    """

    found: int = 0
    repaired: int = 0
    gone: int = 0
    person: int = 0
    waiting: int = 0
    left: int = 0


def outcome_of(counts: RunCounts, parts: Iterable[RunPart]) -> RunOutcome:
    """Of a run that is done; a dry run's differences count as what a person must look at."""
    if any(part.trouble for part in parts):
        return RunOutcome.UNREADABLE
    if counts.person or counts.waiting or counts.left:
        return RunOutcome.PERSON
    return RunOutcome.REPAIRED if counts.repaired else RunOutcome.NOTHING
