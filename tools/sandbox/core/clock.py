"""The sandbox's time.

What vendors write on their objects (`created`, signature timestamps) is the real time, since the product checks it
against its own clock. What the sandbox waits for (retries, delayed payments, ends of sessions) runs on a clock that
`advance` moves on (S-4).
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias

Action: TypeAlias = Callable[[], Awaitable[None]]
_log = logging.getLogger("sandbox.clock")


class Timers:
    """Actions with a due time, run by the real time passing or by `advance`."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._due: list[tuple[float, int, Action]] = []
        self._order = itertools.count()
        self._handle: asyncio.TimerHandle | None = None
        self._armed_for: float | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._stopped = False

    @property
    def advanced_seconds(self) -> float:
        return self._offset

    def wall(self) -> float:
        """Seconds since the epoch, never moved."""
        return time.time()

    def elapsed(self) -> float:
        """Seconds on the clock that `advance` moves; only differences mean something."""
        return time.monotonic() + self._offset

    def waiting(self) -> int:
        return len(self._due)

    def after(self, seconds: float, action: Action) -> None:
        """Run the action once `seconds` have passed on the sandbox's clock."""
        due = self.elapsed() + seconds
        heapq.heappush(self._due, (due, next(self._order), action))
        if self._armed_for is None or due < self._armed_for:
            self._arm()

    def soon(self, action: Action) -> None:
        """Run the action now, beside the caller."""
        self._start(action)

    async def advance(self, seconds: float) -> int:
        """Move the clock on; returns how many actions came due, each of them finished.

        Actions run in the order of their due times, with the clock standing at theirs, so that what they start
        themselves (the next retry) comes due in the same move.
        """
        target, count = self.elapsed() + seconds, 0
        while self._due and self._due[0][0] <= target:
            self._offset += max(0.0, self._due[0][0] - self.elapsed())
            tasks = [self._start(action) for action in self._pop_due()]
            count += len(tasks)
            await asyncio.gather(*tasks, return_exceptions=True)
        self._offset += max(0.0, target - self.elapsed())
        self._arm()
        return count

    async def stop(self) -> None:
        self._stopped = True
        if self._handle is not None:
            self._handle.cancel()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _pop_due(self) -> list[Action]:
        now, actions = self.elapsed(), []
        while self._due and self._due[0][0] <= now:
            actions.append(heapq.heappop(self._due)[2])
        return actions

    def _arm(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._handle = self._armed_for = None
        if self._due and not self._stopped:
            self._armed_for = self._due[0][0]
            delay = max(0.0, self._armed_for - self.elapsed())
            self._handle = asyncio.get_running_loop().call_later(delay, self._ring)

    def _ring(self) -> None:
        self._handle = self._armed_for = None
        for action in self._pop_due():
            self._start(action)
        self._arm()

    def _start(self, action: Action) -> asyncio.Task[None]:
        task = asyncio.ensure_future(_guarded(action))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task


async def _guarded(action: Action) -> None:
    try:
        await action()
    except Exception:
        _log.exception("An action of the sandbox failed")
        raise
