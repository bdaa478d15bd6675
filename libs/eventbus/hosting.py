"""Starts and stops what every process of a service has: database, bus, background tasks, heartbeats.

The order at start: the database, for which the process waits while it is unreachable; the service's own parts
(`assemble`), which subscribe and register their tasks; the bus, which doesn't wait for Kafka; the tasks. At stop: the
tasks finish what is under way, a goodbye is sent, the bus finishes its window and its batches, the service's parts
close, the database closes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from fastapi import FastAPI

from chassis import last_start, secret_uses
from chassis.app import Check, Lifespan
from chassis.audit.api import AuditDeps
from chassis.audit.refused import RefusedDeeds
from chassis.background import Background
from chassis.clock import Clock
from chassis.counted import ErrorReports
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.http.deps import provide, require_provided
from chassis.inspection.api import InspectionDeps
from chassis.inspection.service import Inspector, Surroundings
from chassis.jobs import Job, JobRunner
from chassis.late import Late
from chassis.metrics import metrics
from chassis.process import ProcessRole, leaving
from chassis.refusals import RefusalReports
from chassis.secret_uses import SecretUse
from chassis.settings import HostSettings
from chassis.telemetry import get_logger
from config import Schedules
from eventbus.bus import Bus, BusSettings
from eventbus.cluster.kafka import KafkaConnection
from eventbus.operation.access import access_view
from eventbus.operation.common_jobs import common_jobs
from eventbus.operation.heartbeat import Heartbeats
from eventbus.operation.jobs import Remind, Timetable

log = get_logger()

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a service's parts are built with.

    app: the process's ASGI app, as `create_app` builds it
    database: the service's own database
    bus: the process's bus, not started yet
    background: where the parts register their tasks
    refusals: tells of refused attempts, each kind once in a while
    closing: closes after the bus
    pings: checks of vendors, run beside the heartbeats, by name
    """

    app: FastAPI
    database: Database
    bus: Bus
    background: Background
    refusals: RefusalReports
    closing: AsyncExitStack
    pings: dict[str, Check] = field(default_factory=dict)


Assemble = Callable[[Ground], Awaitable[None]]


