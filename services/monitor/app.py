"""The monitor as a program: settings, routes, and when what is done; `wiring.py` puts its parts together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fastapi import FastAPI

from chassis.app import create_app
from chassis.clock import Clock, SystemClock
from chassis.process import ProcessRole
from config import Config, ConfigWatcher
from eventbus.admin import admin_router
from eventbus.hosting import Ground, Host
from monitor.accounts import api as accounts_api
from monitor.accounts import jobs as accounts_jobs
from monitor.accounts import page as login
from monitor.alerts import api as alerts_api
from monitor.alerts import jobs as alerts_jobs
from monitor.alerts.measures.table import FORMS
from monitor.alerts.workers import Evaluator
from monitor.backups import api as backups_api
from monitor.backups import jobs as backups_jobs
from monitor.backups.service import Backups
from monitor.dashboards.operations import api as operations_api
from monitor.dashboards.operations import page as operations
from monitor.examinations import jobs as examination_jobs
from monitor.figures.workers import FigureMetrics
from monitor.health import api as health_api
from monitor.health import jobs as health_jobs
from monitor.health.instances import Instances
from monitor.health.scraping import MergedMetrics
from monitor.health.watch import HealthWatch
from monitor.health.workers import saving
from monitor.jobs import api as jobs_api
from monitor.monitoring import api as monitoring_api
from monitor.playbooks import page as playbooks
from monitor.proof import api as proof_api
from monitor.proof import jobs as proof_jobs
from monitor.reference import api as reference
from monitor.route_deps import provide_deps
from monitor.settings import MonitorSettings
from monitor.streams import api as streams_api
from monitor.subscriptions import subscriptions
from monitor.wiring import Pages, Parts, evidence_desk, payment_examination, prover, put_together
from ui import static_app

# Of the operations, for the OpenAPI document: `open` has those for strangers, the others are named after rooms.
_EXAMPLES: Final = Path(__file__).with_name("examples")
_ROUTERS: Final = (
    health_api.router,
    accounts_api.router,
    login.router,
    alerts_api.router,
    proof_api.router,
    jobs_api.router,
    monitoring_api.router,
    backups_api.router,
    operations_api.router,
    operations.router,
    reference.router,
    playbooks.router,
    streams_api.router,
)


def create(environ: Mapping[str, str], *, role: ProcessRole = ProcessRole.ALL, clock: Clock | None = None) -> FastAPI:
    """The service; starting it needs the database, while Kafka may come later."""
    settings = MonitorSettings.from_environ(environ)
    return _Monitor(settings, role=role, clock=clock or SystemClock()).app()


class _Monitor:
    """What there is before the start, and what the lifespan opens."""

    def __init__(self, settings: MonitorSettings, *, role: ProcessRole, clock: Clock) -> None:
        self._settings = settings
        self._role = role
        self._clock = clock
        self._host = Host(settings, role=role, clock=clock, pool_size=settings.database_pool_size)
        self._config = ConfigWatcher(settings.config_dir, figures=FORMS)
        self._pages = Pages(self._config.current.brand, vendors=lambda: self._config.current.vendors)
        self._watch = HealthWatch(Instances(clock=clock), heartbeats=lambda: self._host.heartbeats.there)
        self._metrics = MergedMetrics(
            self._watch,
            token=settings.metrics_token[0] if settings.metrics_token else None,
            trusted=settings.metrics_at,
            clock=clock,
            figures=self._business,
        )
        self._figures: FigureMetrics | None = None

    def app(self) -> FastAPI:
        app = create_app(
            service=self._settings.service,
            settings=self._settings,
            lifespan=self._host.lifespan(self._assemble),
            routers=(*_ROUTERS, admin_router(self._settings.service)) if self._role.serves_http else (),
            examples=_EXAMPLES if self._role.serves_http else None,
            checks=self._host.checks,
            clock=self._clock,
            scrape=self._metrics.text,
        )
        if self._role.serves_http:
            app.mount(login.ASSETS, static_app(self._pages.login.assets))
            app.mount(reference.ASSETS, static_app(self._pages.reference.assets))
            app.mount(playbooks.ASSETS, static_app(self._pages.playbooks.assets))
            app.mount(operations.ASSETS, static_app(self._pages.operations.assets))
        return app

    async def _assemble(self, ground: Ground) -> None:
        parts = await put_together(
            self._settings,
            ground,
            config=self._current,
            watch=self._watch,
            metrics=self._metrics,
            clock=self._clock,
        )
        ground.bus.subscribe(subscriptions(parts.alerts, parts.stock, parts.watch.instances))
        ground.background.every(self._config.periodic())
        self._figures = FigureMetrics(parts.database, clock=self._clock)
        if self._role.serves_http:
            self._answer(ground, parts)
        if self._role.works:
            self._work(ground, parts)

    def _answer(self, ground: Ground, parts: Parts) -> None:
        ground.background.run("stream feed", parts.feed.run)
        ground.background.every(parts.board.periodic())
        provide_deps(
            ground,
            parts,
            settings=self._settings,
            pages=self._pages,
            config=self._current,
            clock=self._clock,
        )

    def _work(self, ground: Ground, parts: Parts) -> None:
        every = ground.background.every
        evaluator = Evaluator(
            parts.alerts,
            database=parts.database,
            config=self._current,
            situation=parts.watch.situation,
            clock=self._clock,
            evidence=evidence_desk(self._settings, ground, clock=self._clock).found,
        )
        jobs = (
            *accounts_jobs.jobs(parts.sign_in, parts.database),
            *health_jobs.jobs(self._settings.log_dir, clock=self._clock),
            *proof_jobs.jobs(parts.database),
            *backups_jobs.jobs(Backups(self._settings, clock=self._clock), self._settings),
            *examination_jobs.jobs(payment_examination(self._settings, ground, clock=self._clock), parts.database),
            *alerts_jobs.jobs(parts.alerts, parts.database, parts.watch, self._clock),
        )
        self._host.run_jobs(
            ground,
            jobs,
            schedules=lambda: self._current().schedules,
            remind=alerts_jobs.reminders(parts.alerts, parts.database),
        )
        every(saving(parts.database, parts.watch.instances, clock=self._clock))
        every(evaluator.periodic())
        every(prover(self._settings, ground, clock=self._clock).periodic())
        self._host.require_reading(ground.bus)

    async def _business(self) -> str:
        return await self._figures.text() if self._figures is not None else ""

    def _current(self) -> Config:
        return self._config.current
