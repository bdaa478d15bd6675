"""Reads connected accounts' payments each hour and when somebody asks, and goes on with comparisons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chassis.due_rows import DueLoop, DueRows
from checkout.transactions.archive import TransactionArchive
from checkout.transactions.comparing import Comparisons
from checkout.transactions.comparison import ComparisonPart
from checkout.transactions.sync import TransactionSync
from checkout.transactions.syncing import TransactionSyncs

_AT_ONCE: Final = 4


class ComparisonWorker:
    """Compares connections when a comparison waits for them; `due` is kept by the service's background."""

    def __init__(self, comparisons: Comparisons, *, poll: timedelta) -> None:
        self.due: DueRows[ComparisonPart] = DueRows(
            "compares external payments", claim=comparisons.claim, work=comparisons.work, at_once=_AT_ONCE, poll=poll
        )


class SyncWorker:
    """`due` is kept by the service's background."""

    def __init__(self, syncs: TransactionSyncs, *, poll: timedelta) -> None:
        self.due: DueRows[TransactionSync] = DueRows(
            "reads external payments", claim=syncs.claim, work=syncs.work, at_once=_AT_ONCE, poll=poll
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionWork:
    """What is done about external transactions in the background.

    sync: reads them at the processors
    comparisons: compare them with what is here
    archive: keeps what is old
    """

    sync: SyncWorker
    comparisons: ComparisonWorker
    archive: TransactionArchive

    @property
    def loops(self) -> tuple[DueLoop, ...]:
        """What the service's background keeps."""
        return self.sync.due, self.comparisons.due
