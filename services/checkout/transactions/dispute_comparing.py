"""Compares disputes that processors tell of with those that we have, and the other way round (P-6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chassis.database import Database, Reader, Transaction
from checkout.connections.domain import Connection
from checkout.processors.domain import ExternalDispute
from checkout.transactions import dispute_store, store
from checkout.transactions.comparison import TOO_YOUNG, Discrepancy, DiscrepancyKind, PaymentComparison
from checkout.transactions.dispute_store import KeptDispute
from checkout.transactions.disputes import told
from checkout.transactions.domain import KnownBy
from checkout.transactions.service import Transactions


class DisputeComparisons:
    """What differs is for whoever compares to keep and to tell."""

    def __init__(self, transactions: Transactions, *, database: Database) -> None:
        self._transactions = transactions
        self._database = database

    async def ours(self, connection: Connection, run: PaymentComparison) -> Sequence[KeptDispute]:
        """Those that are open here, or have changed meanwhile."""
        return await dispute_store.changed(self._database, connection, since=run.since, until=run.until - TOO_YOUNG)

    async def compared(
        self, tx: Transaction, connection: Connection, theirs: Sequence[ExternalDispute], *, dry_run: bool
    ) -> list[Discrepancy]:
        """What differs of those that their processor has; its word is taken, but for a dry run."""
        unlike = await self._unlike(tx, connection, theirs)
        if dry_run or not unlike:
            return _discrepancies(unlike)
        await self._transactions.record_disputes(tx, connection, unlike, by=KnownBy.SYNC)
        still = await self._unlike(tx, connection, unlike)
        mended = [each for each in unlike if each not in still]
        return _discrepancies(still) + _discrepancies(mended, mended=True)

    @staticmethod
    async def _unlike(
        reader: Reader, connection: Connection, theirs: Sequence[ExternalDispute]
    ) -> list[ExternalDispute]:
        """Those of payments that are money here, as far as they stand otherwise or have moved other money."""
        payments = await store.known(reader, connection, [each.payment_id for each in theirs], archived=True)
        numbers = {name: each.transaction_id for name, each in payments.items() if each.is_money}
        known = {
            (each.payment_id, each.dispute.dispute_id): each.dispute
            for each in await dispute_store.of_transactions(reader, list(numbers.values()))
        }
        return [
            each
            for each in theirs
            if each.payment_id in numbers and told(known.get((each.payment_id, each.dispute_id)), each).is_news
        ]


def is_settled(dispute: ExternalDispute, run: PaymentComparison) -> bool:
    """What has just changed may be told of by a webhook that is on its way."""
    return dispute.changed_at <= run.until - TOO_YOUNG


def unknown_dispute(kept: KeptDispute) -> Discrepancy:
    """One that we have, and its processor doesn't."""
    return Discrepancy(
        payment_id=kept.payment_id,
        kind=DiscrepancyKind.DISPUTE_UNKNOWN,
        transaction_id=kept.transaction_id,
        fields=(_field(kept.dispute.dispute_id),),
    )


def _discrepancies(unlike: Iterable[ExternalDispute], *, mended: bool = False) -> list[Discrepancy]:
    """One a payment."""
    found: dict[str, list[str]] = {}
    for each in unlike:
        found.setdefault(each.payment_id, []).append(_field(each.dispute_id))
    kind = DiscrepancyKind.DISPUTE_DIFFERS
    return [
        Discrepancy(payment_id=payment_id, kind=kind, fields=tuple(fields), mended=mended)
        for payment_id, fields in found.items()
    ]


def _field(dispute_id: str) -> str:
    return f"dispute {dispute_id}"
