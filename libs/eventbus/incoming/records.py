"""Records as the bus sees them, and how an event is parsed from one.

A record may come from anybody: whatever its bytes, headers, key and topic are, parsing gives one of our events or
raises one of `UNREADABLE`, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from chassis.telemetry import continue_trace
from events import (
    REGISTRY,
    USUAL_NAMES,
    Envelope,
    EnvelopeError,
    Event,
    UnknownTypeError,
    UnreadableEventError,
    event_type,
    parse_event,
)

E_co = TypeVar("E_co", bound=Event, covariant=True)

UNREADABLE = (EnvelopeError, UnreadableEventError, UnknownTypeError)

RawHeaders = tuple[tuple[str, bytes | None], ...]

_MILLISECOND_SHIFT = 80
_MILLISECONDS_A_DAY = 24 * 60 * 60 * 1000
_FIRST_DAY = date(1970, 1, 1)
_TYPE_LENGTH = 200
_OURS = re.compile(r"fullhouse(\.[a-z0-9_]+)+\.v[0-9]+", re.ASCII)


class KafkaRecord(Protocol):
    """What the bus needs of the client library's record; `timestamp` in milliseconds, `topic` with its prefix."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


class RawRecord(NamedTuple):
    """A record byte for byte; only a zero in a header's name is replaced, since no text column can hold it.

    topic: the topic's name without prefix
    partition, offset: its place in the topic
    key, value: its bytes, or None
    headers: name and value of each, in order; a value of None differs from an empty one
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: RawHeaders


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(Generic[E_co]):
    """An event as a handler gets it.

    event: the event
    envelope: its id, source, time and trace
    record: the record that it came in
    """

    event: E_co
    envelope: Envelope
    record: RawRecord

    @property
    def event_id(self) -> UUID:
        """The event's id."""
        return self.envelope.id

    def trace(self) -> AbstractContextManager[None]:
        """Continues the trace in which the event was written (E-2)."""
        return continue_trace(self.envelope.traceparent)


def raw_record(record: KafkaRecord, *, topic: str) -> RawRecord:
    """The client's record as a `RawRecord`, with the topic's name without prefix."""
    headers = tuple(record.headers)
    if not USUAL_NAMES.issuperset([name for name, _ in headers]):
        headers = tuple([(storable(name), value) for name, value in headers])
    return RawRecord(
        topic=topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=headers,
    )


def next_offsets(records: Sequence[KafkaRecord | RawRecord]) -> dict[tuple[str, int], int]:
    """Topic and partition → the next offset after these records, which are in order within a partition."""
    last = {(record.topic, record.partition): record.offset for record in records}
    return {place: offset + 1 for place, offset in last.items()}


def storable(text: str) -> str:
    """The text without zeros and lone surrogates, which PostgreSQL can't store; our own texts have none."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def type_text(headers: RawHeaders) -> str:
    """The type that the record states, as text for people and filters; empty when it states none."""
    return storable(event_type(headers) or "")[:_TYPE_LENGTH]


def concerns(headers: RawHeaders, types: Collection[str]) -> bool:
    """Whether a group that handles `types` must look at the record.

    It skips other types of ours, and types and versions that this release doesn't know: they are published beside the
    old ones (E-3). A record without a type of ours concerns every group, so that somebody buries it.
    """
    kind = event_type(headers)
    return kind in types or kind is None or (kind not in REGISTRY and _OURS.fullmatch(kind) is None)


def stated_id(record: RawRecord) -> UUID | None:
    """The event id that the envelope states, for a record that can't be read; None when even that can't."""
    try:
        return Envelope.parse(record.headers).id
    except Exception:  # noqa: BLE001 whatever is wrong with it, it names no event
        return None


def receive(record: RawRecord) -> Received[Event]:
    """Parses envelope and event; raises one of `UNREADABLE` for any other record."""
    try:
        envelope = Envelope.parse(record.headers)
        event = parse_event(envelope.type, record.value)
        _check_place(record, event)
    except UNREADABLE:
        raise
    except Exception as error:
        # Foreign bytes raise many kinds of errors, such as for a date out of range or nesting too deep.
        raise UnreadableEventError(f"{type(error).__name__} while reading it") from error
    return Received(event=event, envelope=envelope, record=record)


def _check_place(record: RawRecord, event: Event) -> None:
    """Raises when topic or key differ from the event's own, which would break the order per key (E-2, E-3)."""
    if record.topic != event.destination:
        raise UnreadableEventError(f"{event.type} is on topic {record.topic}, not {event.destination}")
    if record.key != event.key.encode():
        raise UnreadableEventError(f"{event.type} has another key than its own")


def id_day(event_id: UUID) -> date:
    """The day inside a UUIDv7: the inbox partition of its id, the same for every copy of the event."""
    return _day_of((event_id.int >> _MILLISECOND_SHIFT) // _MILLISECONDS_A_DAY)


@lru_cache(maxsize=64)
def _day_of(days: int) -> date:
    """The date so many days after the beginning of 1970; the last one there is for what lies beyond."""
    try:
        return _FIRST_DAY + timedelta(days=days)
    except OverflowError:
        return date.max
