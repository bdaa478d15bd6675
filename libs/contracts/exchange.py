"""Who writes which type, and who reads it by which group."""

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
    """`effect`: a consumer group, each event exactly once. `view`: every process reads everything, without a group."""

    EFFECT = "effect"
    VIEW = "view"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A subscription. `start`: where it begins when it is new, `beginning` or `now`; `types`: full names."""

    service: str
    name: str
    kind: Kind
    start: str
    topics: tuple[str, ...]
    types: tuple[str, ...]

    def types_on(self, topic: str) -> tuple[str, ...]:
        return tuple(name for name in self.types if topic in topics_of(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """`writes`: the types that each service's code publishes."""

    writes: Mapping[str, tuple[str, ...]]
    readings: tuple[Reading, ...]

    def writers(self, event_type: str) -> tuple[str, ...]:
        return tuple(service for service in SERVICES if event_type in self.writes[service])

    def readers(self, event_type: str) -> tuple[Reading, ...]:
        return tuple(reading for reading in self.readings if event_type in reading.types)

    def readings_of(self, service: str) -> tuple[Reading, ...]:
        return tuple(reading for reading in self.readings if reading.service == service)

    def text(self) -> str:
        """What `load_exchange` reads."""
        return json.dumps(asdict(self), indent=1) + "\n"


@cache
def load_exchange() -> Exchange:
    """What the services of this version do."""
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
    """Where the type is written to; an alert's topic is its severity's."""
    model = REGISTRY[event_type]
    topic = getattr(model, "topic", None)
    return (topic.value,) if topic else tuple(each.value for each in Topic if each.value.startswith("alerts."))
