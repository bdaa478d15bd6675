"""Asks our own account's processor what went back of payments of appointments, outside of any transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.crashpoints import crashpoint
from chassis.database import Database, Transaction
from chassis.due_rows import DueRows
from chassis.telemetry import get_logger
from checkout.payments.processors.port import ProcessorFailure
from checkout.processors.stripe_backs import StripeBacks
from checkout.wayrefunds import platform_store
from checkout.wayrefunds.domain import ask_again_after
from checkout.wayrefunds.platform import PlatformBacks
from checkout.wayrefunds.platform_store import DueLook

log = get_logger()

_AT_ONCE: Final = 4
_LEASE: Final = timedelta(seconds=90)
_DEADLINE: Final = timedelta(seconds=20)


class PlatformLooks:
    """`due` is kept by the service's background; a process that dies leaves the row to others."""

    def __init__(self, backs: PlatformBacks, *, lists: StripeBacks, database: Database, poll: timedelta) -> None:
        self._backs = backs
        self._lists = lists
        self._database = database
        self.due: DueRows[DueLook] = DueRows(
            "money back of appointments", claim=self.claim, work=self.look, at_once=_AT_ONCE, poll=poll
        )

    async def make_due(self, tx: Transaction, processor: str, payment_id: str) -> bool:
        """The lists of a payment are asked for at once; False where it paid for no appointment."""
        ours = await self._backs.make_due(tx, processor, payment_id)
        if ours:
            tx.after_commit(self.due.wake)
        return ours

    async def claim(self, most: int) -> Sequence[DueLook]:
        """Those that somebody has to ask about, for this process."""
        async with self._database.transaction() as tx:
            return await platform_store.claim_due(tx, limit=most, lease=_LEASE)

    async def look(self, due: DueLook) -> None:
        """Asks about one that was claimed; where there is no answer, again later."""
        try:
            back = await self._lists.of_payment(due.payment_id, deadline=_DEADLINE)
        except ProcessorFailure as failure:
            log.info("money_back_unread", payment=due.payment_id, reason=str(failure))
            async with self._database.transaction() as tx:
                await platform_store.looked(tx, due, again_in=ask_again_after(due.looks))
            return
        crashpoint("checkout.after_money_back_read")
        async with self._database.transaction() as tx:
            await self._backs.looked(tx, due, back)
