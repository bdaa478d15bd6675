"""SQL on the permissions that account owners were sent to give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chassis.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPermission:
    """A permission that somebody was sent to a processor's page for.

    provider_id: whose account it will be
    processor: where
    asked_by: the e-mail of who was sent; nobody else's return counts
    """

    provider_id: int
    processor: str
    asked_by: str


async def keep(tx: Transaction, state: bytes, asked: AskedPermission, *, now: datetime, until: datetime) -> None:
    """Keeps it under the hash of its state, and forgets those that nobody came back with in time."""
    await tx.execute("DELETE FROM connection_permissions WHERE good_until < $1", now)
    await tx.execute(
        """
        INSERT INTO connection_permissions (state, provider_id, processor, asked_by, good_until)
        VALUES ($1, $2, $3, $4, $5)
        """,
        state,
        asked.provider_id,
        asked.processor,
        asked.asked_by,
        until,
    )


async def take(tx: Transaction, state: bytes, *, by: str, now: datetime) -> AskedPermission | None:
    """The one that this person was sent for; it is good once."""
    row = await tx.fetchrow(
        """
        DELETE FROM connection_permissions WHERE state = $1 AND asked_by = $2 AND good_until >= $3
        RETURNING provider_id, processor, asked_by
        """,
        state,
        by,
        now,
    )
    return AskedPermission(**row) if row else None
