"""A processor's webhooks about providers' connections: as they are stored, shown, put in line and completed (P-5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from chassis.clock import Clock
from chassis.database import Database
from chassis.signatures import SignatureInvalid
from checkout.connections import store
from checkout.connections.domain import Connection
from checkout.connections.errors import PaymentNotTold
from checkout.connections.payments import ConnectionPayments
from checkout.payments.processors.port import ProcessorFailure
from checkout.processors.domain import ExternalPayment
from checkout.processors.news import News, NewsKind
from checkout.processors.port import ExternalProcessor
from checkout.webhooks.domain import RawWebhook, StoredWebhook

# Nothing that a database or a log line could stumble over.
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_OF_PAYMENTS: Final = frozenset({NewsKind.PAYMENT, NewsKind.REFUND, NewsKind.DISPUTE})


def raw_webhook(connection: Connection, news: News, payload: bytes, *, live_mode: bool) -> RawWebhook:
    """What was verified, as it is stored. Raises SignatureInvalid for what is signed and yet no event.

    Whoever signs for one connection must not stand in the way of another's: the number goes before the event's id.
    """
    account = news.account_id or None
    named = (news.event_id, news.type, *([account] if account is not None else ()))
    if not all(_is_plain(name) for name in named) or news.created_at.tzinfo is None:
        raise SignatureInvalid("The body is not an event.")
    event_id = f"{connection.connection_id}.{news.event_id}"
    return RawWebhook(
        processor=connection.processor,
        event_id=event_id,
        occasion=event_id,
        type=news.type,
        thin=names_payment(news),
        live_mode=live_mode,
        payload=payload,
        created_at=news.created_at,
        account=account,
        connection_id=connection.connection_id,
    )


@dataclass(frozen=True, slots=True)
class PaymentNews:
    """News of a payment, its refund or its dispute; the payment as it stood when that was said, or asked for."""

    news: News
    payment: ExternalPayment
    seen_at: datetime


class ConnectionSource:
    """One processor, at which providers have accounts."""

    def __init__(
        self, processor: ExternalProcessor, payments: ConnectionPayments, *, database: Database, clock: Clock
    ) -> None:
        self.processor = processor
        self._payments = payments
        self._database = database
        self._clock = clock
        self.name = processor.name

    def subject_of(self, webhook: StoredWebhook) -> Mapping[str, Any] | None:
        """The connection, and the payment where all of it is there; the handler reads the payload for the rest."""
        news = self.processor.read_news(webhook.payload)
        if names_payment(news):
            return None
        told = PaymentNews(news, news.payment, news.created_at) if news.payment else None
        return {"connection": webhook.connection_id, "told": told}

    async def fetch_subject(self, webhook: StoredWebhook) -> Mapping[str, Any]:
        """The same with the payment as the processor has it now."""
        news = self.processor.read_news(webhook.payload)
        found = await store.get(self._database, webhook.connection_id) if webhook.connection_id is not None else None
        told = await self._asked(found, news) if found is not None and concerns(found, news) else None
        return {"connection": webhook.connection_id, "told": told}

    async def _asked(self, connection: Connection, news: News) -> PaymentNews:
        asked_at = self._clock.now()
        try:
            payment = await self._payments.read(connection, news.payment_id or "")
            if news.kind is NewsKind.DISPUTE and news.dispute is None:
                dispute = await self._payments.read_dispute(connection, news.subject_id or "")
                news = replace(news, dispute=dispute)
        except ProcessorFailure as failure:
            cause = type(failure).__name__
            raise PaymentNotTold(f"{connection.processor} does not tell of the payment: {cause}") from None
        return PaymentNews(news, payment, asked_at)

    def line_of(self, subject: Mapping[str, Any]) -> str:
        """Connections in the order of their numbers."""
        return f"connection/{subject['connection']:019}"

    def shown(self, payload: bytes) -> Any:
        """The envelope, and what it says of money; nothing of persons."""
        news = self.processor.read_news(payload)
        return {
            "id": news.event_id,
            "type": news.type,
            "kind": news.kind.value,
            "account": news.account_id,
            "created": news.created_at.isoformat(),
            "subject": news.subject_id,
            "payment": news.payment_id,
            "amounts": _amounts(news),
        }


def names_payment(news: News) -> bool:
    """Whether it is about a payment that it doesn't have all of."""
    return news.payment is None and news.payment_id is not None and news.kind in _OF_PAYMENTS


def concerns(connection: Connection, news: News) -> bool:
    """Whether it is about the connection's account: an address may hear of several."""
    return news.account_id in {"", connection.account_id}


def _amounts(news: News) -> Mapping[str, Any] | None:
    found = news.refund or news.payment
    return {"status": found.status.value, "amount": found.amount, "currency": found.currency} if found else None


def _is_plain(name: object) -> bool:
    return isinstance(name, str) and _PLAIN.fullmatch(name) is not None
