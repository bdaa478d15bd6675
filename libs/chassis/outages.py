"""Logs an outage when it begins and every ten seconds, however often it is met."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

AGAIN_AFTER: Final = 10.0  # seconds


class OutageLog:
    """Limits the log lines about something that is retried; a new reason is logged at once."""

    def __init__(self, say: Callable[[str], None], *, now: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._now = now
        self._told: tuple[str, float] | None = None

    def tell(self, reason: str) -> None:
        """Logs the reason, unless the same one was logged less than ten seconds ago."""
        now = self._now()
        if self._told is not None and self._told[0] == reason and now - self._told[1] < AGAIN_AFTER:
            return
        self._told = (reason, now)
        self._say(reason)
