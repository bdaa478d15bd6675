"""Writes down what a look at a connection has found. Each takes the transaction, and lets the connection go."""

from __future__ import annotations

from dataclasses import replace

from chassis.clock import Clock
from chassis.database import Transaction
from chassis.telemetry import get_logger
from checkout.connections import look_store, store
from checkout.connections.breaking import Breakers
from checkout.connections.domain import Connection, ConnectionCause
from checkout.connections.service import Connections
from checkout.connections.timing import next_look
from checkout.processors.accounts import Credentials, ExternalAccount
from events import ConnectionStatus

log = get_logger()


class LookResults:
    """What became of connections. A result of secrets that were replaced meanwhile says nothing of the new ones."""

    def __init__(self, connections: Connections, *, clock: Clock) -> None:
        self._connections = connections
        self._breakers = Breakers(clock)
        self._clock = clock

    async def renewed(self, tx: Transaction, seen: Connection, credentials: Credentials) -> Connection | None:
        """New credentials from the processor, kept before anything is done with them; None for an obsolete look."""
        before = await self._still(tx, seen)
        if before is None:
            return None
        secrets = replace(await self._connections.secrets(tx, before), credentials=credentials)
        wanted = replace(
            await self._connections.keep_secrets(tx, before, secrets),
            account_id=credentials.account_id,
            credentials_since=self._clock.now(),
            credentials_expire_at=credentials.expires_at,
        )
        return await self._connections.save(tx, before, wanted, cause=ConnectionCause.VALIDATED)

    async def good(self, tx: Transaction, seen: Connection, account: ExternalAccount) -> None:
        """The processor knows the credentials, and says what the account can do."""
        wanted = replace(
            seen,
            account_id=account.account_id,
            account_name=account.name,
            status=ConnectionStatus.CONNECTED,
            supports_payments=account.can_charge,
            supports_refunds=account.can_refund,
            charges_enabled=account.can_charge,
            details_submitted=account.details_submitted,
            last_error=None,
            failures=0,
        )
        if await self._settle(tx, seen, wanted, cause=ConnectionCause.VALIDATED):
            await self._breakers.answered(tx, seen.connection_id, seen.processor)

    async def bad(
        self, tx: Transaction, seen: Connection, status: ConnectionStatus, *, cause: ConnectionCause, reason: str
    ) -> None:
        """The processor refuses: a person must do something."""
        wanted = replace(seen, status=status, last_error=reason, failures=0)
        if await self._settle(tx, seen, wanted, cause=cause):
            await self._breakers.answered(tx, seen.connection_id, seen.processor)

    async def silent(self, tx: Transaction, seen: Connection, *, reason: str) -> None:
        """The processor does not answer: it is asked again, unless the credentials have ended meanwhile."""
        ends = seen.credentials_expire_at
        over = ends is not None and ends <= self._clock.now()
        status = ConnectionStatus.EXPIRED if over else seen.status
        wanted = replace(seen, status=status, last_error=reason, failures=seen.failures + 1)
        if await self._settle(tx, seen, wanted, cause=ConnectionCause.REFRESH_FAILED):
            await self._breakers.failed(tx, seen.connection_id, seen.processor, reason=reason)

    async def _settle(self, tx: Transaction, seen: Connection, wanted: Connection, *, cause: ConnectionCause) -> bool:
        """False for an obsolete look."""
        before = await self._still(tx, seen)
        if before is None:
            return False
        # What is not the look's business may have changed meanwhile.
        after = replace(
            wanted,
            webhook_url=before.webhook_url,
            has_webhook_secret=before.has_webhook_secret,
            webhook_id=before.webhook_id,
            last_sync_at=before.last_sync_at,
            last_transaction_at=before.last_transaction_at,
            tells_disputes=before.tells_disputes,
        )
        saved = await self._connections.save(tx, before, after, cause=cause)
        if saved.status in {ConnectionStatus.ERROR, ConnectionStatus.EXPIRED}:
            log.warning(
                "connection_failed",
                connection_id=saved.connection_id,
                processor=saved.processor,
                status=saved.status.value,
                cause=cause.value,
                reason=saved.last_error,
            )
        await look_store.plan(tx, saved.connection_id, next_look(saved, self._clock.now()))
        return True

    async def _still(self, tx: Transaction, seen: Connection) -> Connection | None:
        """Its row as it is now, locked; None when it was revoked, or has other secrets."""
        found = await store.get_locked(tx, seen.connection_id)
        if found is not None and found.secrets_version == seen.secrets_version:
            return found
        if found is not None:
            await look_store.plan(tx, seen.connection_id, self._clock.now())
        return None
