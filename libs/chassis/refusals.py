"""Tells of refused attempts that may be attacks: the first at once, the others of its kind together every 10 seconds.

A flood of requests that cost their sender nothing must not become a flood of records, rows and log lines (X-5).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from chassis.background import Periodic
from chassis.clock import Clock
from chassis.telemetry import get_logger
from events import SecurityEvent

TOGETHER: Final = timedelta(seconds=10)
# So many actors are told apart at once; what comes from more is told of all of them.
MOST_ACTORS: Final = 1_000
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
        self._since_told: dict[Attempt, int] = {}

    def report(self, kind: type[SecurityEvent], *, actor: str, what: str, code: str) -> bool:
        """Counts one refusal; True when it is told at once, since none of its kind was told for a while."""
        attempt = (kind, actor, what, code)
        if attempt not in self._since_told and len(self._since_told) >= MOST_ACTORS:
            attempt = (kind, MANY, what, code)
        if attempt in self._since_told:
            self._since_told[attempt] += 1
            return False
        self._since_told[attempt] = 0
        self._tell(attempt, 1)
        return True

    def periodic(self) -> Periodic:
        """What tells of the others."""
        return Periodic("tell of refusals", TOGETHER, self.look)

    async def look(self) -> None:
        """Tells of what was refused since the last look; what was quiet since then is told at once when it returns."""
        counted, self._since_told = self._since_told, {}
        for attempt, count in counted.items():
            if count:
                self._tell(attempt, count)
                self._since_told.setdefault(attempt, 0)
                log.warning("refused_again", what=attempt[2], reason=attempt[3], source=attempt[1], count=count)

    def _tell(self, attempt: Attempt, count: int) -> None:
        kind, actor, what, code = attempt
        now = self._clock.now()
        self._send(kind(actor=actor, what=what, code=code, count=count, service=self._service, occurred_at=now))
