"""What a stream says, to whom, and from where it goes on."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from eventbus import Received
from events import (
    ActivityCheckoutStarted,
    AlertEvent,
    Event,
    OrderEvent,
    OrderPaymentFailed,
    ServiceErrorsCounted,
    StockLow,
    StockSold,
    StockSoldOut,
    Topic,
    masked,
)

Place = tuple[str, int]  # topic, partition
_VERSION: Final = 1
_SEVEN_BITS: Final = 0x7F
_MORE: Final = 0x80
_TOPICS: Final = tuple(topic.value for topic in Topic)
_NAMES: Final[Mapping[type[Event], str]] = {
    StockSold: "ticket_sale",
    OrderPaymentFailed: "payment_failed",
    StockLow: "inventory_low",
    StockSoldOut: "inventory_low",
}
_SYSTEM_ERRORS: Final = frozenset({"high", "critical"})


def short_name(event: Event) -> str:
    """The name of an event in streams: a word for people, else its short type (M-10)."""
    if isinstance(event, ServiceErrorsCounted) and event.severity in _SYSTEM_ERRORS:
        return "system_error"
    return _NAMES.get(type(event), event.short_type())


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamMessage:
    """An event on its way to readers, rendered once for all of them.

    seq: its place in the ring
    place: its topic and partition
    offset: its offset there
    event: the event
    name: its name in streams
    position: where a reader goes on after it
    body: its JSON, what is personal or secret masked
    """

    seq: int
    place: Place
    offset: int
    event: Event
    name: str
    position: str
    body: str

    @property
    def topic(self) -> str:
        return self.place[0]

    def block(self, *, position: str, short: bool) -> str:
        """The lines of a server-sent event; `position` is where its reader goes on after it."""
        return f"id: {position}\nevent: {self.name if short else self.event.type}\ndata: {self.body}\n\n"


def body_of(received: Received[Event], name: str) -> str:
    """`{id, type, name, timestamp, data}`, what is personal or secret masked (E-10)."""
    envelope = received.envelope
    document = {
        "id": str(envelope.id),
        "type": envelope.type,
        "name": name,
        "timestamp": _iso(envelope.time),
        "data": masked(received.event),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFilter:
    """What a reader asked for (X-9); an empty set asks for everything.

    topics: names of topics
    types: full types, short types or names in streams
    cities: ids of cities
    severities: of alerts and errors
    """

    topics: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    cities: frozenset[str] = frozenset()
    severities: frozenset[str] = frozenset()

    def takes(self, message: StreamMessage) -> bool:
        """Whether the reader asked for this message."""
        event = message.event
        return (
            (not self.topics or message.topic in self.topics)
            and (not self.types or not self.types.isdisjoint((event.type, event.short_type(), message.name)))
            and (not self.cities or not self.cities.isdisjoint(cities_of(event)))
            and (not self.severities or severity_of(event) in self.severities)
        )

    def covers(self, topic: str) -> bool:
        """Whether anything of this topic may be asked for."""
        return not self.topics or topic in self.topics


def cities_of(event: Event) -> tuple[str, ...]:
    """The cities that an event is about; none for one that is about no city."""
    if isinstance(event, AlertEvent):
        return (event.labels.get("city", ""),)
    if isinstance(event, OrderEvent):
        return event.city_ids
    if isinstance(event, ActivityCheckoutStarted):
        return tuple(line.item_id for line in event.lines)
    found = getattr(event, "city_id", None)
    return (found,) if isinstance(found, str) else ()


def severity_of(event: Event) -> str | None:
    """The severity that an event names, if it names one."""
    found = getattr(event, "severity", None)
    return str(found) if found is not None else None


class Positions:
    """The next offset of every partition, as a short text: the `id` of server-sent events.

    It says how far a reader got in each partition, so that any process can go on from there without gap or repeat:
    partitions have no order among each other that two processes would agree on. `log` tells one cluster from another:
    offsets of a former one mean nothing here.
    """

    def __init__(self, offsets: Mapping[Place, int], *, log: int = 0) -> None:
        self._places = sorted(offsets, key=lambda place: (_TOPICS.index(place[0]), place[1]))
        self._index = {place: at for at, place in enumerate(self._places)}
        self._encoded = [_varint(offsets[place]) for place in self._places]
        self._head = _layout(self._places, log)

    def move(self, place: Place, offset: int) -> None:
        """The next offset of a partition is another one now."""
        self._encoded[self._index[place]] = _varint(offset)

    def text(self) -> str:
        """The id."""
        return base64.urlsafe_b64encode(self._head + b"".join(self._encoded)).decode().rstrip("=")


def read_positions(text: str, *, log: int = 0) -> dict[Place, int] | None:
    """The offsets in an id; None for a text that is none of ours, or of another log."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        numbers = _numbers(raw)
        if (next(numbers), next(numbers), next(numbers)) != (_VERSION, log, len(_TOPICS)):
            return None
        counts = [next(numbers) for _ in _TOPICS]
        places = [(topic, number) for topic, count in zip(_TOPICS, counts, strict=True) for number in range(count)]
        return {place: next(numbers) for place in places}
    except (ValueError, binascii.Error, StopIteration, RuntimeError):
        return None


def further(text: str, ahead: Mapping[Place, int], *, log: int = 0) -> str:
    """The id of a place that is further on in some partitions."""
    return Positions({**(read_positions(text, log=log) or {}), **ahead}, log=log).text() if ahead else text


def log_number(cluster: str) -> int:
    """The short form of a cluster's id."""
    return zlib.crc32(cluster.encode())


def _layout(places: list[Place], log: int) -> bytes:
    counts = [sum(place[0] == topic for place in places) for topic in _TOPICS]
    return b"".join(map(_varint, (_VERSION, log, len(_TOPICS), *counts)))


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > _SEVEN_BITS:
        out.append(number & _SEVEN_BITS | _MORE)
        number >>= 7
    out.append(number)
    return bytes(out)


def _numbers(raw: bytes) -> Iterator[int]:
    number, shift = 0, 0
    for byte in raw:
        number |= (byte & _SEVEN_BITS) << shift
        shift += 7
        if not byte & _MORE:
            yield number
            number, shift = 0, 0


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
