"""What processors' webhooks say of payments goes into the ledger of external transactions (P-5)."""

from __future__ import annotations

from chassis.database import Transaction
from checkout.connections.domain import Connection
from checkout.connections.webhook_source import PaymentNews
from checkout.transactions.domain import KnownBy, Sighting
from checkout.transactions.service import Transactions


class TransactionHandlers:
    """Hears of a payment, and of what became of it."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def moved(self, tx: Transaction, connection: Connection, told: PaymentNews) -> None:
        """Raises PaymentNotPaid or DisputeInOtherCurrency."""
        sighting, news = Sighting(payment=told.payment, seen_at=told.seen_at), told.news
        recorded = await self._transactions.record_told(tx, connection, [sighting], by=KnownBy.WEBHOOK)
        if recorded and news.dispute is not None:
            await self._transactions.record_dispute(tx, recorded[0].transaction, news.dispute, by=KnownBy.WEBHOOK)
