"""Moves transactions of more than 90 days ago to the archive (P-6); the ledger stays where it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from chassis.telemetry import get_logger
from checkout.connections.service import claim_account
from checkout.transactions import archive_store

log = get_logger()

KEPT: Final = timedelta(days=90)
_AT_ONCE: Final = 1_000


class TransactionArchive:
    """Opens its transactions: a batch of one account each, so that nobody who records something waits for long."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def archive(self) -> int:
        """All that are old enough; how many. What it had moved when it was stopped stays moved."""
        before, moved = self._clock.now() - KEPT, 0
        for provider_id, processor in await archive_store.accounts(self._database, before=before):
            more = True
            while more:
                async with self._database.transaction() as tx:
                    await claim_account(tx, provider_id, processor)
                    found = await archive_store.archive(tx, provider_id, processor, before=before, limit=_AT_ONCE)
                moved, more = moved + found, found == _AT_ONCE
        log.info("transactions_archived", count=moved)
        return moved
