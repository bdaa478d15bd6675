"""A processor's webhooks about providers' connections: as they are stored, shown, and put in line (P-5). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from chassis.signatures import SignatureInvalid
from checkout.connections.domain import Connection
from checkout.processors.domain import News
from checkout.processors.port import ExternalProcessor
from checkout.webhooks.domain import RawWebhook, StoredWebhook

# Nothing that a database or a log line could stumble over.
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.-]{1,200}")


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
        thin=False,
        live_mode=live_mode,
        payload=payload,
        created_at=news.created_at,
        account=account,
        connection_id=connection.connection_id,
    )


class ConnectionSource:
    """One processor, at which providers have accounts."""

    def __init__(self, processor: ExternalProcessor) -> None:
        self._processor = processor
        self.name = processor.name

    def subject_of(self, webhook: StoredWebhook) -> Mapping[str, Any]:
        """The connection: what it tells, the handler reads of the payload."""
        return {"connection": webhook.connection_id}

    async def fetch_subject(self, webhook: StoredWebhook) -> Mapping[str, Any]:
        return self.subject_of(webhook)

    def line_of(self, subject: Mapping[str, Any]) -> str:
        """Connections in the order of their numbers."""
        return f"connection/{subject['connection']:019}"

    def shown(self, payload: bytes) -> Any:
        """The envelope, and what it says of money; nothing of persons."""
        news = self._processor.read_news(payload)
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


def _amounts(news: News) -> Mapping[str, Any] | None:
    found = news.refund or news.payment
    return {"status": found.status.value, "amount": found.amount, "currency": found.currency} if found else None


def _is_plain(name: object) -> bool:
    return isinstance(name, str) and _PLAIN.fullmatch(name) is not None
