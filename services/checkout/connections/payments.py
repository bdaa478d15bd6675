"""Asks processors about payments that connections took, outside any transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from chassis.database import Database
from checkout.connections.domain import Connection
from checkout.connections.errors import ConnectionNotReadable
from checkout.connections.sealed import ConnectionSecrets
from checkout.connections.service import Connections
from checkout.payments.processors.port import ProcessorFailed, ProcessorRefused
from checkout.processors.accounts import Credentials
from checkout.processors.domain import CredentialsRefused, ExternalDispute, ExternalPayment
from checkout.processors.port import ExternalProcessor

# Less than a webhook's lease.
_DEADLINE: Final = timedelta(seconds=6)
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class OpenedConnection:
    """A connection, with what its processor is asked with."""

    connection: Connection
    secrets: ConnectionSecrets
    credentials: Credentials
    processor: ExternalProcessor

    async def find_payment(self, payment_id: str, *, deadline: timedelta) -> ExternalPayment | None:
        """A payment as it is now; None where its processor does not tell of it. Raises ProcessorFailure."""
        return await _told(self.processor.read_payment(self.credentials, payment_id, deadline=deadline))

    async def find_dispute(self, dispute_id: str, *, deadline: timedelta) -> ExternalDispute | None:
        """A dispute as it is now; None where its processor does not tell of it. Raises ProcessorFailure."""
        return await _told(self.processor.read_dispute(self.credentials, dispute_id, deadline=deadline))


async def _told(look: Awaitable[Found]) -> Found | None:
    try:
        return await look
    except CredentialsRefused:
        raise
    except ProcessorRefused:
        return None


class ConnectionPayments:
    """Raises ProcessorFailure, also for a connection whose credentials can't be had."""

    def __init__(
        self, connections: Connections, *, database: Database, processors: Mapping[str, ExternalProcessor]
    ) -> None:
        self._connections = connections
        self._database = database
        self._processors = processors

    async def opened(self, connection: Connection) -> OpenedConnection:
        """The connection with its credentials."""
        try:
            secrets = await self._connections.secrets(self._database, connection)
        except ConnectionNotReadable as unreadable:
            raise ProcessorFailed(unreadable.title) from None
        processor = self._processors.get(connection.processor)
        if secrets.credentials is None or processor is None:
            raise ProcessorFailed("The connection has no credentials yet, or there is no way to its processor.")
        return OpenedConnection(connection, secrets, secrets.credentials, processor)

    async def read(self, connection: Connection, payment_id: str) -> ExternalPayment:
        """A payment as its processor has it now."""
        opened = await self.opened(connection)
        return await opened.processor.read_payment(opened.credentials, payment_id, deadline=_DEADLINE)

    async def read_dispute(self, connection: Connection, dispute_id: str) -> ExternalDispute:
        """A dispute as its processor has it now."""
        opened = await self.opened(connection)
        return await opened.processor.read_dispute(opened.credentials, dispute_id, deadline=_DEADLINE)
