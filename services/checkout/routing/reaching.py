"""The processor of each way, and what it is called with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chassis.database import Reader
from checkout.connections import store as connections_store
from checkout.connections.errors import ConnectionNotReadable
from checkout.connections.sealed import ConnectionSecrets
from checkout.connections.service import Connections
from checkout.processors.accounts import Credentials
from checkout.processors.port import ExternalProcessor
from checkout.routing.domain import Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Who takes the money of a way.

    processor: the way to it
    credentials: with which it is called
    secrets: the connection's; None for the platform's own account
    """

    processor: ExternalProcessor
    credentials: Credentials
    secrets: ConnectionSecrets | None

    @property
    def keeps_commission(self) -> bool:
        """Whether it can keep our commission back: only where the account's owner has permitted us."""
        permitted = self.secrets is not None and self.credentials.refresh_token is not None
        return permitted and self.processor.abilities.commission_at_source

    def said(self, failure: Exception) -> str:
        """What it has said, without any secret."""
        return self.secrets.without_secrets(str(failure)) if self.secrets else str(failure)


class WayProcessors:
    """Those of the providers' connections, and the platform's own account."""

    def __init__(
        self, connections: Connections, *, processors: Mapping[str, ExternalProcessor], own: Credentials
    ) -> None:
        self._connections = connections
        self._processors = processors
        self._own = own

    async def reach(self, reader: Reader, way: Way) -> Reached:
        """Raises ConnectionNotReadable where there are no credentials, or no way to the processor any more."""
        processor = self._processors.get(way.processor)
        if processor is None:
            raise ConnectionNotReadable
        if way.connection_id is None:
            return Reached(processor=processor, credentials=self._own, secrets=None)
        connection = await connections_store.get(reader, way.connection_id)
        if connection is None:
            raise ConnectionNotReadable
        secrets = await self._connections.secrets(reader, connection)
        if secrets.credentials is None:
            raise ConnectionNotReadable
        return Reached(processor=processor, credentials=secrets.credentials, secrets=secrets)
