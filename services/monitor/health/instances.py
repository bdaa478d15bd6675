"""The processes of all services, and what each has said last: in memory, fed by the topic `heartbeats`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from chassis.clock import Clock
from events import ServiceHeartbeat, ServiceStopping
from monitor.health.domain import Instance, Situation


class Instances:
    """Every process of the monitor keeps them. An older word never replaces a newer one."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._since = clock.now()
        self._known: dict[str, Instance] = {}

    def hear(self, event: ServiceHeartbeat) -> None:
        """Keeps a process's newest word."""
        known = self._known.get(event.instance)
        if known is None or event.occurred_at >= known.heartbeat.occurred_at:
            self._known[event.instance] = Instance(heartbeat=event, heard_at=self._clock.now())

    def hear_goodbye(self, event: ServiceStopping) -> None:
        """Keeps that a process has said goodbye, so that it is not missed."""
        known = self._known.get(event.instance)
        if known is not None and event.occurred_at >= known.heartbeat.occurred_at:
            self._known[event.instance] = replace(known, heard_at=self._clock.now(), stopped=True)

    def add(self, known: Iterable[Instance]) -> None:
        """Adds what was known before this process began."""
        for each in known:
            self._known.setdefault(each.heartbeat.instance, each)

    def all(self) -> list[Instance]:
        return list(self._known.values())

    def forget(self, *, before: datetime) -> None:
        """Forgets processes that have been silent since then."""
        self._known = {name: known for name, known in self._known.items() if known.heard_at >= before}

    def situation(self, own: ServiceHeartbeat) -> Situation:
        """What is known now; `own` is this process's own heartbeat."""
        return Situation(now=self._clock.now(), since=self._since, instances=dict(self._known), own=own)
