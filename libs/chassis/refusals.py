"""Tells of refused attempts that may be attacks: the first at once, the others of its kind together every 10 seconds.

A flood of requests that cost their sender nothing must not become a flood of records and log lines (X-5).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from chassis.background import Periodic
from chassis.clock import Clock
from chassis.tally import TOGETHER, Tally
from chassis.telemetry import get_logger
from events import SecurityEvent

MANY: Final = "many"

log = get_logger()

Attempt = tuple[type[SecurityEvent], str, str, str]


class RefusalReports:
    """Counts refusals by kind, actor, deed and code, and sends the facts.

    service: who refuses
    send: takes a fact that may be lost
    clock: gives the time
    """

    def __init__(self, *, service: str, send: Callable[[SecurityEvent], None], clock: Clock) -> None:
        self._service = service
        self._send = send
        self._clock = clock
        self._tally: Tally[Attempt] = Tally()

    def report(self, kind: type[SecurityEvent], *, actor: str, what: str, code: str) -> bool:
        """Counts one refusal; True when it is told at once, since none of its kind was told for a while."""
        attempt = self._tally.add((kind, actor, what, code), rest=(kind, MANY, what, code))
        if attempt is not None:
            self._tell(attempt, 1)
        return attempt is not None

    def periodic(self) -> Periodic:
        """What tells of the others."""
        return Periodic("tell of refusals", TOGETHER, self.look)

    async def look(self) -> None:
        """Tells of what was refused since the last look."""
        for attempt, count in self._tally.take():
            self._tell(attempt, count)
            log.warning("refused_again", what=attempt[2], reason=attempt[3], source=attempt[1], count=count)

    def _tell(self, attempt: Attempt, count: int) -> None:
        kind, actor, what, code = attempt
        now = self._clock.now()
        self._send(kind(actor=actor, what=what, code=code, count=count, service=self._service, occurred_at=now))
