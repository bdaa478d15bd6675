"""Noticing that Kafka has lost what it had acknowledged, and sending it again.

A broker that dies without a chance to write (a power cut, a kernel's end) can come back with a shorter log, and says
nothing of it. So the relay writes down how far each partition has acknowledged, and before it begins to send, and
after a refusal that can't be a record's fault, asks where the logs end. One that ends before its mark has lost
records: then the archive's last ten minutes go out once more, all topics of them, from the archive's newest row back.
Consumers drop by id what they have. A loss behind which others have written before anybody looked stays unseen here:
for that there is `fullhouse republish`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from chassis import audit
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
ACTOR: Final = "relay"
_PAGE = 1_000


class Losses:
    """Compares Kafka's logs with what was acknowledged, and makes good what is missing. For the active relay only."""

    def __init__(self, *, database: Database, outbox: Outbox, connection: KafkaConnection) -> None:
        self._database = database
        self._outbox = outbox
        self._connection = connection

    async def look(self) -> None:
        """Raises `Unavailable` when Kafka doesn't say."""
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
        detail = f"{rows} events of {SENT_AGAIN.total_seconds() / 60:.0f} minutes: Kafka's log was shorter than before"
        await audit.record(tx, Action.REPUBLISHED, actor=ACTOR, target=ARCHIVE, detail=detail)

    async def _forget(self, lost: Mapping[Partition, int]) -> None:
        """From here on they are marked anew, by what is acknowledged from now on."""
        await self._database.execute(
            """
            DELETE FROM relay_marks USING unnest($1::text[], $2::int[]) AS l (topic, partition)
            WHERE relay_marks.topic = l.topic AND relay_marks.partition = l.partition
            """,
            [place.topic for place in lost],
            [place.number for place in lost],
        )
