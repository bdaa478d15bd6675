"""Writes events into the outbox: an event is on Kafka if, and only if, its transaction has committed (E-4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.binary_rows import binaries, field, row, texts
from chassis.clock import Clock
from chassis.database import MANY, Transaction
from chassis.ids import uuid7
from chassis.telemetry import current_traceparent
from eventbus.cluster.kafka import MAX_RECORD_BYTES
from eventbus.incoming.records import RawHeaders, RawRecord
from eventbus.outgoing import outbox_store
from eventbus.outgoing.outbox_store import Copied, Place
from events import Envelope, Event, Headers, event_json

COLUMNS = ("event_id", "topic", "key", "header_names", "header_values", "value")

_Row = tuple[UUID, str, bytes, tuple[str, ...], tuple[bytes, ...], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRows:
    """Events as they are written: few as they are, many as COPY takes them."""

    few: Sequence[Sequence[object]] = ()
    many: Sequence[bytes] = ()


class EventTooLargeError(ValueError):
    """The record is larger than Kafka takes. It is raised when the row is written; an event this large is a bug."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """An event to be written.

    event: the event
    traceparent: the W3C header of the trace that it belongs to
    id: its event id, where it is derived from what caused it; None for a new one
    """

    event: Event
    traceparent: str | None = None
    id: UUID | None = None


class Outbox:
    """Publishes events in the transaction that makes them true (E-4).

    An event is on Kafka if, and only if, its transaction committed; events of one key arrive in the order of their
    rows. For that the aggregate's own row must be locked before `publish` is called.
    """

    def __init__(self, *, source: str, clock: Clock, wake: Callable[[], None]) -> None:
        self._source = source
        self._clock = clock
        self._wake = wake

    async def publish(self, tx: Transaction, *events: Event) -> None:
        """Writes the events, in the current trace. Raises `EventTooLargeError`."""
        traceparent = current_traceparent()
        await self.enqueue(tx, [Outgoing(event=event, traceparent=traceparent) for event in events])

    async def enqueue(self, tx: Transaction, outgoing: Sequence[Outgoing]) -> None:
        """Writes many events in one round trip, each with a trace of its own. Raises `EventTooLargeError`."""
        await self.write(tx, self.rows(outgoing))

    def rows(self, outgoing: Sequence[Outgoing]) -> OutboxRows:
        """The events as `write` takes them. Raises `EventTooLargeError`."""
        now = self._clock.now()
        rows = [self._row(item, now) for item in outgoing]
        return OutboxRows(few=rows) if len(rows) < MANY else OutboxRows(many=[_packed(*row) for row in rows])

    async def write(self, tx: Transaction, rows: OutboxRows) -> None:
        """Writes what `rows` made, for whoever had something to wait for meanwhile."""
        if rows.many:
            await tx.copy("outbox", COLUMNS, rows.many)
        elif rows.few:
            await tx.insert("outbox", COLUMNS, rows.few)
        else:
            return
        tx.after_commit(self._wake)

    async def dead_letter(self, tx: Transaction, record: RawRecord, *, topic: str, headers: Headers) -> None:
        """Sends a record byte for byte to `topic`, with additional headers (E-3: `TOPIC.dlq`)."""
        names, values = _columns((*record.headers, *headers))
        await tx.insert("outbox", COLUMNS, [(uuid7(), topic, record.key or b"", names, values, record.value)])
        tx.after_commit(self._wake)

    async def republish(
        self,
        tx: Transaction,
        topics: Sequence[str],
        *,
        since: datetime,
        until: datetime,
        after: Place | None,
        limit: int,
    ) -> Copied:
        """Sends archived events of a period again, at most `limit`; see `outbox_store.copy_sent`."""
        copied = await outbox_store.copy_sent(tx, topics, since=since, until=until, after=after, limit=limit)
        tx.after_commit(self._wake)
        return copied

    def _row(self, item: Outgoing, now: datetime) -> _Row:
        event = item.event
        envelope = Envelope(
            id=item.id or uuid7(),
            source=self._source,
            type=event.type,
            time=now,
            subject=event.key,
            traceparent=item.traceparent,
        )
        value = event_json(event)
        if len(value) > MAX_RECORD_BYTES:
            raise EventTooLargeError(f"{event.type} of {len(value)} bytes; at most {MAX_RECORD_BYTES}")
        return envelope.id, event.destination, event.key.encode(), envelope.names(), envelope.values(), value


def _packed(
    event_id: UUID, topic: str, key: bytes, names: tuple[str, ...], values: tuple[bytes, ...], value: bytes
) -> bytes:
    return row(field(event_id.bytes), field(topic.encode()), field(key), texts(names), binaries(values), field(value))


def _columns(headers: RawHeaders) -> tuple[list[str], list[bytes | None]]:
    return [name for name, _ in headers], [value for _, value in headers]
