"""The sandbox's time.

What vendors write on their objects (`created`, signature timestamps) is the real time, since the product checks it
against its own clock. What the sandbox waits for (retries, delayed payments, ends of sessions) runs on a clock that
`advance` moves on (S-4). While a history is made, both stand in the past.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from sandbox.core.keeping import RECORDS, Facts, Keep

Action: TypeAlias = Callable[[], Awaitable[None]]
Work: TypeAlias = Callable[..., Awaitable[None]]
_log = logging.getLogger("sandbox.clock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A moment that is over.

    at: when it was, in seconds since the epoch
    told: whether what happened then reached those who asked to hear of it
    """

    at: float
    told: bool


class Timers:
    """Actions with a due time, run by the real time passing or by `advance`.

    Those that are named (`names`, `later`) outlive the process when its state does; `resume` takes them up again.
    """

    def __init__(self, keep: Keep | None = None) -> None:
        self._keep = keep or Keep()
        self._facts = Facts(self._keep, "clock")
        self._kept: dict[str, Any] = self._keep.shelf("timers", RECORDS)
        self._named: dict[str, Work] = {}
        # The real time, moved on: so what is due means the same to the next process.
        self._base = time.time() - time.monotonic()
        self._offset = self._base + self._facts.get("advanced", float)
        self._due: list[tuple[float, int, Action]] = []
        self._order = itertools.count()
        self._handle: asyncio.TimerHandle | None = None
        self._armed_for: float | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._stopped = False
        self.past: Past | None = None

    @property
    def advanced_seconds(self) -> float:
        return self._offset - self._base

    def wall(self) -> float:
        """Seconds since the epoch; only a history moves them."""
        return time.time() if self.past is None else self.past.at

    @contextmanager
    def in_the_past(self, past: Past) -> Iterator[None]:
        """What is done inside, which waits for nothing, was done then. Nothing follows that would have come due since:
        whoever makes a history says all of it.
        """
        self.past = past
        try:
            yield
        finally:
            self.past = None

    def elapsed(self) -> float:
        """Seconds on the clock that `advance` moves; only differences mean something."""
        return time.monotonic() + self._offset

    def waiting(self) -> int:
        return len(self._due)

    def after(self, seconds: float, action: Action) -> None:
        """Run the action once `seconds` have passed on the sandbox's clock."""
        if self._over(seconds):
            return
        due = self._due_at(seconds)
        heapq.heappush(self._due, (due, next(self._order), action))
        if self._armed_for is None or due < self._armed_for:
            self._arm()

    def names(self, **works: Work) -> None:
        """What `later` can be told to do."""
        self._named |= works

    def later(self, seconds: float, name: str, *given: str | int | None) -> None:
        """Do the named work with what is given once `seconds` have passed on the sandbox's clock."""
        if not self._keep.lasting:
            self.after(seconds, partial(self._named[name], *given))
            return
        if self._over(seconds):
            return
        due = self._due_at(seconds)
        key = f"{due:.6f} {next(self._order)} {name}"
        self._kept[key] = [due, name, *given]
        self.after(seconds, partial(self._kept_work, key))

    def _due_at(self, seconds: float) -> float:
        """On the clock that `advance` moves."""
        since = 0.0 if self.past is None else time.time() - self.past.at
        return self.elapsed() + seconds - since

    def _over(self, seconds: float) -> bool:
        return self.past is not None and self.past.at + seconds <= time.time()

    def resume(self) -> None:
        """Everything that was due or still is."""
        for key, (due, *_) in list(self._kept.items()):
            self.after(due - self.elapsed(), partial(self._kept_work, key))

    def promised(self, name: str) -> list[list[str]]:
        """What is given to the named work that is still to be done; empty in memory."""
        return [given for _, named, *given in self._kept.values() if named == name]

    async def _kept_work(self, key: str) -> None:
        _, name, *given = self._kept.pop(key)
        await self._named[name](*given)

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
        self._facts.set("advanced", self.advanced_seconds)
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
        task = asyncio.ensure_future(self._guarded(action))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _guarded(self, action: Action) -> None:
        try:
            await action()
            if self._keep.lasting:
                await self._keep.written()
        except Exception:
            _log.exception("An action of the sandbox failed")
            raise
