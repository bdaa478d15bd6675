"""Panel `services`: how each service is, by its last heartbeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from monitor.dashboards.formats import NONE_YET
from monitor.dashboards.operations.domain import ServiceRow
from monitor.health.domain import HealthStatus

_STATES: Final = {HealthStatus.HEALTHY: ("ok", "Healthy"), HealthStatus.DEGRADED: ("high", "Degraded")}
_DOWN: Final = ("critical", "Down")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceWords:
    """A service in words.

    name: its name
    mark: the sign of its status
    word: the status
    reason: why it is not healthy, or empty
    beat: how long ago its last heartbeat was
    memory: of all its processes
    lag: records that its consumers have not read yet
    """

    name: str
    mark: str
    word: str
    reason: str
    beat: str
    memory: str
    lag: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicesPanel:
    """Each of the four services."""

    rows: Sequence[ServiceWords]

    @classmethod
    def of(cls, services: Sequence[ServiceRow]) -> Self:
        return cls(rows=[_words(row) for row in services])


def _words(row: ServiceRow) -> ServiceWords:
    mark, word = _STATES.get(row.status, _DOWN)
    return ServiceWords(
        name=row.service,
        mark=mark,
        word=word,
        reason=row.reason or "",
        beat=f"{row.beat:.0f} s" if row.beat is not None else NONE_YET,
        memory=f"{row.memory / 1_000_000:.0f} MB" if row.memory else NONE_YET,
        lag=row.lag,
    )
