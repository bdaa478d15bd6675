"""An outage is told when it begins and each ten seconds that it lasts, however often somebody tries."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

AGAIN_AFTER: Final = 10.0  # seconds


class OutageLog:
    """Tells of one thing that is tried again and again; another reason is told at once."""

    def __init__(self, say: Callable[[str], None], *, now: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._now = now
        self._told: tuple[str, float] | None = None

    def tell(self, reason: str) -> None:
        now = self._now()
        if self._told is not None and self._told[0] == reason and now - self._told[1] < AGAIN_AFTER:
            return
        self._told = (reason, now)
        self._say(reason)
