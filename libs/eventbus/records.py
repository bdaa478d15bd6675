from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from chassis.telemetry import continue_trace
from events import Envelope, Event, parse_event

E_co = TypeVar("E_co", bound=Event, covariant=True)

_MILLISECOND_SHIFT = 80


class KafkaRecord(Protocol):
    """What the bus needs of a record of the client library."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRecord:
    """A record byte for byte; `topic` without prefix."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(Generic[E_co]):
    """An event as a handler gets it, with its envelope and the record that it came in."""

    event: E_co
    envelope: Envelope
    record: RawRecord

    @property
    def event_id(self) -> UUID:
        return self.envelope.id

    def trace(self) -> AbstractContextManager[None]:
        """Continues the trace in which the event was written (E-2)."""
        return continue_trace(self.envelope.traceparent)


def raw_record(record: KafkaRecord, *, topic: str) -> RawRecord:
    # A header without a value is not ours and can't be stored as text: it becomes empty bytes.
    headers = tuple((storable(name), value if value is not None else b"") for name, value in record.headers)
    return RawRecord(
        topic=topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=headers,
    )


def storable(text: str) -> str:
    """The database keeps no text with a zero in it; nothing of ours has one."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def receive(record: RawRecord) -> Received[Event]:
    """Reads envelope and event; raises `EnvelopeError`, `UnknownTypeError` or `UnreadableEventError`."""
    envelope = Envelope.parse(record.headers)
    return Received(event=parse_event(envelope.type, record.value), envelope=envelope, record=record)


def id_day(event_id: UUID) -> date:
    """The day inside a UUIDv7: the inbox' partition, the same for every copy of the event."""
    milliseconds = event_id.int >> _MILLISECOND_SHIFT
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).date()
    except (ValueError, OverflowError, OSError):
        return date.max
