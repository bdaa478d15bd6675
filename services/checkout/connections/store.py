"""All SQL on connections."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from chassis.database import Reader, Row, Transaction
from chassis.encryption import Sealed
from checkout.connections.domain import Connection
from events import ConnectionStatus

CONNECTION: Final = """connection_id, provider_id, processor, account_id, account_name, status, status_since,
    supports_payments, supports_refunds, charges_enabled, details_submitted, credentials_since,
    credentials_expire_at, secrets_version, webhook_url, has_webhook_secret, webhook_id, last_sync_at,
    last_transaction_at, tells_disputes, last_error, failures, version, created_at"""
_REVOKED: Final = ConnectionStatus.REVOKED.value


async def next_id(tx: Transaction) -> int:
    """The number of a connection that is going to be made: its secrets are bound to it."""
    found: int = await tx.fetchval("SELECT nextval(pg_get_serial_sequence('processor_connections', 'connection_id'))")
    return found


async def add(tx: Transaction, connection: Connection, sealed: Sealed) -> bool:
    """Whether it was added: a provider has one to each processor."""
    added = await tx.fetchval(
        """
        INSERT INTO processor_connections (connection_id, provider_id, processor, account_id, account_name, status,
            status_since, supports_payments, supports_refunds, charges_enabled, details_submitted,
            credentials_expire_at, webhook_url, has_webhook_secret, version, created_at, key_id, data_key, secrets,
            credentials_since)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        ON CONFLICT DO NOTHING RETURNING true
        """,
        connection.connection_id,
        connection.provider_id,
        connection.processor,
        connection.account_id,
        connection.account_name,
        connection.status.value,
        connection.status_since,
        connection.supports_payments,
        connection.supports_refunds,
        connection.charges_enabled,
        connection.details_submitted,
        connection.credentials_expire_at,
        connection.webhook_url,
        connection.has_webhook_secret,
        connection.version,
        connection.created_at,
        sealed.key_id,
        sealed.data_key,
        sealed.content,
        connection.credentials_since,
    )
    return bool(added)


async def update(tx: Transaction, connection: Connection) -> None:
    """Writes down what may change of it, but for its secrets."""
    await tx.execute(
        """
        UPDATE processor_connections SET account_id = $2, account_name = $3, status = $4, status_since = $5,
            supports_payments = $6, supports_refunds = $7, charges_enabled = $8, details_submitted = $9,
            credentials_expire_at = $10, webhook_url = $11, has_webhook_secret = $12, last_sync_at = $13,
            last_transaction_at = $14, last_error = $15, version = $16, credentials_since = $17,
            secrets_version = $18, failures = $19, webhook_id = $20
        WHERE connection_id = $1
        """,
        connection.connection_id,
        connection.account_id,
        connection.account_name,
        connection.status.value,
        connection.status_since,
        connection.supports_payments,
        connection.supports_refunds,
        connection.charges_enabled,
        connection.details_submitted,
        connection.credentials_expire_at,
        connection.webhook_url,
        connection.has_webhook_secret,
        connection.last_sync_at,
        connection.last_transaction_at,
        connection.last_error,
        connection.version,
        connection.credentials_since,
        connection.secrets_version,
        connection.failures,
        connection.webhook_id,
    )


async def note_transaction(tx: Transaction, connection_id: int, at: datetime) -> None:
    """Its newest transaction was made then, or later."""
    await tx.execute(
        """
        UPDATE processor_connections SET last_transaction_at = greatest(last_transaction_at, $2)
        WHERE connection_id = $1
        """,
        connection_id,
        at,
    )


async def note_sync(tx: Transaction, connection_id: int, at: datetime, *, tells_disputes: bool) -> None:
    """Its transactions were read then, and its disputes where its processor lets us."""
    await tx.execute(
        "UPDATE processor_connections SET last_sync_at = $2, tells_disputes = $3 WHERE connection_id = $1",
        connection_id,
        at,
        tells_disputes,
    )


async def keep_secrets(tx: Transaction, connection_id: int, sealed: Sealed | None) -> None:
    """Keeps these instead of what there was; nothing with None."""
    await tx.execute(
        "UPDATE processor_connections SET key_id = $2, data_key = $3, secrets = $4 WHERE connection_id = $1",
        connection_id,
        *((sealed.key_id, sealed.data_key, sealed.content) if sealed else (None, None, None)),
    )


async def get(reader: Reader, connection_id: int) -> Connection | None:
    """None for one that was revoked."""
    row = await reader.fetchrow(
        f"SELECT {CONNECTION} FROM processor_connections WHERE connection_id = $1 AND status <> $2",  # noqa: S608
        connection_id,
        _REVOKED,
    )
    return connection_of(row) if row else None


async def get_locked(tx: Transaction, connection_id: int) -> Connection | None:
    """Its row locked until the end of the transaction; None for one that was revoked."""
    row = await tx.fetchrow(
        f"SELECT {CONNECTION} FROM processor_connections WHERE connection_id = $1 AND status <> $2 FOR UPDATE",  # noqa: S608
        connection_id,
        _REVOKED,
    )
    return connection_of(row) if row else None


async def lock(tx: Transaction, connection_id: int) -> None:
    """Its row locked until the end of the transaction, also that of one that was revoked."""
    await tx.execute("SELECT 1 FROM processor_connections WHERE connection_id = $1 FOR UPDATE", connection_id)


async def lock_all_of(tx: Transaction, provider_id: int, processor: str) -> None:
    """The same of all that a provider has, or had, to a processor."""
    await tx.execute(
        """
        SELECT 1 FROM processor_connections WHERE provider_id = $1 AND processor = $2 ORDER BY connection_id FOR UPDATE
        """,
        provider_id,
        processor,
    )


async def get_locked_of(tx: Transaction, provider_id: int, processor: str) -> Connection | None:
    """A provider's connection to a processor, its row locked; None for one that was revoked."""
    row = await tx.fetchrow(
        f"""
        SELECT {CONNECTION} FROM processor_connections WHERE provider_id = $1 AND processor = $2 AND status <> $3
        FOR UPDATE
        """,  # noqa: S608
        provider_id,
        processor,
        _REVOKED,
    )
    return connection_of(row) if row else None


