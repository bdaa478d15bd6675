"""What makes a database that comes from a backup fit for its service again (E-4)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from cli import connections
from cli.environment import status_command
from cli.errors import CommandError

if TYPE_CHECKING:
    from chassis.database import Transaction
    from eventbus import KafkaConnection
    from events import AlertEvent

FILE: Final = "restored.sql"
PATIENCE_SECONDS: Final = 120
# The audit's word for it.
RESTORED: Final = "database_restored"


async def make_fit(environ: Mapping[str, str], service: str, *, opening: bool = False) -> int:
    """Whatever the service needs, all or nothing; twice does no harm. Returns how many steps of alerts were missing.

    `opening`: whether services may write to it again from then on.
    """
    events = await told(connections.kafka(environ)) if service == "monitor" else []
    async with connections.database(environ, service) as database, database.transaction() as tx:
        await _mark(tx, service)
        steps = await _restore_alerts(tx, events) if service == "monitor" else 0
        await _record(tx, environ)
        if opening:
            from backups.loading import open_again

            await open_again(tx)
    return steps


async def _mark(tx: Transaction, service: str) -> None:
    """Runs the service's own SQL, which lies in its package; the monitor has none."""
    sql = files(service).joinpath(FILE)
    if sql.is_file():
        await tx.execute(sql.read_text())
    if service == "checkout":
        from checkout.catalogue import restore

        await restore.tell_all(tx)


async def _restore_alerts(tx: Transaction, events: Sequence[AlertEvent]) -> int:
    """The monitor's alerts follow what its own events said since the backup."""
    from monitor.alerts import restore

    return await restore.restore_alerts(tx, events)


async def _record(tx: Transaction, environ: Mapping[str, str]) -> None:
    from chassis import audit
    from cli.admin import actor

    await audit.record(tx, RESTORED, actor=actor(environ))


async def told(connection: KafkaConnection) -> list[AlertEvent]:
    """Every event of an alert that Kafka has, each once."""
    from eventbus import Tail
    from events import ALERT_TOPICS, AlertEvent

    found: dict[object, AlertEvent] = {}
    everything = datetime.fromtimestamp(0, UTC)
    async with Tail(connection, list(ALERT_TOPICS.values()), since=everything) as tail:
        records = aiter(tail)
        left = {place for place, end in tail.ends.items() if end > tail.starts[place]}
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while left:
                    received = await anext(records)
                    if isinstance(received.event, AlertEvent):
                        found[received.event_id] = received.event
                    place = (received.record.topic, received.record.partition)
                    if received.record.offset + 1 >= tail.ends[place]:
                        left.discard(place)
        except TimeoutError:
            raise CommandError(f"Kafka does not hand the alerts' events over. Look at `{status_command()}`.") from None
    return list(found.values())
