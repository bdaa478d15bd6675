"""Detects that Kafka has lost acknowledged records, and sends them again.

A broker that dies without flushing (a power cut, a kernel crash) may come back with a shorter log, and reports nothing.
So the relay stores how far each partition has acknowledged, and compares these marks with the log's ends before it
begins to send, and after a refusal that can't be a record's fault. A log that ends before its mark has lost records:
then the last ten minutes of the archive are sent once more, all topics, counted back from its newest row. Consumers
drop by id what they have. A loss goes unseen here when others have written past the mark before the check: for that
there is `fullhouse republish`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from chassis import audit
from chassis.audit import Actor
from chassis.database import Database, Transaction
from chassis.telemetry import get_logger
from eventbus.cluster.ends import log_ends
from eventbus.cluster.kafka import KafkaConnection
from eventbus.incoming.offsets import Partition
from eventbus.operation.actions import ARCHIVE, Action
from eventbus.outgoing.outbox import Outbox
from events import Topic

log = get_logger()

SENT_AGAIN: Final = timedelta(minutes=10)
ACTOR: Final = Actor(name="relay")
SHORTER: Final = "Kafka's log was shorter than before"
_PAGE = 1_000


class Losses:
    """Compares Kafka's logs with the acknowledged offsets, and sends missing records again; for the active relay."""

    def __init__(self, *, database: Database, outbox: Outbox, connection: KafkaConnection) -> None:
        self._database = database
        self._outbox = outbox
        self._connection = connection

    async def look(self) -> None:
        """Checks every marked partition; raises `Unavailable` when Kafka doesn't answer."""
        rows = await self._database.fetch("SELECT topic, partition, next_offset FROM relay_marks")
        marks = {Partition(row["topic"], row["partition"]): int(row["next_offset"]) for row in rows}
        ends = await log_ends(self._connection, marks)
        lost = {place: mark - ends.get(place, 0) for place, mark in marks.items() if ends.get(place, 0) < mark}
        if lost:
            log.error("records_lost", topics=sorted({place.topic for place in lost}), rows=sum(lost.values()))
            await self._send_again()
            await self._forget(lost)

    async def _send_again(self) -> None:
        newest = await self._database.fetchval("SELECT max(sent_at) FROM outbox_sent")
        if newest is None:
            return
        topics = [name for topic in Topic for name in (topic.value, topic.dlq)]
        since, until, after, rows = newest - SENT_AGAIN, newest + timedelta(microseconds=1), None, 0
        while True:
            async with self._database.transaction() as tx:
                copied = await self._outbox.republish(tx, topics, since=since, until=until, after=after, limit=_PAGE)
                rows, after = rows + copied.rows, copied.last
                if after is None:
                    await self._note(tx, rows)
                    return

    async def _note(self, tx: Transaction, rows: int) -> None:
        sent = {"minutes": SENT_AGAIN.total_seconds() / 60, "rows": rows}
        await audit.record(tx, Action.REPUBLISHED, actor=ACTOR, target=ARCHIVE, reason=SHORTER, after=sent)

    async def _forget(self, lost: Mapping[Partition, int]) -> None:
        """Deletes the marks of partitions that lost records; new acknowledgements set them anew."""
        await self._database.execute(
            """
            DELETE FROM relay_marks USING unnest($1::text[], $2::int[]) AS l (topic, partition)
            WHERE relay_marks.topic = l.topic AND relay_marks.partition = l.partition
            """,
            [place.topic for place in lost],
            [place.number for place in lost],
        )
