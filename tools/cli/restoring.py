"""What makes a database that comes from a backup fit for its service again (E-4)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from cli import connections
from cli.errors import CommandError

if TYPE_CHECKING:
    from chassis.database import Transaction
    from eventbus import KafkaConnection
    from events import AlertEvent

FILE: Final = "restored.sql"
PATIENCE_SECONDS: Final = 120
# The audit's word for it.
RESTORED: Final = "database_restored"


async def mark(environ: Mapping[str, str], service: str) -> None:
    """Runs the service's own SQL, which lies in its package, all or nothing; twice does no harm."""
    sql = files(service).joinpath(FILE).read_text()
    async with connections.database(environ, service) as database, database.transaction() as tx:
        await tx.execute(sql)
        await _record(tx, environ)


async def restore_alerts(environ: Mapping[str, str]) -> int:
    """The monitor's alerts follow what its own events said since the backup; returns how many steps were missing."""
    from monitor.alerts import restore

    events = await told(connections.kafka(environ))
    async with connections.database(environ, "monitor") as database, database.transaction() as tx:
        steps = await restore.restore_alerts(tx, events)
        await _record(tx, environ)
        return steps


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
            raise CommandError("Kafka does not hand the alerts' events over. Look at `make status`.") from None
    return list(found.values())
