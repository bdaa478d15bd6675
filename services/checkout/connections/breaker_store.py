"""All SQL on the breakers of connections. One that is closed, and has not failed lately, has no row."""

from __future__ import annotations

from chassis.database import Reader, Row, Transaction
from checkout.connections.breaker import BreakerState, ConnectionBreaker

_BREAKER = "state, failures, openings, failed_at, retry_at"


async def get_locked(tx: Transaction, connection_id: int) -> ConnectionBreaker:
    """The connection's, its row locked until the end of the transaction."""
    await tx.execute(
        """
        INSERT INTO connection_breakers (connection_id, state, failures, openings)
        VALUES ($1, 'closed', 0, 0) ON CONFLICT DO NOTHING
        """,
        connection_id,
    )
    return await find_locked(tx, connection_id) or ConnectionBreaker()


async def find_locked(tx: Transaction, connection_id: int) -> ConnectionBreaker | None:
    """The same; None when it has not failed."""
    row = await tx.fetchrow(
        f"SELECT {_BREAKER} FROM connection_breakers WHERE connection_id = $1 FOR UPDATE",  # noqa: S608
        connection_id,
    )
    return _breaker(row) if row else None


async def save(tx: Transaction, connection_id: int, breaker: ConnectionBreaker) -> None:
    await tx.execute(
        """
        UPDATE connection_breakers SET state = $2, failures = $3, openings = $4, failed_at = $5, retry_at = $6
        WHERE connection_id = $1
        """,
        connection_id,
        breaker.state.value,
        breaker.failures,
        breaker.openings,
        breaker.failed_at,
        breaker.retry_at,
    )


async def close(tx: Transaction, connection_id: int) -> BreakerState | None:
    """Where it stood; None when it had not failed."""
    found: str | None = await tx.fetchval(
        "DELETE FROM connection_breakers WHERE connection_id = $1 RETURNING state", connection_id
    )
    return BreakerState(found) if found else None


async def of_provider(reader: Reader, provider_id: int) -> dict[int, ConnectionBreaker]:
    """Those of a provider's connections that have failed, by connection."""
    rows = await reader.fetch(
        f"""
        SELECT connection_id, {_BREAKER} FROM connection_breakers
        WHERE connection_id IN (SELECT connection_id FROM processor_connections WHERE provider_id = $1)
        """,  # noqa: S608
        provider_id,
    )
    return {row["connection_id"]: _breaker(row) for row in rows}


def _breaker(row: Row) -> ConnectionBreaker:
    return ConnectionBreaker(
        state=BreakerState(row["state"]),
        failures=row["failures"],
        openings=row["openings"],
        failed_at=row["failed_at"],
        retry_at=row["retry_at"],
    )
