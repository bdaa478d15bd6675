"""What stands behind an alert is found out before people are told: a rule names who is asked (A-5)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.clock import Clock
from config import EvidenceKind

# Finds out, as lines for people. Never raises: that nobody answers is a line, too.
Gather = Callable[[], Awaitable[tuple[str, ...]]]

# What was found out longer ago was about another alert.
_FRESH: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Asking:
    task: asyncio.Task[tuple[str, ...]]
    begun_at: datetime


class EvidenceDesk:
    """Asks beside the evaluation, which goes on meanwhile."""

    def __init__(self, gather: Mapping[EvidenceKind, Gather], *, clock: Clock) -> None:
        self._gather = gather
        self._clock = clock
        self._asking: dict[EvidenceKind, _Asking] = {}

    def found(self, kind: EvidenceKind) -> tuple[str, ...] | None:
        """The lines, once; None while they are being found out, which the first call lets begin."""
        now = self._clock.now()
        asking = self._asking.get(kind)
        if asking is None or now - asking.begun_at > _FRESH:
            self._drop(kind)
            self._asking[kind] = _Asking(asyncio.create_task(self._ask(kind)), now)
            return None
        if not asking.task.done():
            return None
        del self._asking[kind]
        return asking.task.result()

    async def close(self) -> None:
        """Nobody asks any more."""
        for kind in list(self._asking):
            self._drop(kind)

    def _drop(self, kind: EvidenceKind) -> None:
        if (asking := self._asking.pop(kind, None)) is not None:
            asking.task.cancel()

    async def _ask(self, kind: EvidenceKind) -> tuple[str, ...]:
        gather = self._gather.get(kind)
        return await gather() if gather else (f"Nobody is set up who could be asked about {kind}.",)
