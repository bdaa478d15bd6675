"""Events that Kafka refused: seen, sent again, or dropped by a person, each act a row in the acts' own table."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.database import Database
from eventbus.admin.models import Refused, RefusedList, RefusedSettled
from eventbus.operation import audit
from eventbus.operation.audit import Action
from eventbus.outgoing import refusals
from events import Topic


class RefusedDesk:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> RefusedList:
        found = await refusals.refusals(self._database)
        return RefusedList(
            data=[Refused(topic=each.topic, error=each.error, rows=each.rows, since=each.since) for each in found]
        )

    async def send_again(self, topics: Sequence[str], *, actor: str, because: str) -> RefusedSettled:
        async with self._database.transaction() as tx:
            rows = await refusals.send_again(tx, _named(topics))
            await audit.record(tx, Action.SENT_AGAIN, actor=actor, group=None, detail=f"{rows} refused. {because}")
        return RefusedSettled(rows=rows)

    async def drop(self, topics: Sequence[str], *, actor: str, because: str) -> RefusedSettled:
        async with self._database.transaction() as tx:
            rows = await refusals.drop(tx, _named(topics))
            await audit.record(tx, Action.DROPPED, actor=actor, group=None, detail=f"{rows} refused. {because}")
        return RefusedSettled(rows=rows)


def _named(topics: Sequence[str]) -> list[str]:
    """All topics, and their dead letters', when none is named."""
    return list(topics) or [name for topic in Topic for name in (topic.value, topic.dlq)]
