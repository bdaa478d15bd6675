"""Sends each process's heartbeats, of which the monitor makes its health page (M-1, M-3)."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import psutil

from chassis.background import Background, Periodic
from chassis.clock import Clock
from chassis.errors import Unavailable
from chassis.jobs import JobRunner
from chassis.process import VERSION, own_address
from chassis.secret_uses import SecretUse
from eventbus.bus import Bus
from eventbus.operation import gauges
from eventbus.operation.health import GroupHealth
from eventbus.operation.upkeep import Leftovers
from events import DependencyHealth, ServiceHeartbeat, ServiceStopping

INTERVAL: Final = timedelta(seconds=5)
PING_INTERVAL: Final = timedelta(seconds=30)
PING_SECONDS: Final = 5.0
CHECK_SECONDS: Final = 2.0
GOODBYE_SECONDS: Final = 2.0
_LOOP_PROBE: Final = timedelta(milliseconds=250)
_LOOP_MEMORY: Final = 20
_CGROUP_LIMIT: Final = Path("/sys/fs/cgroup/memory.max")

# A check raises when its dependency fails; the exception's class and text become the reason.
Check = Callable[[], Awaitable[None]]


class Heartbeats:
    """Sends `ServiceHeartbeat` through `bus.facts` every 5 s, and `ServiceStopping` at the end.

    `checks` test the process's own parts, such as the database: each heartbeat runs them, with 2 s. `pings` test
    vendors: they run in the background every 30 s, with 5 s (M-3); a vendor is not mentioned before its first one.
    `jobs` says what is late, and what failed; `secrets` since when each is used.

    In a lifespan: `heartbeats = Heartbeats(bus, service="checkout", clock=clock, checks={"database": database.ping},
        pings={"stripe": stripe.ping})`, then `heartbeats.register(background)` and after the yield `await
        heartbeats.say_goodbye()`, before `bus.stop()`.
    """

    def __init__(
        self,
        bus: Bus,
        *,
        service: str,
        clock: Clock,
        checks: Mapping[str, Check],
        pings: Mapping[str, Check] | None = None,
        slot: str | None = None,
        jobs: JobRunner | None = None,
        secrets: Callable[[], Sequence[SecretUse]] = tuple,
    ) -> None:
        self._bus = bus
        self._service = service
        self._clock = clock
        self._checks = dict(checks)
        self._pings = dict(pings or {})
        self._jobs = jobs
        self._secrets = secrets
        self.instance = f"{service}@{socket.gethostname()}:{slot or os.getpid()}"
        self._process = psutil.Process()
        self._process.cpu_percent()
        self._began = time.monotonic()
        self._pinged: dict[str, DependencyHealth] = {}
        self._delays: list[float] = []
        self.last: ServiceHeartbeat | None = None

    def register(self, background: Background) -> None:
        """Registers the periodic jobs that beat, ping and measure the loop's delay."""
        background.every(Periodic("heartbeat", INTERVAL, self.beat))
        background.every(Periodic("event loop probe", _LOOP_PROBE, self._probe_loop))
        if self._pings:
            background.every(Periodic("vendor pings", PING_INTERVAL, self.ping))

    async def beat(self) -> None:
        """Sends one heartbeat now, and keeps it as `last`."""
        self.last = await self.heartbeat()
        self._bus.facts.tell(self.last)

    async def say_goodbye(self) -> None:
        """Announces a planned stop, so that the monitor raises no alert; takes 2 s at most."""
        stopping = ServiceStopping(service=self._service, instance=self.instance, occurred_at=self._clock.now())
        self._bus.facts.tell(stopping)
        await self._bus.facts.sent(seconds=GOODBYE_SECONDS)

    async def heartbeat(self) -> ServiceHeartbeat:
        """Runs the checks and returns the heartbeat that describes this process."""
        depth, age, checked = 0, 0.0, await _all(self._checks, seconds=CHECK_SECONDS)
        letters: dict[str, int] = {}
        left = Leftovers()
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                backlog = await self._bus.backlog()
                depth, age = backlog.depth, backlog.age_seconds
                letters = await self._bus.dead_letters()
                left = await self._bus.leftovers()
                gauges.show_tables(backlog, left)
        except (Unavailable, TimeoutError):
            pass  # the database's own check reports it
        groups = self._bus.groups()
        gauges.show_groups(groups)
        return ServiceHeartbeat(
            service=self._service,
            instance=self.instance,
            version=VERSION,
            uptime_seconds=round(time.monotonic() - self._began, 1),
            memory_bytes=self._process.memory_info().rss,
            memory_limit_bytes=memory_limit(),
            cpu_share=round(self._process.cpu_percent() / 100, 4),
            event_loop_delay_ms=round(max(self._delays, default=0.0), 2),
            outbox_depth=depth,
            outbox_age_seconds=round(age, 3),
            dependencies={**checked, **self._pinged, **_stopped(groups)},
            consumer_lag={group.group: group.lag for group in groups},
            consumer_behind_seconds={group.group: group.behind_seconds for group in groups if group.reading},
            consumer_unanswered_seconds={group.group: group.unanswered_seconds for group in groups if group.reading},
            dead_letters=letters,
            refused_events=left.refused,
            unsorted_rows=left.unsorted,
            stopped_groups=tuple(group.group for group in groups if group.stopped),
            late_jobs=dict(self._jobs.behind) if self._jobs else {},
            failed_jobs=tuple(self._jobs.failed) if self._jobs else (),
            secret_age_seconds=self._ages(),
            address=own_address(),
            occurred_at=self._clock.now(),
        )

    def _ages(self) -> dict[str, float]:
        """Of the values that are used; one that is only accepted says nothing of how safe what we make is."""
        now = self._clock.now()
        used = (use for use in self._secrets() if use.place == 0)
        return {use.name: round((now - use.first_used_at).total_seconds()) for use in used}

    async def ping(self) -> None:
        """Pings every vendor now."""
        self._pinged = await _all(self._pings, seconds=PING_SECONDS)

    async def _probe_loop(self) -> None:
        """Measures how many milliseconds late the event loop wakes a sleeper; keeps the worst of the last seconds."""
        began = time.perf_counter()
        await asyncio.sleep(0.01)
        self._delays = [*self._delays[1 - _LOOP_MEMORY :], max(0.0, (time.perf_counter() - began - 0.01) * 1000)]


