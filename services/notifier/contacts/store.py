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

    suppression_id: its number; later ones are greater
    channel: the way that is closed
    recipient: the number or address, in its normal form
    reason: `stop_reply`, `opted_out`, `bounce`, `spam_report`, `unsubscribed`
    since: when we heard of it
    """

    suppression_id: int
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


async def page(reader: Reader, *, channel: Channel | None, before: int | None, limit: int) -> list[Suppression]:
    """The newest first; `before` is the id of the last one seen, None for the first page."""
    rows = await reader.fetch(
        """
        SELECT suppression_id, channel, recipient, reason, since FROM suppressions
        WHERE ($1::text IS NULL OR channel = $1) AND ($2::bigint IS NULL OR suppression_id < $2)
        ORDER BY suppression_id DESC LIMIT $3
        """,
        channel.value if channel else None,
        before,
        limit,
    )
    return [Suppression(**{**row, "channel": Channel(row["channel"])}) for row in rows]
