"""Believes a webhook that a connection's processor has signed with the connection's secret (P-5)."""

from __future__ import annotations

from collections.abc import Mapping

from chassis.clock import Clock
from chassis.database import Database
from checkout.connections import store
from checkout.connections.domain import Connection
from checkout.connections.errors import UnknownConnection
from checkout.connections.service import Connections
from checkout.connections.webhook_source import raw_webhook
from checkout.processors.news import WebhookRequest
from checkout.processors.port import ExternalProcessor
from checkout.webhooks.domain import RawWebhook


class ConnectionDoor:
    """Where processors send what is about providers' connections."""

    def __init__(
        self,
        connections: Connections,
        *,
        database: Database,
        processors: Mapping[str, ExternalProcessor],
        live_mode: bool,
        clock: Clock,
    ) -> None:
        self._connections = connections
        self._database = database
        self._processors = processors
        self._live_mode = live_mode
        self._clock = clock

    async def accept(
        self, processor: str, connection_id: int, payload: bytes, headers: Mapping[str, str]
    ) -> RawWebhook:
        """The webhook in a request; header names are lower case.

        Raises UnknownConnection, SignatureMissing or SignatureInvalid, and ConnectionNotReadable or Unavailable when it
        can't be told: then the processor sends it again.
        """
        found = await self._connection(processor, connection_id)
        secret = (await self._connections.secrets(self._database, found)).webhook_secret
        request = WebhookRequest(payload=payload, headers=headers, url=found.webhook_url or "")
        news = await self._processors[processor].verify_webhook(
            request, [secret] if secret else [], now=self._clock.now()
        )
        return raw_webhook(found, news, payload, live_mode=self._live_mode)

    async def _connection(self, processor: str, connection_id: int) -> Connection:
        found = await store.get(self._database, connection_id)
        if found is None or found.processor != processor or processor not in self._processors:
            raise UnknownConnection
        return found
