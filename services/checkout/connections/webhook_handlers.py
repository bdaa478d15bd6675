"""What a processor's webhooks do to the connection that they came for (P-5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from chassis.database import Transaction
from checkout.connections import store
from checkout.connections.domain import Connection, ConnectionCause
from checkout.connections.results import LookResults
from checkout.connections.webhook_source import ConnectionSource, PaymentNews, concerns
from checkout.processors.news import News, NewsKind
from checkout.processors.port import ExternalProcessor
from checkout.webhooks.domain import Incoming, Outcome
from checkout.webhooks.sources import Registration
from events import ConnectionStatus

# What is done about money that moved at a connection; its row is locked.
Moved = Callable[[Transaction, Connection, PaymentNews], Awaitable[None]]
_ACCESS_ENDED = "The account's owner, or the processor, has ended our access to it."


class ConnectionHandlers:
    """The handler of one processor's webhooks."""

    def __init__(self, processor: ExternalProcessor, results: LookResults, moved: Moved) -> None:
        self._processor = processor
        self._results = results
        self._moved = moved

    async def handle(self, tx: Transaction, incoming: Incoming) -> Outcome:
        """An address may hear of several accounts: what is about another one than its connection's is not ours."""
        connection_id = incoming.stored.connection_id
        found = await store.get_locked(tx, connection_id) if connection_id is not None else None
        news = self._processor.read_news(incoming.stored.payload)
        if found is None or not concerns(found, news):
            return Outcome(ours=False)
        told: PaymentNews | None = incoming.subject["told"]
        if news.kind is NewsKind.ACCESS_REVOKED:
            await self._ended(tx, found, news)
        elif told is not None:
            await self._moved(tx, found, told)
            return Outcome(payment=told.payment.payment_id)
        else:
            return Outcome(known=False)
        return Outcome()

    async def _ended(self, tx: Transaction, found: Connection, news: News) -> None:
        """What was ended before the credentials of now were given says nothing of these."""
        if found.credentials_since is None or news.created_at >= found.credentials_since:
            await self._results.bad(
                tx, found, ConnectionStatus.EXPIRED, cause=ConnectionCause.ACCESS_REVOKED, reason=_ACCESS_ENDED
            )


def registrations(sources: Iterable[ConnectionSource], results: LookResults, moved: Moved) -> list[Registration]:
    """For the worker of all webhooks. `moved`: what is done about payments, refunds and disputes."""
    return [
        Registration(
            source=source,
            handlers={},
            others=ConnectionHandlers(source.processor, results, moved).handle,
            of_connections=True,
        )
        for source in sources
    ]