def memory_limit() -> int:
    """The bytes of memory that this process may use: its cgroup's limit, else the machine's memory."""
    try:
        return int(_CGROUP_LIMIT.read_text())
    except (OSError, ValueError):
        return int(psutil.virtual_memory().total)


async def _all(checks: Mapping[str, Check], *, seconds: float) -> dict[str, DependencyHealth]:
    found = await asyncio.gather(*(_judge(check, seconds) for check in checks.values()))
    return dict(zip(checks, found, strict=True))


async def _judge(check: Check, seconds: float) -> DependencyHealth:
    began = time.perf_counter()
    try:
        async with asyncio.timeout(seconds):
            await check()
    except TimeoutError:
        return DependencyHealth(status="unhealthy", reason=f"no answer within {seconds:g} s")
    except Exception as error:  # noqa: BLE001 a check may fail with anything; what it failed with is the finding
        return DependencyHealth(status="unhealthy", reason=f"{type(error).__name__}: {error}"[:200])
    return DependencyHealth(status="healthy", latency_ms=round((time.perf_counter() - began) * 1000, 1))


def _stopped(groups: Sequence[GroupHealth]) -> dict[str, DependencyHealth]:
    """The stopped groups as unhealthy dependencies: they wait for a person."""
    return {
        f"group {group.group}": DependencyHealth(status="unhealthy", reason=f"stopped: {group.stopped}"[:200])
        for group in groups
        if group.stopped
    }
