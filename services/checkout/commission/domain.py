"""Where a collection stands, which account it can be taken of, and what becomes of that (P-7). Pure.

Amounts are minor units of their currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from chassis.backoff import doubled

# How long a collection may be under way until somebody is told.
STUCK_AFTER: Final = timedelta(hours=2)
_FIRST_PAUSE: Final = timedelta(seconds=1)
_LONGEST_PAUSE: Final = timedelta(minutes=5)


class CollectionAction(StrEnum):
    """What a person does about collections, as the audit names it."""

    MADE = "collections_made"
    RETRIED = "collection_retried"
    VERIFIED = "collection_verified"
    RECALCULATED = "collection_recalculated"


class CollectionState(StrEnum):
    """Where a collection stands.

    pending ──► processing ──► completed
       ▲             └───────► failed
       └── retry ────────────────┘
    """

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class CollectionWay(StrEnum):
    """How a collection is taken."""

    DEBIT = "debit"
    INVOICE = "invoice"


class CollectionBlock(StrEnum):
    """Why the provider's account is not debited: it can't be charged."""

    NO_ACCOUNT = "no_account"
    NO_ACCESS = "no_access"
    CHARGES_DISABLED = "charges_disabled"
    DETAILS_MISSING = "details_missing"
    NOT_DEBITABLE = "not_debitable"
    CURRENCY_DIFFERS = "currency_differs"


class CorrectionCause(StrEnum):
    """Why the next collection takes more, or less."""

    RECALCULATED = "recalculated"
    COLLECTED = "collected"
    CARRIED = "carried"
    RESTORED = "restored"
    RETURNED = "returned"
    FORGIVEN = "forgiven"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """The commission of some entries of a provider, to be collected once.

    collection_id: its number among all
    provider_id, currency: whose, and in what
    number: its number among the provider's in this currency
    mark: of this installation, whatever it is called by now
    period_from, period_to: when the first of its entries happened, and before when all did
    transactions: of how many external transactions
    volume: what was paid less what went back
    commission: the platform's share of that
    at_source: what of it processors kept back
    correction: debits and credits of collections before
    carried: what of it is left to the next one
    amount: what is collected
    state: where it stands
    blocked_by: why the account is not debited; None when nothing is known against it
    failed_cause, failed_reason: why it failed, as a code and as a sentence
    way: how it is taken; None until it is started
    account_id: which account at Stripe is debited
    charge_id: Stripe's id of the debit
    invoice_id, invoice_number, invoice_url: Stripe's, of the invoice that is open for it, or was the last time
    payable_until: by when that is to be paid
    collected: what it took
    tries: how often it was claimed
    key_number: counts the keys under which Stripe was asked
    version: grows with each change of its state
    created_at, processing_since, settled_at: when it came to stand so
    returned: what of that went back by refunds and lost disputes; the next one takes it
    forgiven: what credit notes say is not owed any more
    disputed: what a bank holds until it has decided
    """

    collection_id: int
    provider_id: int
    currency: str
    number: int
    mark: str
    period_from: datetime
    period_to: datetime
    transactions: int
    volume: int
    commission: int
    at_source: int
    correction: int
    carried: int
    amount: int
    state: CollectionState
    blocked_by: CollectionBlock | None
    failed_cause: str | None
    failed_reason: str | None
    way: CollectionWay | None
    account_id: str | None
    charge_id: str | None
    invoice_id: str | None
    invoice_number: str | None
    invoice_url: str | None
    payable_until: datetime | None
    collected: int | None
    tries: int
    key_number: int
    version: int
    created_at: datetime
    processing_since: datetime | None
    settled_at: datetime | None
    returned: int = 0
    forgiven: int = 0
    disputed: int = 0

    @property
    def owed(self) -> int:
        """What its own entries came to when it was made."""
        return self.commission - self.at_source

    def stuck(self, now: datetime) -> bool:
        """Whether it is under way for too long; one whose invoice may still be paid is not."""
        since = self.payable_until or self.processing_since
        return self.state is CollectionState.PROCESSING and since is not None and now - since > STUCK_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class DebitableAccount:
    """A provider's account as Stripe has it now.

    charges_enabled: whether it may take payments
    details_submitted: whether its owner has told Stripe all it asks for
    liable: whether the platform answers for its losses; only such accounts can be debited
    currency: its own, ISO 4217, upper case
    """

    charges_enabled: bool
    details_submitted: bool
    liable: bool
    currency: str

    def block(self, currency: str) -> CollectionBlock | None:
        """Why it can't be debited in a currency; None when it can."""
        if not self.details_submitted:
            return CollectionBlock.DETAILS_MISSING
        if not self.charges_enabled:
            return CollectionBlock.CHARGES_DISABLED
        if not self.liable:
            return CollectionBlock.NOT_DEBITABLE
        return CollectionBlock.CURRENCY_DIFFERS if self.currency != currency else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Money that has come for a collection.

    amount: how much
    at: when, by Stripe's clock
    charge_id: Stripe's id of the debit that brought it
    """

    amount: int
    at: datetime
    charge_id: str | None = None


class DebitStatus(StrEnum):
    """What became of a debit."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Debit:
    """Money that Stripe moved from a provider's account to ours, or tried to.

    charge_id: Stripe's id of it
    status: what became of it
    amount: how much
    cause, reason: why it failed, as a code and as a sentence; empty when it has not
    made_at: when, by Stripe's clock
    """

    charge_id: str
    status: DebitStatus
    amount: int
    cause: str = ""
    reason: str = ""
    made_at: datetime

    @property
    def received(self) -> Received:
        """What came of it, once it has succeeded."""
        return Received(amount=self.amount, at=self.made_at, charge_id=self.charge_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a collection comes to when it is summed up again.

    missing: its transactions that are not there
    stored, recalculated: what its entries came to when it was made, and what they come to now
    corrected: what later collections take of the difference already
    """

    missing: tuple[int, ...]
    stored: int
    recalculated: int
    corrected: int

    @property
    def difference(self) -> int:
        """What nobody takes yet."""
        return self.recalculated - self.stored - self.corrected

    @property
    def holds(self) -> bool:
        """Whether all is there, and the amount is right."""
        return not self.missing and self.difference == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSums:
    """All collections of a currency in one state.

    collections: how many
    amount: what they are to take in all
    collected: what they took, less what went back
    """

    currency: str
    state: CollectionState
    collections: int
    amount: int
    collected: int


def pause_after(tries: int) -> timedelta:
    """How long a collection rests after a call that brought no decision: 2 s, doubling, 5 min at most."""
    return doubled(_FIRST_PAUSE, tries, longest=_LONGEST_PAUSE)
