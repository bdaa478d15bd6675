"""Who must not be written to: bounces, spam reports and STOP replies, per channel (N-8)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from chassis.database import Reader, Transaction
from chassis.telemetry import get_logger
from events import Channel
from notifier.contacts import store
from notifier.contacts.store import Suppression

log = get_logger()

__all__ = ["Suppression", "lift", "suppress", "suppressed", "suppressions"]


async def suppress(tx: Transaction, channel: Channel, recipients: Collection[str], *, reason: str) -> None:
    """Nothing more is sent to them on this channel; what is queued is settled as suppressed when its turn comes."""
    if recipients:
        await store.add(tx, channel, recipients, reason=reason)
        log.warning("recipient_suppressed", channel=channel, reason=reason, count=len(recipients))


async def lift(tx: Transaction, channel: Channel, recipient: str) -> None:
    """The recipient wants to hear from us again (START)."""
    await store.lift(tx, channel, recipient)


async def suppressed(reader: Reader, channel: Channel, recipients: Sequence[str]) -> set[str]:
    """Those of the recipients that must not be written to."""
    return await store.among(reader, channel, recipients)


async def suppressions(reader: Reader, *, channel: Channel | None, after: str, limit: int) -> list[Suppression]:
    """A page of the list; `after` as in the store."""
    return await store.page(reader, channel=channel, after=after, limit=limit)
