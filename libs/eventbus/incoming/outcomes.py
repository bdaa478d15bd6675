"""The outcome of each event of a batch, for the metrics and for the decision whether the subscription must stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from chassis.database import Transaction
from eventbus.failures.dead_letters import Death
from eventbus.incoming.records import RawRecord, Received
from eventbus.operation import figures
from events import Event

Fresh = Sequence[Received[Event]]


@dataclass(slots=True)
class Sorted:
    """A batch after its records were parsed.

    records: the batch's records that the group handles or can't read
    readable: the events, by id
    unreadable: the records that no release can read, as deaths
    """

    records: Sequence[RawRecord]
    readable: dict[UUID, Received[Event]] = field(default_factory=dict)
    unreadable: list[Death] = field(default_factory=list)


@dataclass(slots=True)
class Trouble:
    """The events of a batch that failed.

    deaths: events that are given up
    deferred: ids of events that will be tried again
    """

    deaths: list[Death] = field(default_factory=list)
    deferred: set[UUID] = field(default_factory=set)

    @property
    def aside(self) -> set[UUID | None]:
        """The ids of all events that failed."""
        return {*self.deferred, *(death.event_id for death in self.deaths)}


def outcomes(batch: Sorted, fresh: Fresh, deaths: Sequence[Death], trouble: Trouble) -> list[bool]:
    """Whether each settled event died, in the order of the records; deferred events count once they are settled."""
    died = {id(death.record) for death in deaths}
    if not died and not trouble.deferred:
        return [False] * len(fresh)
    settled = died | {id(received.record) for received in fresh if received.event_id not in trouble.deferred}
    return [id(record) in died for record in batch.records if id(record) in settled]


def count(tx: Transaction, group: str, batch: Sorted, fresh: Fresh, trouble: Trouble) -> None:
    """Counts handled and already seen events in the metrics, once the transaction has committed."""
    aside = trouble.aside
    done = [received for received in fresh if received.event_id not in aside] if aside else fresh
    tx.after_commit(lambda: figures.handled(group, done, outcome="done"))
    if len(fresh) < len(batch.readable):
        taken = {received.event_id for received in fresh}
        seen = [received for event_id, received in batch.readable.items() if event_id not in taken]
        tx.after_commit(lambda: figures.handled(group, seen, outcome="seen"))
