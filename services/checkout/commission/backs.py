"""What went back of commission that was collected, as the processor has it, and what follows from that (P-7). Pure.

refund:       done ──► failed
dispute:      inquiry ──► open ──► won | lost
credit_note:  issued ──► void
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from checkout.processors.backs import WentBack
from checkout.processors.domain import RefundStatus


class BackKind(StrEnum):
    """By what it went back."""

    REFUND = "refund"
    DISPUTE = "dispute"
    CREDIT_NOTE = "credit_note"


class BackStatus(StrEnum):
    """Where that stands."""

    DONE = "done"
    FAILED = "failed"
    INQUIRY = "inquiry"
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    ISSUED = "issued"
    VOID = "void"


# Nothing goes to what stands before it, whichever news come late.
_RANKS: Final = MappingProxyType(
    {
        BackStatus.INQUIRY: 0,
        BackStatus.DONE: 1,
        BackStatus.OPEN: 1,
        BackStatus.ISSUED: 1,
        BackStatus.FAILED: 2,
        BackStatus.WON: 2,
        BackStatus.LOST: 2,
        BackStatus.VOID: 2,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionBack:
    """A refund, a dispute or a credit note. Amounts are minor units of the collection's currency.

    kind, source_id: which, by the processor's id of it
    status: where it stands
    amount: how much it is about
    outside: what of a credit note went back elsewhere
    at: when it was made, by the processor's clock
    """

    kind: BackKind
    source_id: str
    status: BackStatus
    amount: int
    outside: int = 0
    at: datetime

    @property
    def returned(self) -> int:
        """What is not ours any more by it. A refund that a credit note makes is one of its own."""
        if self.status is BackStatus.ISSUED:
            return self.outside
        return self.amount if self.status in {BackStatus.DONE, BackStatus.LOST} else 0

    @property
    def forgiven(self) -> int:
        """What is not owed any more by it."""
        return self.amount if self.status is BackStatus.ISSUED else 0

    @property
    def disputed(self) -> int:
        """What a bank holds until it has decided."""
        return self.amount if self.status is BackStatus.OPEN else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BackSums:
    """All of a collection."""

    returned: int
    forgiven: int
    disputed: int

    @classmethod
    def of(cls, backs: Iterable[CollectionBack]) -> BackSums:
        found = list(backs)
        return cls(
            returned=sum(each.returned for each in found),
            forgiven=sum(each.forgiven for each in found),
            disputed=sum(each.disputed for each in found),
        )


def news(known: Sequence[CollectionBack], told: Iterable[CollectionBack]) -> list[CollectionBack]:
    """Those that are not known, or stand further on."""
    before = {(each.kind, each.source_id): each for each in known}

    def is_news(each: CollectionBack) -> bool:
        found = before.get((each.kind, each.source_id))
        return found is None or _RANKS[each.status] > _RANKS[found.status]

    return [each for each in told if is_news(each)]


def backs_of(went: WentBack) -> Iterator[CollectionBack]:
    """What a payment's lists have."""
    for listed in went.refunds:
        failed = listed.refund.status is RefundStatus.FAILED
        yield CollectionBack(
            kind=BackKind.REFUND,
            source_id=listed.refund.refund_id,
            status=BackStatus.FAILED if failed else BackStatus.DONE,
            amount=listed.refund.amount,
            at=listed.made_at,
        )
    for dispute in went.disputes:
        yield CollectionBack(
            kind=BackKind.DISPUTE,
            source_id=dispute.dispute_id,
            status=BackStatus(dispute.status.value),
            amount=dispute.amount,
            at=dispute.opened_at,
        )
