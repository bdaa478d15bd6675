"""Records as the bus sees them, and how an event is read out of one.

A record may be anybody's: whatever its bytes, headers, key and topic are, reading it gives an event of ours or one of
`UNREADABLE`, and never anything else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from chassis.telemetry import continue_trace
from events import (
    REGISTRY,
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
_TYPE_LENGTH = 200
_OURS = re.compile(r"fullhouse(\.[a-z0-9_]+)+\.v[0-9]+", re.ASCII)


class KafkaRecord(Protocol):
    """What the bus needs of a record of the client library; `timestamp` in milliseconds."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRecord:
    """A record byte for byte (only in the name of a header a zero is replaced: no text can hold it).

    `topic` without prefix; a header may have no value, which is not an empty one.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: RawHeaders


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
    headers = tuple([(_header_name(name), value) for name, value in record.headers])
    return RawRecord(
        topic=topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=headers,
    )


@lru_cache(maxsize=256)
def _header_name(name: str) -> str:
    """As `storable`; remembered, since all records of ours have the same."""
    return storable(name)


def storable(text: str) -> str:
    """The database keeps no text with a zero or half a character in it; nothing of ours has one."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def type_text(headers: RawHeaders) -> str:
    """What the record says it is, for people and filters."""
    return storable(event_type(headers) or "")[:_TYPE_LENGTH]


def concerns(headers: RawHeaders, types: Collection[str]) -> bool:
    """Whether a group that handles `types` must look at the record.

    Types of ours that it doesn't handle are others' affair, and so are versions and types that this release doesn't
    know yet: they are published beside the old ones (E-3). What has no type of ours is nobody's, so everybody looks.
    """
    kind = event_type(headers)
    return kind in types or kind is None or (kind not in REGISTRY and _OURS.fullmatch(kind) is None)


def stated_id(record: RawRecord) -> UUID | None:
    """The id of an event that can't be read, if its envelope can."""
    try:
        return Envelope.parse(record.headers).id
    except Exception:  # noqa: BLE001 whatever is wrong with it, it names no event
        return None


def receive(record: RawRecord) -> Received[Event]:
    """Reads envelope and event; raises one of `UNREADABLE`, whatever the record is."""
    try:
        envelope = Envelope.parse(record.headers)
        event = parse_event(envelope.type, record.value)
        _check_place(record, event)
    except UNREADABLE:
        raise
    except Exception as error:
        # A time beyond the calendar, a nesting too deep: kinds of mistakes that no check names.
        raise UnreadableEventError(f"{type(error).__name__} while reading it") from error
    return Received(event=event, envelope=envelope, record=record)


def _check_place(record: RawRecord, event: Event) -> None:
    """Another topic or key than the event's own would break the order of its aggregate (E-2, E-3)."""
    if record.topic != event.destination:
        raise UnreadableEventError(f"{event.type} is on topic {record.topic}, not {event.destination}")
    if record.key != event.key.encode():
        raise UnreadableEventError(f"{event.type} has another key than its own")


def id_day(event_id: UUID) -> date:
    """The day inside a UUIDv7: the inbox' partition, the same for every copy of the event."""
    milliseconds = event_id.int >> _MILLISECOND_SHIFT
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).date()
    except (ValueError, OverflowError, OSError):
        return date.max
