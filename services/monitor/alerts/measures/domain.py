"""How a figure is measured: what its function is given, and what a rule on it must look like."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.database import Reader
from config import FigureForm
from events import ServiceHeartbeat
from monitor.alerts.domain import Reading
from monitor.health.domain import SILENCE, Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What a figure is measured from.

    reader: the monitor's database
    situation: what every process says of itself
    over: the rule's window; nothing for figures as of now
    """

    reader: Reader
    situation: Situation
    over: timedelta = timedelta(0)

    @property
    def since(self) -> datetime:
        """When the window begins: at a full minute, as figures are kept, so that it is long enough."""
        return (self.situation.now - self.over).replace(second=0, microsecond=0)


Measuring = Callable[[Sources], Awaitable[Sequence[Reading]]]


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure that rules may name.

    read: measures it
    form: what a rule on it must look like
    """

    read: Measuring
    form: FigureForm


def living(situation: Situation) -> Sequence[ServiceHeartbeat]:
    """The newest word of each process that still speaks: what others said of themselves is over."""
    return [
        each.heartbeat
        for each in situation.instances.values()
        if not each.stopped and situation.silence(each) <= SILENCE
    ]