class Host:
    """One process of a service. `checks` are those of `/readyz`; `heartbeats` exist once it has started."""

    def __init__(self, settings: HostSettings, *, role: ProcessRole, clock: Clock, pool_size: int) -> None:
        self._settings = settings
        self._role = role
        self._clock = clock
        self._pool_size = pool_size
        # By role and slot, since api and worker may share a slot.
        self._process = f"{role}-{settings.fullhouse_slot}"
        self.checks: dict[str, Check] = {}
        self.heartbeats: Late[Heartbeats] = Late()
        self._jobs: JobRunner | None = None
        self._secrets: list[SecretUse] = []

    def lifespan(self, assemble: Assemble) -> Lifespan:
        """The app's lifespan: opens everything, calls `assemble`, runs until the stop."""

        @asynccontextmanager
        async def run(app: FastAPI) -> AsyncIterator[None]:
            async with AsyncExitStack() as stack:
                ground = await self._open(app, stack)
                await assemble(ground)
                require_provided(app)
                await self._start(ground, stack)
                yield

        return run

    def require_reading(self, bus: Bus) -> None:
        """Makes `/readyz` fail until Kafka has assigned every group of this process its partitions."""

        async def check() -> None:
            silent = [group.group for group in bus.groups() if not group.reading]
            if silent:
                raise Unavailable(f"no partitions yet: {', '.join(silent)}")

        self.checks["streams"] = check

    def run_jobs(
        self,
        ground: Ground,
        jobs: Sequence[Job],
        *,
        schedules: Callable[[], Schedules],
        remind: Remind | None = None,
    ) -> None:
        """Runs the service's jobs at the times of schedules.yaml; raises ConfigError when that names others.

        `remind`: where this service is the one that reminds people.
        """
        service = self._settings.service
        timetable = Timetable(
            service,
            (*common_jobs(self._settings), *jobs),
            schedules=schedules,
            zone=self._settings.business_timezone,
            remind=remind,
        )
        self._jobs = JobRunner(
            timetable.planned, service=service, database=ground.database, publish=ground.bus.outbox.publish
        )
        ground.background.keep(self._jobs.due)

    def _wake_jobs(self) -> None:
        if self._jobs is not None:
            self._jobs.due.wake()

    async def _open(self, app: FastAPI, stack: AsyncExitStack) -> Ground:
        database = await self._connected()
        database.show_pool()
        stack.push_async_callback(database.close)
        metrics.own(self._settings.service)
        self.checks["database"] = database.ping
        app.state.bus = bus = self._bus(database)
        app.state.wake_jobs = self._wake_jobs
        closing = await stack.enter_async_context(AsyncExitStack())
        background = Background(clock=self._clock)
        refusals = RefusalReports(service=self._settings.service, send=bus.facts.tell, clock=self._clock)
        background.every(refusals.periodic())
        app.state.refusals = refusals
        if self._role.serves_http:
            self._audit(app, database, background, stack)
            provide(app, InspectionDeps(inspector=self._inspector()))
            stack.push_async_callback(app.state.doorkeeper.close)
            bus.subscribe([access_view(app.state.verifier.ended)])
        return Ground(app=app, database=database, bus=bus, background=background, refusals=refusals, closing=closing)

    @staticmethod
    def _audit(app: FastAPI, database: Database, background: Background, stack: AsyncExitStack) -> None:
        app.state.refused_deeds = refused = RefusedDeeds(database)
        background.every(refused.periodic())
        stack.push_async_callback(refused.look)
        provide(app, AuditDeps(database=database))

    def _inspector(self) -> Inspector:
        of = Surroundings(
            service=self._settings.service,
            process=self._process,
            database_url=self._settings.database_url.get_secret_value(),
        )
        return Inspector(of, clock=self._clock)

    async def _connected(self) -> Database:
        """Connects to the database, and waits while it is unreachable: that is cheaper than a new process."""
        url, pause = self._settings.database_url.get_secret_value(), FIRST_PAUSE
        while True:
            try:
                return await Database.connect(url, application=self._settings.service, pool_size=self._pool_size)
            except Unavailable as outage:
                if leaving():
                    raise
                log.warning("database_awaited", reason=str(outage), seconds=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _start(self, ground: Ground, stack: AsyncExitStack) -> None:
        heartbeats = self.heartbeats.put(self._heartbeats(ground))
        heartbeats.register(ground.background)
        ground.background.every(self._errors(ground.bus, heartbeats.instance).periodic())
        ground.background.run("remember-start", lambda: self._remember(ground.database))
        await ground.bus.start()
        stack.push_async_callback(ground.bus.stop)
        stack.push_async_callback(heartbeats.say_goodbye)
        await ground.background.start()
        stack.push_async_callback(ground.background.stop)

    async def _remember(self, database: Database) -> None:
        await last_start.keep(database, self._settings, now=self._clock.now())
        self._secrets = await secret_uses.keep(database, self._settings, now=self._clock.now())

    def _bus(self, database: Database) -> Bus:
        settings = BusSettings(
            service=self._settings.service,
            connection=KafkaConnection.from_settings(self._settings),
            database_url=self._settings.database_url.get_secret_value(),
            slot=self._settings.fullhouse_slot,
        )
        return Bus(settings, database=database, clock=self._clock, worker=self._role.works)

    def _errors(self, bus: Bus, instance: str) -> ErrorReports:
        return ErrorReports(service=self._settings.service, instance=instance, send=bus.facts.tell, clock=self._clock)

    def _heartbeats(self, ground: Ground) -> Heartbeats:
        return Heartbeats(
            ground.bus,
            service=self._settings.service,
            clock=self._clock,
            checks={"database": ground.database.ping},
            pings=ground.pings,
            slot=self._process,
            jobs=self._jobs,
            secrets=lambda: self._secrets,
        )
