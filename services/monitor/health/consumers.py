"""What every process says of itself, taken from the topic `heartbeats` by every process of the monitor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from eventbus import Received, Start, View
from events import Event, ServiceHeartbeat, ServiceStopping, Topic
from monitor.health.instances import Instances


def heartbeats_view(instances: Instances) -> View:
    """Only what comes from now on: the past is in the database."""
    taken: Mapping[type[Event], Callable[[Any], None]] = {
        ServiceHeartbeat: instances.hear,
        ServiceStopping: instances.hear_goodbye,
    }

    async def take(batch: Sequence[Received[Any]]) -> None:
        for received in batch:
            taken[type(received.event)](received.event)

    return View(name="heartbeats", topics=(Topic.HEARTBEATS,), types=tuple(taken), handler=take, start=Start.NOW)
