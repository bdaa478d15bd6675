"""What makes a database that comes from a backup fit for its service again (E-4)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, TypeVar

from cli import connections
from cli.environment import status_command
from cli.errors import CommandError

if TYPE_CHECKING:
    from chassis.database import Database, Transaction
    from eventbus import KafkaConnection
    from events import Event, Topic

E = TypeVar("E", bound="Event")

FILE: Final = "restored.sql"
PATIENCE_SECONDS: Final = 120
_EVER: Final = datetime.fromtimestamp(0, UTC)
# A record's time is when it was sent: later than the change, by a clock that may be another.
_OVERLAP: Final = timedelta(hours=1)
# The audit's word for it.
RESTORED: Final = "database_restored"


async def make_fit(environ: Mapping[str, str], service: str, *, opening: bool = False) -> int:
    """Whatever the service needs, all or nothing; twice does no harm. Returns how many changes only its events knew.

    `opening`: whether services may write to it again from then on.
    """
    async with connections.database(environ, service) as database:
        events = await _own_events(environ, service, database)
        async with database.transaction() as tx:
            steps = await _follow(tx, service, events)
            await _mark(tx, service)
            await _record(tx, environ)
            if opening:
                from backups.loading import open_again

                await open_again(tx)
    return steps


async def _own_events(environ: Mapping[str, str], service: str, database: Database) -> Sequence[Event]:
    """What the service has told of what it may have forgotten; of the others everything comes by their groups."""
    from events import ALERT_TOPICS, AlertEvent, CatalogueCityChanged, CataloguePassChanged, OrderEvent, Topic

    if service == "monitor":
        return await told(connections.kafka(environ), AlertEvent, ALERT_TOPICS.values())
    if service != "checkout":
        return []
    from checkout.orders.store import last_change

    kafka, known = connections.kafka(environ), await last_change(database)
    since = known - _OVERLAP if known else _EVER
    return [
        *await told(kafka, CatalogueCityChanged, [Topic.CATALOGUE]),
        *await told(kafka, CataloguePassChanged, [Topic.CATALOGUE]),
        *await told(kafka, OrderEvent, [Topic.ORDERS], since=since),
    ]


async def _follow(tx: Transaction, service: str, events: Sequence[Any]) -> int:
    """The service's rows follow what its own events said since the backup."""
    if service == "monitor":
        from monitor.alerts.restore import restore_alerts

        return await restore_alerts(tx, events)
    if service == "checkout":
        from checkout.catalogue.restore import restore_catalogue
        from checkout.orders.restore import restore_orders

        return await restore_catalogue(tx, events) + await restore_orders(tx, events)
    return 0


async def _mark(tx: Transaction, service: str) -> None:
    """Runs the service's own SQL, which lies in its package; the monitor has none."""
    sql = files(service).joinpath(FILE)
    if sql.is_file():
        await tx.execute(sql.read_text())
    if service == "checkout":
        from checkout.catalogue import restore

        await restore.tell_all(tx)


async def _record(tx: Transaction, environ: Mapping[str, str]) -> None:
    from chassis import audit
    from cli.admin import actor

    await audit.record(tx, RESTORED, actor=actor(environ))


async def told(
    connection: KafkaConnection, kind: type[E], topics: Iterable[Topic], *, since: datetime = _EVER
) -> list[E]:
    """Every event of a kind that these topics have since a moment, each once. Raises CommandError."""
    from eventbus import Tail

    found: dict[object, E] = {}
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), Tail(connection, list(topics), since=since) as tail:
            async for received in tail.to_the_ends():
                if isinstance(received.event, kind):
                    found[received.event_id] = received.event
    except TimeoutError:
        raise CommandError(f"Kafka does not hand its events over. Look at `{status_command()}`.") from None
    return list(found.values())
