"""The attributes of an event, in the headers of its record (CloudEvents, E-2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

Headers = tuple[tuple[str, bytes], ...]

CONTENT_TYPE = "application/json"
SPEC_VERSION = "1.0"
_CONTENT_TYPE = CONTENT_TYPE.encode()
_SPEC_VERSION = SPEC_VERSION.encode()
_NAMES: Final = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "content-type")
_NAMES_WITH_TRACE: Final = (*_NAMES, "traceparent")
# Tested first for every header of every record, since nearly all are among these.
USUAL_NAMES: Final = frozenset(_NAMES_WITH_TRACE)

_TRACEPARENT = re.compile(r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")
_UUID_VERSION = 7


class EnvelopeError(ValueError):
    """The record's headers are not those of an event of ours; no retry can help (E-5)."""


class Envelope(NamedTuple):
    """CloudEvents 1.0 attributes in Kafka's binary content mode (E-2). One is made and one read for each event.

    id: a UUIDv7, unique forever; consumers deduplicate by it
    source: the service that wrote the event
    type: the full name with the major version
    time: when the event was written
    subject: the aggregate's id, as the record's key
    traceparent: the W3C header of the trace, which is no attribute of CloudEvents
    """

    id: UUID
    source: str
    type: str
    time: datetime
    subject: str
    traceparent: str | None = None

    def headers(self) -> Headers:
        """The headers that `parse` reads."""
        return tuple(zip(self.names(), self.values(), strict=True))

    def names(self) -> tuple[str, ...]:
        """The names of the headers, in their order."""
        return _NAMES if self.traceparent is None else _NAMES_WITH_TRACE

    def values(self) -> tuple[bytes, ...]:
        """The values of the headers, in the order of `names`."""
        values = (
            _SPEC_VERSION,
            str(self.id).encode(),
            self.source.encode(),
            self.type.encode(),
            _stamp(self.time),
            self.subject.encode(),
            _CONTENT_TYPE,
        )
        return values if self.traceparent is None else (*values, self.traceparent.encode())

    @classmethod
    def parse(cls, headers: Iterable[tuple[str, bytes | None]]) -> Envelope:
        """The envelope in a record's headers; raises `EnvelopeError` for any others."""
        values = _decoded(headers)
        if values.get("ce_specversion") != SPEC_VERSION:
            raise EnvelopeError(f"ce_specversion is {values.get('ce_specversion')!r}, not {SPEC_VERSION!r}")
        content_type = values.get("content-type", CONTENT_TYPE).partition(";")[0].strip().lower()
        if content_type != CONTENT_TYPE:
            raise EnvelopeError(f"content-type is not {CONTENT_TYPE}")
        traceparent = values.get("traceparent")
        return cls(
            id=_event_id(_required(values, "ce_id")),
            source=_required(values, "ce_source"),
            type=_required(values, "ce_type"),
            time=_time(_required(values, "ce_time")),
            subject=values.get("ce_subject", ""),
            traceparent=traceparent if traceparent and _TRACEPARENT.match(traceparent) else None,
        )


def event_type(headers: Iterable[tuple[str, bytes | None]]) -> str | None:
    """The record's `ce_type`, read alone, so that a group can skip types that it doesn't handle."""
    for name, value in headers:
        if name == "ce_type" and value is not None:
            return value.decode("utf-8", "replace")
    return None


def _decoded(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, str]:
    """Our headers as text. A header that stands there twice is refused, since either could count."""
    values: dict[str, str] = {}
    for name, value in headers:
        if value is None or not _ours(name):
            continue
        if name in values:
            raise EnvelopeError(f"header {name} stands there twice")
        try:
            values[name] = value.decode()
        except UnicodeDecodeError as error:
            raise EnvelopeError(f"a header is not UTF-8: {error.reason}") from error
    return values


def _ours(name: str) -> bool:
    return name in USUAL_NAMES or name.startswith("ce_")


def _required(values: Mapping[str, str], name: str) -> str:
    value = values.get(name)
    if not value:
        raise EnvelopeError(f"header {name} is missing")
    return value


def _event_id(text: str) -> UUID:
    try:
        value = UUID(text)
    except ValueError as error:
        raise EnvelopeError("ce_id is not a UUID") from error
    if value.version != _UUID_VERSION:
        raise EnvelopeError(f"ce_id is a UUID of version {value.version}, not {_UUID_VERSION}")
    return value


def _time(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise EnvelopeError("ce_time is not ISO 8601") from error
    if value.tzinfo is None:
        raise EnvelopeError("ce_time has no time zone")
    return _in_utc(value)


@lru_cache(maxsize=16)
def _stamp(moment: datetime) -> bytes:
    """The moment as ISO 8601 in UTC; events that are written together have the same."""
    return _in_utc(moment).isoformat().replace("+00:00", "Z").encode()


def _in_utc(moment: datetime) -> datetime:
    """The moment in UTC; nearly always it is already."""
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
