"""Which service writes each event type, and which groups and views read it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from events import REGISTRY, Topic

SERVICES: Final = ("checkout", "inventory", "notifier", "monitor")
PATH: Final = Path(__file__).parent / "exchange.json"


class Kind(StrEnum):
    """The kind of a subscription.

    EFFECT: a consumer group, with each event exactly once
    VIEW: every process reads everything, without a group
    """

    EFFECT = "effect"
    VIEW = "view"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A subscription of a service.

    service: who reads
    name: the group's or the view's name
    kind: group or view
    start: where it starts when it is new, `beginning` or `now`
    topics: what it reads
    types: the types that it handles, full names
    """

    service: str
    name: str
    kind: Kind
    start: str
    topics: tuple[str, ...]
    types: tuple[str, ...]

    def types_on(self, topic: str) -> tuple[str, ...]:
        """The types that it handles on a topic."""
        return tuple(name for name in self.types if topic in topics_of(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Who writes and who reads.

    writes: by service, the types that its code publishes
    readings: all subscriptions
    """

    writes: Mapping[str, tuple[str, ...]]
    readings: tuple[Reading, ...]

    def writers(self, event_type: str) -> tuple[str, ...]:
        """The services that publish the type."""
        return tuple(service for service in SERVICES if event_type in self.writes[service])

    def readers(self, event_type: str) -> tuple[Reading, ...]:
        """The subscriptions that handle the type."""
        return tuple(reading for reading in self.readings if event_type in reading.types)

    def readings_of(self, service: str) -> tuple[Reading, ...]:
        """The subscriptions of a service."""
        return tuple(reading for reading in self.readings if reading.service == service)

    def text(self) -> str:
        """The text that `load_exchange` reads."""
        return json.dumps(asdict(self), indent=1) + "\n"


@cache
def load_exchange() -> Exchange:
    """The exchange of this release, from `exchange.json`."""
    document: dict[str, Any] = json.loads(PATH.read_text())
    return Exchange(
        writes={service: tuple(types) for service, types in document["writes"].items()},
        readings=tuple(
            Reading(
                service=reading["service"],
                name=reading["name"],
                kind=Kind(reading["kind"]),
                start=reading["start"],
                topics=tuple(reading["topics"]),
                types=tuple(reading["types"]),
            )
            for reading in document["readings"]
        ),
    )


def topics_of(event_type: str) -> tuple[str, ...]:
    """The topics to which the type is written; an alert's is its severity's."""
    model = REGISTRY[event_type]
    topic = getattr(model, "topic", None)
    return (topic.value,) if topic else tuple(each.value for each in Topic if each.value.startswith("alerts."))
