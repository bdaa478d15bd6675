"""All SQL of the suppression list; recipients are in the normal form of their channel."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.database import Reader, Transaction
from events import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """Somebody who must not be written to on a channel.

    channel: the way that is closed
    recipient: the number or address, in its normal form
    reason: `stop_reply`, `opted_out`, `bounce`, `spam_report`, `unsubscribed`
    since: when we heard of it
    """

    channel: Channel
    recipient: str
    reason: str
    since: datetime


async def add(tx: Transaction, channel: Channel, recipients: Collection[str], *, reason: str) -> None:
    """The first reason stays."""
    await tx.execute(
        """
        INSERT INTO suppressions (channel, recipient, reason, since)
        SELECT $1, recipient, $3, app_now() FROM unnest($2::text[]) AS recipient
        ON CONFLICT DO NOTHING
        """,
        channel.value,
        sorted(set(recipients)),
        reason,
    )


async def lift(tx: Transaction, channel: Channel, recipient: str) -> None:
    await tx.execute("DELETE FROM suppressions WHERE channel = $1 AND recipient = $2", channel.value, recipient)


async def among(reader: Reader, channel: Channel, recipients: Sequence[str]) -> set[str]:
    """Those of the recipients that must not be written to."""
    rows = await reader.fetch(
        "SELECT recipient FROM suppressions WHERE channel = $1 AND recipient = ANY($2)",
        channel.value,
        list(recipients),
    )
    return {row["recipient"] for row in rows}


async def page(reader: Reader, *, channel: Channel | None, after: str, limit: int) -> list[Suppression]:
    """Ordered by channel and recipient; `after` is the last one's `channel:recipient`, empty for the first page."""
    rows = await reader.fetch(
        """
        SELECT channel, recipient, reason, since FROM suppressions
        WHERE ($1::text IS NULL OR channel = $1) AND channel || ':' || recipient > $2
        ORDER BY channel || ':' || recipient LIMIT $3
        """,
        channel.value if channel else None,
        after,
        limit,
    )
    return [
        Suppression(
            channel=Channel(row["channel"]), recipient=row["recipient"], reason=row["reason"], since=row["since"]
        )
        for row in rows
    ]
