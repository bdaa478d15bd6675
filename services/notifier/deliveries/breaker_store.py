"""All SQL of circuit breakers."""

from __future__ import annotations

from typing import Final

from chassis.database import Reader, Row, Transaction
from events import Channel
from notifier.deliveries.breaker import Breaker, BreakerState

_COLUMNS: Final = "channel, state, failures, openings, reason, retry_at, doubted_since"


async def read(reader: Reader, channel: Channel) -> Breaker:
    """A channel's breaker is closed as long as it has no row."""
    row = await reader.fetchrow(f"SELECT {_COLUMNS} FROM breakers WHERE channel = $1", channel.value)  # noqa: S608
    return _breaker(row) if row else Breaker(channel=channel)


async def lock(tx: Transaction, channel: Channel) -> Breaker:
    """Before it is changed; makes the channel's row when it is the first time."""
    await tx.execute(
        "INSERT INTO breakers (channel, state) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        channel.value,
        BreakerState.CLOSED.value,
    )
    sql = f"SELECT {_COLUMNS} FROM breakers WHERE channel = $1 FOR UPDATE"  # noqa: S608
    row = await tx.fetchrow(sql, channel.value)
    if row is None:
        raise LookupError("a breaker that was just written is gone")
    return _breaker(row)


async def save(tx: Transaction, breaker: Breaker) -> None:
    await tx.execute(
        """
        UPDATE breakers
        SET state = $2, failures = $3, openings = $4, reason = $5, retry_at = $6, doubted_since = $7
        WHERE channel = $1
        """,
        breaker.channel.value,
        breaker.state.value,
        breaker.failures,
        breaker.openings,
        breaker.reason,
        breaker.retry_at,
        breaker.doubted_since,
    )


def _breaker(row: Row) -> Breaker:
    return Breaker(**{**row, "channel": Channel(row["channel"]), "state": BreakerState(row["state"])})
