"""What a processor's webhooks do to the connection that they came for (P-5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chassis.database import Transaction
from checkout.connections import store
from checkout.connections.domain import Connection, ConnectionCause
from checkout.connections.results import LookResults
from checkout.connections.webhook_source import ConnectionSource
from checkout.processors.domain import News, NewsKind, PaymentStatus
from checkout.processors.port import ExternalProcessor
from checkout.webhooks.domain import Incoming, Outcome
from checkout.webhooks.sources import Registration
from events import ConnectionStatus

_ACCESS_ENDED = "The account's owner, or the processor, has ended our access to it."


class ConnectionHandlers:
    """The handler of one processor's webhooks."""

    def __init__(self, processor: ExternalProcessor, results: LookResults) -> None:
        self._processor = processor
        self._results = results

    async def handle(self, tx: Transaction, incoming: Incoming) -> Outcome:
        """An address may hear of several accounts: what is about another one than its connection's is not ours."""
        connection_id = incoming.stored.connection_id
        found = await store.get_locked(tx, connection_id) if connection_id is not None else None
        news = self._processor.read_news(incoming.stored.payload)
        if found is None or news.account_id not in {"", found.account_id}:
            return Outcome(ours=False)
        if news.kind is NewsKind.ACCESS_REVOKED:
            await self._ended(tx, found, news)
        elif news.kind is NewsKind.PAYMENT:
            await self._paid(tx, found, news)
        else:
            return Outcome(known=False)
        return Outcome()

    async def _ended(self, tx: Transaction, found: Connection, news: News) -> None:
        """What was ended before the credentials of now were given says nothing of these."""
        if found.credentials_since is None or news.created_at >= found.credentials_since:
            await self._results.bad(
                tx, found, ConnectionStatus.EXPIRED, cause=ConnectionCause.ACCESS_REVOKED, reason=_ACCESS_ENDED
            )

    @staticmethod
    async def _paid(tx: Transaction, found: Connection, news: News) -> None:
        at = transacted_at(news)
        if at is not None:
            await store.note_transaction(tx, found.connection_id, at)


def transacted_at(news: News) -> datetime | None:
    """When the payment was made that it tells of; None for one that is no money. One that it only names counts."""
    if news.payment is None:
        return news.created_at
    return news.payment.created_at if news.payment.status is PaymentStatus.COMPLETED else None


def registrations(processors: Iterable[ExternalProcessor], results: LookResults) -> list[Registration]:
    """For the worker of all webhooks."""
    return [
        Registration(
            source=ConnectionSource(processor),
            handlers={},
            others=ConnectionHandlers(processor, results).handle,
            of_connections=True,
        )
        for processor in processors
    ]
