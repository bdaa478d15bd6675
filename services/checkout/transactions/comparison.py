"""What a processor has of an account's payments beside what we have (P-6). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from chassis.ids import uuid7
from checkout.processors.domain import ExternalPayment, PaymentStatus
from checkout.transactions.domain import ExternalTransaction

# What is younger may be told of by a webhook that is on its way.
TOO_YOUNG: Final = timedelta(minutes=10)
TRIES: Final = 3
WEEK: Final = timedelta(days=7)


class ComparisonAction(StrEnum):
    """What a person does, as the audit names it."""

    STARTED = "external_reconciliation_started"


class DiscrepancyKind(StrEnum):
    """What a comparison finds.

    missing: the processor has it, we don't; differs: both have it, and it is not the same
    unknown: we have it, the processor doesn't; ledger_differs: what we wrote down is not what it comes to
    dispute_differs, dispute_unknown: the same of what a bank took of it
    """

    MISSING = "missing"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    LEDGER_DIFFERS = "ledger_differs"
    DISPUTE_DIFFERS = "dispute_differs"
    DISPUTE_UNKNOWN = "dispute_unknown"

    @property
    def can_be_mended(self) -> bool:
        """Whether taking the processor's word is all that is to be done."""
        return self in {DiscrepancyKind.MISSING, DiscrepancyKind.DIFFERS}


class ComparedState(StrEnum):
    """How far a connection has been compared."""

    DUE = "due"
    READ = "read"
    UNREADABLE = "unreadable"


class ComparisonOutcome(StrEnum):
    """What a comparison came to; the worst counts."""

    NOTHING = "nothing"
    REPAIRED = "repaired"
    PERSON = "person"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """One payment that is not the same on both sides.

    payment_id: the processor's id of it
    kind: what is wrong
    transaction_id: ours; None where we have none
    fields: which of them differ
    mended: whether it agrees since then
    """

    payment_id: str
    kind: DiscrepancyKind
    transaction_id: int | None = None
    fields: tuple[str, ...] = ()
    mended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentComparison:
    """One comparison.

    run_id: its id
    since, until: of payments that changed meanwhile
    provider_id: of this provider only; None: of all
    dry_run: whether nothing is done about what it finds
    started_by: a person, or the job
    started_at: when it was begun
    """

    run_id: UUID
    since: datetime
    until: datetime
    provider_id: int | None
    dry_run: bool
    started_by: str
    started_at: datetime


def comparison(
    now: datetime, *, since: datetime, started_by: str, provider_id: int | None = None, dry_run: bool = False
) -> PaymentComparison:
    """A new one, of what changed up to now."""
    return PaymentComparison(
        run_id=uuid7(),
        since=since,
        until=now,
        provider_id=provider_id,
        dry_run=dry_run,
        started_by=started_by,
        started_at=now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonPart:
    """A connection of a comparison.

    run_id, connection_id: of which, and which
    state: whether it has been compared
    theirs, ours: how many payments were looked at from either side
    tries: how often it could not be read
    trouble: why
    """

    run_id: UUID
    connection_id: int
    state: ComparedState = ComparedState.DUE
    theirs: int = 0
    ours: int = 0
    tries: int = 0
    trouble: str = ""


def discrepancies(
    theirs: ExternalPayment, ours: ExternalTransaction | None, ledger: int | None
) -> Iterator[Discrepancy]:
    """`ledger`: what our entries come to without what banks took, minor units; None: there are none."""
    if ours is None:
        yield Discrepancy(payment_id=theirs.payment_id, kind=DiscrepancyKind.MISSING)
        return
    number = ours.transaction_id
    if fields := tuple(_different(theirs, ours)):
        kind = DiscrepancyKind.DIFFERS
        yield Discrepancy(payment_id=theirs.payment_id, kind=kind, transaction_id=number, fields=fields)
    if (ledger or 0) != (ours.amount - ours.refunded if ours.is_money else 0):
        kind = DiscrepancyKind.LEDGER_DIFFERS
        yield Discrepancy(payment_id=theirs.payment_id, kind=kind, transaction_id=number, fields=("ledger",))


def _different(theirs: ExternalPayment, ours: ExternalTransaction) -> Iterator[str]:
    if theirs.status is not ours.state:
        yield "state"
    for field in ("amount", "refunded", "currency"):
        if getattr(theirs, field) != getattr(ours, field):
            yield field
    if theirs.fee is not None and theirs.fee != ours.fee:
        yield "fee"


def agrees(theirs: ExternalPayment, ours: ExternalTransaction) -> bool:
    """Whether both are the same by now, or ours is newer than what was listed."""
    return ours.changed_at > theirs.updated_at or not any(_different(theirs, ours))


def is_judged(payment: ExternalPayment, *, until: datetime) -> bool:
    """What has just changed may be on its way."""
    return payment.updated_at <= until - TOO_YOUNG


def is_missed(payment: ExternalPayment) -> bool:
    """Whether it must be here: what was not paid moved no money."""
    return payment.status is PaymentStatus.COMPLETED


def outcome_of(parts: Iterable[ComparisonPart], found: Iterable[Discrepancy]) -> ComparisonOutcome:
    """Of one that is done; what a dry run finds is a person's."""
    mended = [each.mended for each in found]
    if any(part.state is ComparedState.UNREADABLE for part in parts):
        return ComparisonOutcome.UNREADABLE
    if not all(mended):
        return ComparisonOutcome.PERSON
    return ComparisonOutcome.REPAIRED if mended else ComparisonOutcome.NOTHING
