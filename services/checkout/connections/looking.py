"""Looks at connections: asks their processors whether the credentials are good, and refreshes them in time (P-2).

No transaction is open while a processor is called. One process at a time looks at a connection, so that one refreshes:
a refresh token may be good once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database
from chassis.telemetry import get_logger
from checkout.connections import look_store, store
from checkout.connections.domain import Connection, ConnectionAction, ConnectionCause
from checkout.connections.errors import ConnectionBusy, ConnectionNotReadable
from checkout.connections.messages import for_audit
from checkout.connections.proving import are_useless
from checkout.connections.results import LookResults
from checkout.connections.sealed import ConnectionSecrets
from checkout.connections.service import Connections, visible
from checkout.connections.timing import refresh_due
from checkout.payments.processors.port import ProcessorFailure, ProcessorRefused
from checkout.processors.accounts import Credentials, ExternalAccount
from checkout.processors.domain import CredentialsRefused
from checkout.processors.port import ExternalProcessor
from events import ConnectionStatus

log = get_logger()

_DEADLINE: Final = timedelta(seconds=20)
# More than the three calls of a look may take.
_LEASE: Final = timedelta(minutes=2)


class RefreshRefused(Exception):  # noqa: N818 names what happened
    """The processor gives no new credentials for the old ones: the account's owner must come again."""


class Superseded(Exception):  # noqa: N818 names what happened
    """The connection was revoked, or has other secrets than those that the look began with."""


@dataclass(slots=True, kw_only=True)
class _Look:
    """A look that is under way: the connection as this process knows it, and with what its processor is asked."""

    connection: Connection
    secrets: ConnectionSecrets
    processor: ExternalProcessor


class ConnectionLooks:
    """Asks processors about connections."""

    def __init__(
        self,
        connections: Connections,
        *,
        database: Database,
        processors: Mapping[str, ExternalProcessor],
        clock: Clock,
    ) -> None:
        self._connections = connections
        self._results = LookResults(connections, clock=clock)
        self._database = database
        self._processors = processors
        self._clock = clock

    async def claim(self, most: int) -> Sequence[Connection]:
        """Those that are due, for this process."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            return await look_store.claim(tx, now=now, until=now + _LEASE, limit=most)

    async def validate(self, connection_id: int, *, scope: int | None, actor: Actor) -> Connection:
        """The connection after a look. Raises UnknownConnection, or ConnectionBusy while somebody looks at it."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            found = await self._connections.locked(tx, connection_id, scope)
            if not await look_store.claim_one(tx, connection_id, now=now, until=now + _LEASE):
                raise ConnectionBusy
        await self.look(found)
        async with self._database.transaction() as tx:
            after = await self._connections.locked(tx, connection_id, scope)
            target = audit.target("connection", connection_id)
            shown = for_audit(after)
            await audit.record(
                tx, ConnectionAction.VALIDATED, actor=actor, target=target, before=for_audit(found), after=shown
            )
        return after

    async def give_back(self, connection_id: int, *, scope: int | None) -> bool:
        """Ends its webhooks, and makes the credentials useless, where the processor lets us and answers.

        Whether the processor refuses them now, so that they are of use to nobody. Raises UnknownConnection.
        """
        found = visible(await store.get(self._database, connection_id), scope)
        processor = self._processors.get(found.processor)
        try:
            secrets = await self._connections.secrets(self._database, found)
        except ConnectionNotReadable as unreadable:
            _not_given_back(found, unreadable)
            return False
        if processor is None:
            return False
        if secrets.credentials is not None:
            await _end(found, processor, secrets.credentials)
        return await are_useless(processor, secrets, deadline=_DEADLINE)

    async def look(self, connection: Connection) -> None:
        """Asks the processor of a claimed connection, and writes down what it says."""
        try:
            secrets = await self._connections.secrets(self._database, connection)
        except ConnectionNotReadable as unreadable:
            await self._silent(connection, unreadable.title)
            return
        processor = self._processors.get(connection.processor)
        if processor is None:
            await self._silent(connection, f"There is no way to {connection.processor} any more.")
            return
        await self._judge(_Look(connection=connection, secrets=secrets, processor=processor))

    async def _judge(self, look: _Look) -> None:
        try:
            account = await self._ask(look)
        except Superseded:
            return
        except RefreshRefused as refused:
            await self._bad(look, ConnectionStatus.EXPIRED, ConnectionCause.REFRESH_FAILED, refused)
        except CredentialsRefused as refused:
            await self._bad(look, ConnectionStatus.ERROR, ConnectionCause.CREDENTIALS_REFUSED, refused)
        except ProcessorRefused as refused:
            await self._bad(look, ConnectionStatus.ERROR, ConnectionCause.REFUSED, refused)
        except ProcessorFailure as failure:
            await self._silent(look.connection, look.secrets.without_secrets(str(failure)))
        else:
            async with self._database.transaction() as tx:
                await self._results.good(tx, look.connection, account)

    async def _ask(self, look: _Look) -> ExternalAccount:
        """The account. What the processor takes no longer is refreshed once, and so is what is due."""
        credentials, due = look.secrets.credentials, refresh_due(look.connection)
        if credentials is None:
            fresh = await look.processor.take_pasted(look.secrets.pasted, deadline=_DEADLINE)
            return await self._account(look, await self._keep(look, fresh))
        if due is not None and due <= self._clock.now():
            return await self._account(look, await self._refreshed(look, credentials))
        try:
            return await self._account(look, credentials)
        except CredentialsRefused:
            if credentials.refresh_token is None:
                raise
            return await self._account(look, await self._refreshed(look, credentials))

    async def _account(self, look: _Look, credentials: Credentials) -> ExternalAccount:
        return await look.processor.read_account(credentials, deadline=_DEADLINE)

    async def _refreshed(self, look: _Look, credentials: Credentials) -> Credentials:
        try:
            fresh = await look.processor.refresh(credentials, deadline=_DEADLINE)
        except ProcessorRefused as refused:
            raise RefreshRefused(str(refused)) from None
        return await self._keep(look, fresh)

    async def _keep(self, look: _Look, fresh: Credentials) -> Credentials:
        """At once: the old ones may be good no longer."""
        look.secrets = replace(look.secrets, credentials=fresh)
        async with self._database.transaction() as tx:
            renewed = await self._results.renewed(tx, look.connection, fresh)
        if renewed is None:
            raise Superseded
        look.connection = renewed
        return fresh

    async def _bad(self, look: _Look, status: ConnectionStatus, cause: ConnectionCause, refused: Exception) -> None:
        reason = look.secrets.without_secrets(str(refused))
        async with self._database.transaction() as tx:
            await self._results.bad(tx, look.connection, status, cause=cause, reason=reason)

    async def _silent(self, connection: Connection, reason: str) -> None:
        async with self._database.transaction() as tx:
            await self._results.silent(tx, connection, reason=reason)


async def _end(connection: Connection, processor: ExternalProcessor, credentials: Credentials) -> None:
    try:
        if connection.webhook_id is not None:
            await processor.remove_webhook(credentials, connection.webhook_id, deadline=_DEADLINE)
    except ProcessorFailure as failure:
        _not_given_back(connection, failure)
    try:
        await processor.revoke(credentials, deadline=_DEADLINE)
    except ProcessorFailure as failure:
        _not_given_back(connection, failure)


def _not_given_back(connection: Connection, failure: Exception) -> None:
    log.warning("connection_not_given_back", connection_id=connection.connection_id, reason=type(failure).__name__)
