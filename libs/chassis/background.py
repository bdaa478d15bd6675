"""Tasks that live as long as the service: named, restarted with backoff when they fail, stopped gracefully."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from types import TracebackType
from typing import Final, Protocol, Self

from chassis.cancelling import cancel
from chassis.clock import Clock, SystemClock
from chassis.errors import Unavailable
from chassis.telemetry import get_logger

log = get_logger()

FIRST_PAUSE: Final = timedelta(milliseconds=500)
LONGEST_PAUSE: Final = timedelta(seconds=30)

Work = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Periodic:
    """Work of this process that runs every `interval` (counted from the end of one run to the start of the next).

    `work` takes nothing; it should do a bounded piece. `grace` is how long a stop waits for a run under way.
    """

    name: str
    interval: timedelta
    work: Work
    grace: timedelta = timedelta(seconds=5)


class Loop(Protocol):
    """Something that runs until its own `stop` is called, and then has `grace` to end what is under way."""

    @property
    def name(self) -> str: ...

    @property
    def grace(self) -> timedelta: ...

    async def run(self) -> None: ...

    def stop(self) -> None: ...


@dataclass(slots=True)
class TaskState:
    """What `/readyz` checks and tests may look at."""

    name: str
    runs: int = 0
    failures: int = 0
    failing: bool = False  # pausing after a failure right now


class Background:
    """Runs the long-lived tasks of one service; register before or after `start`.

    A task that raises is logged (`background_task_failed`; an outage, which is nobody's mistake, as
    `background_task_unavailable`) and started again after a pause that doubles from 0.5 s to 30 s, with jitter; a task
    that returns is finished. `stop` lets a periodic run under way end within its grace and
    cancels the rest.
    """

    def __init__(self, *, clock: Clock | None = None, rng: Random | None = None) -> None:
        self._clock = clock or SystemClock()
        self._rng = rng or Random()
        self._registered: list[tuple[str, Work, timedelta]] = []
        self._tasks: dict[asyncio.Task[None], timedelta] = {}
        self._states: dict[str, TaskState] = {}
        self._stopping = asyncio.Event()
        self._stops: list[Callable[[], None]] = []
        self._started = False

    @property
    def stopping(self) -> bool:
        """True from the moment a stop was asked for; long loops look at it between steps."""
        return self._stopping.is_set()

    def states(self) -> tuple[TaskState, ...]:
        return tuple(self._states.values())

    def run(self, name: str, work: Work, *, grace: timedelta = timedelta(0)) -> None:
        """Keep `work` (usually an endless loop) running; at stop it has `grace` to end by itself."""
        self._add(name, work, grace)

    def keep(self, loop: Loop) -> None:
        """Keep a loop running that knows how to stop."""
        self._stops.append(loop.stop)
        self._add(loop.name, loop.run, loop.grace)

    def every(self, periodic: Periodic) -> None:
        """Run periodic work until the stop, the first time at once."""
        self._add(periodic.name, lambda: self._repeat(periodic), periodic.grace)

    async def start(self) -> None:
        self._started = True
        for name, work, grace in self._registered:
            self._launch(name, work, grace)

    async def stop(self) -> None:
        """Ask everything to end, wait the graces, cancel what is left; returns when nothing runs any more."""
        self._stopping.set()
        for stop in self._stops:
            stop()
        await asyncio.gather(*(self._end(task, grace) for task, grace in list(self._tasks.items())))
        self._started = False

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _add(self, name: str, work: Work, grace: timedelta) -> None:
        if name in self._states:
            raise ValueError(f"there is a task named {name} already")
        self._states[name] = TaskState(name)
        self._registered.append((name, work, grace))
        if self._started:
            self._launch(name, work, grace)

    def _launch(self, name: str, work: Work, grace: timedelta) -> None:
        task = asyncio.create_task(self._keep_alive(self._states[name], work), name=name)
        self._tasks[task] = grace
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    async def _keep_alive(self, state: TaskState, work: Work) -> None:
        pause = FIRST_PAUSE
        while not self.stopping:
            runs = state.runs
            try:
                await work()
            except Exception as error:  # noqa: BLE001 whatever a task fails with, it is logged and started again
                # A task that got some work done since its last failure starts its backoff anew.
                pause = FIRST_PAUSE if state.runs > runs else pause
                self._failed(state, error)
                await self._pause(pause * self._rng.uniform(0.5, 1.0))
                pause = min(pause * 2, LONGEST_PAUSE)
                state.failing = False
            else:
                return

    def _failed(self, state: TaskState, error: Exception) -> None:
        state.failures += 1
        state.failing = True
        if isinstance(error, Unavailable):
            log.warning("background_task_unavailable", task=state.name, failures=state.failures, reason=str(error))
        else:
            log.error("background_task_failed", task=state.name, failures=state.failures, exc_info=error)

    async def _repeat(self, periodic: Periodic) -> None:
        state = self._states[periodic.name]
        while not self.stopping:
            await periodic.work()
            state.runs += 1
            await self._pause(periodic.interval)

    async def _pause(self, interval: timedelta) -> None:
        sleeping = asyncio.ensure_future(self._clock.sleep(interval))
        waking = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({sleeping, waking}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            waking.cancel()

    @staticmethod
    async def _end(task: asyncio.Task[None], grace: timedelta) -> None:
        if grace:
            await asyncio.wait({task}, timeout=grace.total_seconds())
        await cancel(task)
