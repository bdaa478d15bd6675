"""Differences about money that went back, or came of nothing we know: orders follow it, as by its webhooks."""

from __future__ import annotations

from contextlib import suppress

from chassis.database import Database
from checkout.payments.afterwards import Afterwards
from checkout.payments.domain import Dispute
from checkout.payments.errors import RefundUnderWay
from checkout.payments.processors.port import Refunded
from checkout.reconciliation import ours_store
from checkout.reconciliation.accounts import Accounts
from checkout.reconciliation.comparing import of_dispute, of_refunds
from checkout.reconciliation.detectors.detector import DEADLINE
from checkout.reconciliation.domain import REPAIRED, Difference, Settlement, persons
from checkout.reconciliation.repairs.repair import FOUND
from events import DifferenceKind


class RefundRepair:
    """By what has been given back of the payment until now."""

    def __init__(self, *, database: Database, accounts: Accounts, afterwards: Afterwards) -> None:
        self._database = database
        self._accounts = accounts
        self._afterwards = afterwards

    async def see(self, difference: Difference) -> Refunded | None:
        if difference.kind is DifferenceKind.MONEY_UNKNOWN:
            return None
        return await self._accounts.processor(difference.account).refunds_of(difference.subject, deadline=DEADLINE)

    async def look(self, difference: Difference, seen: Refunded | None) -> Difference | None:
        known = await ours_store.payments(self._database, difference.account, [difference.subject])
        if difference.kind is DifferenceKind.MONEY_UNKNOWN:
            return None if difference.subject in known else difference
        if seen is None or difference.subject not in known:
            return None
        return of_refunds(difference.account, difference.subject, seen.charge.refunded, known[difference.subject])

    async def mend(self, difference: Difference, seen: Refunded | None) -> Settlement:
        if difference.kind is DifferenceKind.MONEY_UNKNOWN:
            return persons(
                "It carries our marks and belongs to no payment page: look at the processor's dashboard whose it is",
                "fullhouse webhooks list --since 7d",
            )
        with suppress(RefundUnderWay):
            await self._follow(seen)
        if await self.look(difference, seen) is None:
            return REPAIRED
        return persons("The order did not follow its refunds", f"fullhouse orders show {difference.order_id}")

    async def _follow(self, refunded: Refunded | None) -> None:
        if refunded is None:
            return
        async with self._database.transaction() as tx:
            for refund in refunded.refunds:
                await self._afterwards.refund_changed(tx, refund, FOUND)
            await self._afterwards.refunded(tx, refunded.charge, FOUND)


class DisputeRepair:
    """By the dispute as it is now."""

    def __init__(self, *, database: Database, accounts: Accounts, afterwards: Afterwards) -> None:
        self._database = database
        self._accounts = accounts
        self._afterwards = afterwards

    async def see(self, difference: Difference) -> Dispute:
        return await self._accounts.processor(difference.account).read_dispute(difference.subject, deadline=DEADLINE)

    async def look(self, difference: Difference, seen: Dispute) -> Difference | None:
        known = await ours_store.payments(self._database, difference.account, {seen.payment_intent or ""})
        noted = await ours_store.disputes(self._database, difference.account, [seen.dispute_id])
        return of_dispute(difference.account, seen, known.get(seen.payment_intent or ""), noted=bool(noted))

    async def mend(self, difference: Difference, seen: Dispute) -> Settlement:
        async with self._database.transaction() as tx:
            await self._afterwards.disputed(tx, seen, FOUND)
            if seen.won is not None:
                await self._afterwards.dispute_closed(tx, seen, FOUND, won=seen.won)
        if await self.look(difference, seen) is None:
            return REPAIRED
        return persons("The order did not follow its dispute", f"fullhouse orders show {difference.order_id}")
