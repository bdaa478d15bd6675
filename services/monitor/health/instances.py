"""Who said what last: in memory, fed by a view of the topic `heartbeats`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from chassis.clock import Clock
from eventbus import Received, Start, View
from events import ServiceHeartbeat, ServiceStopping, Topic
from monitor.health.domain import Instance, Situation


class Instances:
    """Every process of the monitor keeps one. Older words never replace newer ones."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._since = clock.now()
        self._known: dict[str, Instance] = {}

    def view(self) -> View:
        """Only what comes from now on: the past is in the database."""
        return View(
            name="heartbeats",
            topics=(Topic.HEARTBEATS,),
            types=(ServiceHeartbeat, ServiceStopping),
            handler=self.on_events,
            start=Start.NOW,
        )

    async def on_events(self, batch: Sequence[Received[Any]]) -> None:
        for received in batch:
            self.hear(received.event)

    def hear(self, event: ServiceHeartbeat | ServiceStopping) -> None:
        known = self._known.get(event.instance)
        if known is not None and event.occurred_at < known.heartbeat.occurred_at:
            return
        if isinstance(event, ServiceHeartbeat):
            self._known[event.instance] = Instance(heartbeat=event, heard_at=self._clock.now())
        elif known is not None:
            self._known[event.instance] = replace(known, heard_at=self._clock.now(), stopped=True)

    def add(self, known: Iterable[Instance]) -> None:
        """What was known before this process began."""
        for each in known:
            self._known.setdefault(each.heartbeat.instance, each)

    def all(self) -> list[Instance]:
        return list(self._known.values())

    def forget(self, *, before: datetime) -> None:
        self._known = {name: known for name, known in self._known.items() if known.heard_at >= before}

    def situation(self, own: ServiceHeartbeat) -> Situation:
        return Situation(now=self._clock.now(), since=self._since, instances=dict(self._known), own=own)
