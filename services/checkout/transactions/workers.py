"""Reads connected accounts' payments when that is due: each hour, and when somebody asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.due_rows import DueRows
from checkout.transactions.sync import TransactionSync
from checkout.transactions.syncing import TransactionSyncs

_AT_ONCE: Final = 4


class SyncWorker:
    """`due` is kept by the service's background."""

    def __init__(self, syncs: TransactionSyncs, *, poll: timedelta) -> None:
        self.due: DueRows[TransactionSync] = DueRows(
            "reads external payments", claim=syncs.claim, work=syncs.work, at_once=_AT_ONCE, poll=poll
        )
