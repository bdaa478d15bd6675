"""After the database was restored from a backup, check-ins since then are taken from their own events (E-4)."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.database import Transaction
from eventbus import Effect, Received, Start
from events import TicketCheckedIn, Topic
from inventory.doors import log_store, store
from inventory.doors.domain import Admission, Happening, LogEntry

GROUP = "inventory-doors"
# The event names nobody; the audit of the lost database did.
ACTOR = "restored"


def doors_effect() -> Effect:
    """Only subscribed to while a restore is followed: what this database has said itself is no news to it."""

    async def follow(tx: Transaction, batch: Sequence[Received[TicketCheckedIn]]) -> None:
        events = [received.event for received in batch]
        newest = {(event.order_id, event.seat): event for event in sorted(events, key=lambda event: event.version)}
        await store.restore(tx, [(event.city_id, event.tier, _admission(event)) for event in newest.values()])
        await log_store.append(tx, [_entry(event) for event in events])

    return Effect(group=GROUP, topics=(Topic.STOCK,), start=Start.BEGINNING, handlers={TicketCheckedIn: follow})


def _admission(event: TicketCheckedIn) -> Admission:
    return Admission(
        order_id=event.order_id,
        seat=event.seat,
        inside=event.inside,
        scan=event.scan,
        door=event.door,
        scanned_at=event.scanned_at,
        version=event.version,
    )


def _entry(event: TicketCheckedIn) -> LogEntry:
    return LogEntry(
        order_id=event.order_id,
        seat=event.seat,
        city_id=event.city_id,
        tier=event.tier,
        what=Happening.ADMITTED if event.inside else Happening.UNDONE,
        scan=event.scan,
        door=event.door,
        scanned_at=event.scanned_at,
        offline=event.offline,
        actor=ACTOR,
        version=event.version,
    )
