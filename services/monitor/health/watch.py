"""Everybody's situation, as this process knows it."""

from __future__ import annotations

from collections.abc import Callable

from chassis.errors import Unavailable
from eventbus import Heartbeats
from monitor.health.domain import Situation
from monitor.health.instances import Instances


class HealthWatch:
    """Joins what the others said with this process's own heartbeat, which comes straight and not through Kafka.

    `heartbeats`: this process's, None before it has started.
    """

    def __init__(self, instances: Instances, *, heartbeats: Callable[[], Heartbeats | None]) -> None:
        self.instances = instances
        self._heartbeats = heartbeats

    @property
    def own_name(self) -> str | None:
        """How this process calls itself in its heartbeats."""
        heartbeats = self._heartbeats()
        return heartbeats.instance if heartbeats else None

    def situation(self) -> Situation | None:
        """None before this process's first heartbeat."""
        heartbeats = self._heartbeats()
        return self.instances.situation(heartbeats.last) if heartbeats and heartbeats.last else None

    async def fresh(self) -> Situation:
        """Makes the first heartbeat where there is none yet. Raises Unavailable before the process has started."""
        heartbeats = self._heartbeats()
        if heartbeats is None:
            raise Unavailable("this process has not started yet")
        return self.instances.situation(heartbeats.last or await heartbeats.heartbeat())
