"""A dispute at a provider's own processor as we know it, and what of it goes into the ledger. Pure.

News come late, twice and in any order. What a bank has taken, and given back, in all never becomes less; where the
dispute stands, the newest news say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from checkout.processors.domain import DisputeStatus, ExternalDispute
from checkout.transactions.domain import EntryKind, LedgerEntry

# Of news with the same date the one counts that is further on.
_FURTHER: Final = (DisputeStatus.INQUIRY, DisputeStatus.OPEN, DisputeStatus.LOST, DisputeStatus.WON)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDispute:
    """A dispute of a payment. Amounts are minor units of the payment's currency.

    dispute_id: the processor's id of it
    status: where it stands
    code: why, in the processor's word
    amount: what the bank asks for
    taken: what it has taken so far, in all
    returned: what of that came back so far, in all
    opened_at: when it began, by the processor's clock
    changed_at: when it came to stand so, by the same
    """

    dispute_id: str
    status: DisputeStatus
    code: str
    amount: int
    taken: int = 0
    returned: int = 0
    opened_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeChange:
    """A dispute before it was told of, and after; None: nothing was known of it."""

    before: KnownDispute | None
    after: KnownDispute

    @property
    def is_news(self) -> bool:
        """Whether it stands otherwise, or has moved more money."""
        return self.before is None or _stand(self.before) != _stand(self.after)

    @property
    def is_again(self) -> bool:
        """Whether a bank takes the money once more that it had given back."""
        before = self.before
        return before is not None and before.status is DisputeStatus.WON and self.after.taken > before.taken


def told(known: KnownDispute | None, dispute: ExternalDispute) -> DisputeChange:
    """What it is once its processor has told of it."""
    taken = 0 if dispute.status is DisputeStatus.INQUIRY else dispute.amount
    after = KnownDispute(
        dispute_id=dispute.dispute_id,
        status=dispute.status,
        code=dispute.code,
        amount=dispute.amount,
        taken=taken,
        returned=dispute.returned,
        opened_at=dispute.opened_at,
        changed_at=dispute.changed_at,
    )
    if known is None:
        return DisputeChange(before=None, after=after)
    newest = replace(
        max(known, after, key=_age),
        taken=max(known.taken, taken),
        returned=max(known.returned, dispute.returned),
        opened_at=known.opened_at,
    )
    return DisputeChange(before=known, after=newest)


def dispute_entries(change: DisputeChange) -> Iterator[LedgerEntry]:
    """What goes into the ledger: one that was won first took the money, whichever news came."""
    before, after = change.before, change.after
    taken, returned = (before.taken, before.returned) if before else (0, 0)
    if after.taken > taken:
        at = after.changed_at if taken else after.opened_at
        source_id = _source(after, taken, after.taken)
        yield LedgerEntry(kind=EntryKind.DISPUTE, source_id=source_id, amount=taken - after.taken, at=at)
    if after.returned > returned:
        source_id = _source(after, returned, after.returned)
        back = after.returned - returned
        yield LedgerEntry(kind=EntryKind.DISPUTE_WON, source_id=source_id, amount=back, at=after.changed_at)


def _source(dispute: KnownDispute, before: int, total: int) -> str:
    """A dispute's first entry of a kind has its id; those after that are told apart by what they came to in total."""
    return f"{dispute.dispute_id}/{total}" if before else dispute.dispute_id


def _stand(dispute: KnownDispute) -> tuple[DisputeStatus, int, int]:
    return dispute.status, dispute.taken, dispute.returned


def _age(dispute: KnownDispute) -> tuple[datetime, int]:
    return dispute.changed_at, _FURTHER.index(dispute.status)
