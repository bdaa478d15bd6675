"""Whether there is anything to take for a channel: what its loops ask when nobody has woken them."""

from __future__ import annotations

from chassis.database import Reader
from events import Channel


async def any_due(reader: Reader, channel: Channel) -> bool:
    """Whether there may be something for `due`."""
    return bool(
        await reader.fetchval(
            """
            SELECT EXISTS (
                SELECT FROM deliveries
                WHERE channel = $1 AND state = 'queued' AND waits_for IS NULL AND next_attempt_at <= app_now()
            )
            """,
            channel.value,
        )
    )


async def any_overdue(reader: Reader, channel: Channel) -> bool:
    """Whether there is something for `expired`, `abandoned`, `take_unknown` or `take_unconfirmed`."""
    return bool(
        await reader.fetchval(
            """
            SELECT EXISTS (SELECT FROM deliveries WHERE channel = $1 AND state = 'queued' AND expires_at <= app_now())
                OR EXISTS (SELECT FROM deliveries WHERE channel = $1 AND state = 'sending' AND lease_until <= app_now())
                OR EXISTS (
                    SELECT FROM deliveries WHERE channel = $1 AND state = 'unknown' AND next_attempt_at <= app_now()
                )
                OR EXISTS (SELECT FROM deliveries WHERE channel = $1 AND state = 'sent' AND poll_at <= app_now())
            """,
            channel.value,
        )
    )