async def sealed_of(reader: Reader, connection_id: int) -> Sealed | None:
    """Its secrets, encrypted; None when it has none, or was revoked."""
    row = await reader.fetchrow(
        """
        SELECT key_id, data_key, secrets FROM processor_connections WHERE connection_id = $1 AND key_id IS NOT NULL
        """,
        connection_id,
    )
    return Sealed(key_id=row["key_id"], data_key=row["data_key"], content=row["secrets"]) if row else None


async def find(
    reader: Reader,
    *,
    scope: int | None = None,
    provider: int | None = None,
    processor: str | None = None,
    status: str | None = None,
    after: int = 0,
    limit: int,
) -> list[Connection]:
    """Those that are not revoked, the oldest first; with a scope, only that provider's."""
    rows = await reader.fetch(
        f"""
        SELECT {CONNECTION} FROM processor_connections
        WHERE status <> $1 AND connection_id > $2
            AND ($3::bigint IS NULL OR provider_id = $3)
            AND ($4::bigint IS NULL OR provider_id = $4)
            AND ($5::text IS NULL OR processor = $5)
            AND ($6::text IS NULL OR status = $6)
        ORDER BY connection_id LIMIT $7
        """,  # noqa: S608
        _REVOKED,
        after,
        scope,
        provider,
        processor,
        status,
        limit,
    )
    return [connection_of(row) for row in rows]


async def idle(reader: Reader, *, longer_than: timedelta) -> list[int]:
    """Numbers of connected ones that have taken no money for that long."""
    rows = await reader.fetch(
        """
        SELECT connection_id FROM processor_connections
        WHERE status = $1 AND coalesce(last_transaction_at, status_since) < app_now() - $2::interval
        ORDER BY connection_id
        """,
        ConnectionStatus.CONNECTED.value,
        longer_than,
    )
    return [row["connection_id"] for row in rows]


async def without_webhooks(reader: Reader) -> list[int]:
    """Numbers of connected ones whose processor was given no address for webhooks, or whose can't be checked."""
    rows = await reader.fetch(
        """
        SELECT connection_id FROM processor_connections
        WHERE status = $1 AND (webhook_url IS NULL OR NOT has_webhook_secret) ORDER BY connection_id
        """,
        ConnectionStatus.CONNECTED.value,
    )
    return [row["connection_id"] for row in rows]


async def of_provider(reader: Reader, provider_id: int) -> list[Connection]:
    """All of a provider's that are not revoked."""
    rows = await reader.fetch(
        f"""
        SELECT {CONNECTION} FROM processor_connections WHERE provider_id = $1 AND status <> $2 ORDER BY connection_id
        """,  # noqa: S608
        provider_id,
        _REVOKED,
    )
    return [connection_of(row) for row in rows]


async def lock_under_other_key(tx: Transaction, key_id: str) -> Connection | None:
    """A connection whose secrets another key has encrypted, locked; None when there is none that nobody else has."""
    row = await tx.fetchrow(
        f"""
        SELECT {CONNECTION} FROM processor_connections WHERE key_id IS NOT NULL AND key_id <> $1
        ORDER BY connection_id LIMIT 1 FOR UPDATE SKIP LOCKED
        """,  # noqa: S608
        key_id,
    )
    return connection_of(row) if row else None


async def count_under_other_key(reader: Reader, key_id: str) -> int:
    """How many connections have secrets that another key has encrypted."""
    found: int = await reader.fetchval(
        "SELECT count(*) FROM processor_connections WHERE key_id IS NOT NULL AND key_id <> $1", key_id
    )
    return found


def connection_of(row: Row) -> Connection:
    return Connection(**{**row, "status": ConnectionStatus(row["status"])})
