"""Lists the events that Kafka refused, sends them again or drops them; each act writes an audit row."""

from __future__ import annotations

from collections.abc import Sequence

from chassis import audit
from chassis.audit import Actor
from chassis.database import Database, Transaction
from eventbus.admin.models import Refused, RefusedList, RefusedSettled
from eventbus.operation.actions import REFUSED_EVENTS, Action
from eventbus.outgoing import refusals
from events import Topic


class RefusedDesk:
    """Carries out what people do with refused events; each act is one transaction with its audit row."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> RefusedList:
        """The refused events, by topic and error."""
        found = await refusals.refusals(self._database)
        return RefusedList(
            data=[Refused(topic=each.topic, error=each.error, rows=each.rows, since=each.since) for each in found]
        )

    async def send_again(self, topics: Sequence[str], *, actor: Actor, because: str) -> RefusedSettled:
        """Puts the topics' refused events back into the outbox."""
        async with self._database.transaction() as tx:
            named = _named(topics)
            rows = await refusals.send_again(tx, named)
            await _record(tx, Action.REFUSED_SENT_AGAIN, named, rows, actor=actor, because=because)
        return RefusedSettled(rows=rows)

    async def drop(self, topics: Sequence[str], *, actor: Actor, because: str) -> RefusedSettled:
        """Deletes the topics' refused events for a reason that is kept."""
        async with self._database.transaction() as tx:
            named = _named(topics)
            rows = await refusals.drop(tx, named)
            await _record(tx, Action.REFUSED_DROPPED, named, rows, actor=actor, because=because)
        return RefusedSettled(rows=rows)


async def _record(
    tx: Transaction, action: Action, topics: Sequence[str], rows: int, *, actor: Actor, because: str
) -> None:
    before = {"topics": topics, "refused": rows}
    await audit.record(
        tx, action, actor=actor, target=REFUSED_EVENTS, reason=because, before=before, after={"refused": 0}
    )


def _named(topics: Sequence[str]) -> list[str]:
    """The topics to act on: those named, else all topics and their `.dlq`."""
    return list(topics) or [name for topic in Topic for name in (topic.value, topic.dlq)]
