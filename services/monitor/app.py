"""The one place that wires the monitor: settings, pool, bus, rooms, routes, workers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from fastapi import APIRouter, FastAPI

from chassis.app import create_app
from chassis.background import Periodic
from chassis.clock import Clock, SystemClock
from chassis.database import Database
from chassis.late import Late
from chassis.process import ProcessRole
from chassis.tokens import ServiceTokens, TokenSigner
from config import Config, ConfigWatcher
from eventbus import KafkaConnection
from eventbus.admin import admin_router
from eventbus.hosting import Ground, Host
from monitor.accounts.api import auth_router
from monitor.accounts.cookies import Cookies
from monitor.accounts.desk import SignInDesk
from monitor.accounts.page import ASSETS, LoginPage, login_router
from monitor.accounts.passwords import Passwords
from monitor.accounts.service import SignInService
from monitor.alerts.api import alerts_router
from monitor.alerts.desk import AlertDesk
from monitor.alerts.measures.table import FORMS
from monitor.alerts.service import AlertService
from monitor.alerts.stock import StockAlerts
from monitor.alerts.workers import Evaluator
from monitor.dashboards import api as dashboards
from monitor.dashboards.api import OperationsPage, operations_router
from monitor.dashboards.service import OperationsDesk
from monitor.figures.workers import FigureMetrics
from monitor.health import service as health
from monitor.health.api import health_router
from monitor.health.domain import Situation
from monitor.health.instances import Instances
from monitor.health.scraping import MergedMetrics
from monitor.health.workers import saving
from monitor.proof.api import proof_router
from monitor.proof.digests import DigestClient
from monitor.proof.workers import Prover
from monitor.reference import api as reference
from monitor.reference.api import ReferencePage, reference_router
from monitor.settings import MonitorSettings
from monitor.streams.api import stream_router
from monitor.streams.feed import Feed
from monitor.subscriptions import subscriptions
from ui import static_app

_CLEAN: Final = timedelta(hours=1)
_RELOAD: Final = timedelta(seconds=3)


def create(environ: Mapping[str, str], *, role: ProcessRole = ProcessRole.ALL, clock: Clock | None = None) -> FastAPI:
    """The service; starting it needs the database, while Kafka may come later."""
    settings = MonitorSettings.from_environ(environ)
    return _Monitor(settings, role=role, clock=clock or SystemClock()).app()


class _Monitor:
    """What the lifespan opens, and what the routes read of it."""

    def __init__(self, settings: MonitorSettings, *, role: ProcessRole, clock: Clock) -> None:
        self._settings = settings
        self._role = role
        self._clock = clock
        self._host = Host(settings, role=role, clock=clock, pool_size=settings.database_pool_size)
        self._instances = Instances(clock=clock)
        self._config = ConfigWatcher(settings.config_dir, figures=FORMS)
        self._page = LoginPage(self._config.current.brand)
        self._operations_page = OperationsPage(
            self._config.current.brand,
            config=self._current_config,
            zone=str(settings.business_timezone),
        )
        self._reference = ReferencePage(self._config.current.brand)
        self._operations: Late[OperationsDesk] = Late()
        self._alert_desk: Late[AlertDesk] = Late()
        self._sign_in: Late[SignInDesk] = Late()
        self._database: Late[Database] = Late()
        self._feed = Feed(KafkaConnection.from_settings(settings), clock=clock)
        self._merged = MergedMetrics(
            self._own_name,
            self._instances,
            token=settings.metrics_token,
            clock=clock,
        )

    def app(self) -> FastAPI:
        app = create_app(
            service=self._settings.service,
            settings=self._settings,
            lifespan=self._host.lifespan(self._assemble),
            routers=self._routers() if self._role.answers else (),
            checks=self._host.checks,
            clock=self._clock,
            scrape=self._merged.text,
        )
        if self._role.answers:
            app.mount(ASSETS, static_app(self._page.assets))
            app.mount(reference.ASSETS, static_app(self._reference.assets))
            app.mount(dashboards.ASSETS, static_app(self._operations_page.assets))
        return app

    def _routers(self) -> tuple[APIRouter, ...]:
        cookies = Cookies(secure=self._settings.public_url.startswith("https://"))
        return (
            health_router(self._instances, self._host.heartbeats, clock=self._clock),
            auth_router(self._sign_in, cookies),
            login_router(self._page, self._sign_in, cookies),
            alerts_router(self._alert_desk),
            proof_router(self._database),
            operations_router(self._operations_page, self._operations, self._alert_desk),
            reference_router(self._reference),
            stream_router(lambda: self._feed, clock=self._clock),
            admin_router(self._settings.service),
        )

    async def _assemble(self, ground: Ground) -> None:
        database, bus = self._database.put(ground.database), ground.bus
        ground.closing.push_async_callback(self._merged.close)
        await health.load(database, self._instances)
        sign_in = SignInService(
            signer=TokenSigner(self._settings.auth_signing_key, clock=self._clock),
            passwords=Passwords(),
            outbox=bus.outbox,
            clock=self._clock,
        )
        self._sign_in.put(SignInDesk(sign_in, database=database, settings=self._settings))
        alerts = AlertService(bus.outbox, config=self._current_config, clock=self._clock)
        self._alert_desk.put(AlertDesk(database=database, alerts=alerts))
        self._operations.put(
            OperationsDesk(database, situation=self._fresh_situation, metrics=self._merged.text, clock=self._clock)
        )
        stock = StockAlerts(alerts, config=self._current_config)
        bus.subscribe(subscriptions(alerts, stock, self._instances))
        self._schedule(ground, sign_in)
        self._judge(ground, alerts)

    def _schedule(self, ground: Ground, sign_in: SignInService) -> None:
        background, database = ground.background, ground.database
        if self._role.answers:
            background.run("stream feed", self._feed.run)
        background.every(FigureMetrics(database, clock=self._clock).periodic())
        if not self._role.works:
            return

        async def clean() -> None:
            async with database.transaction() as tx:
                await sign_in.clean(tx)

        background.every(Periodic("old sessions", _CLEAN, clean))
        background.every(saving(database, self._instances, clock=self._clock))
        self._host.require_reading(ground.bus)

    def _judge(self, ground: Ground, alerts: AlertService) -> None:
        ground.background.every(Periodic("configuration", _RELOAD, self._config.check))
        if self._role.works:
            evaluator = Evaluator(
                alerts,
                database=ground.database,
                config=self._current_config,
                situation=self._situation,
                clock=self._clock,
            )
            ground.background.every(evaluator.periodic())
            ground.background.every(self._prover(ground).periodic())

    def _prover(self, ground: Ground) -> Prover:
        tokens = ServiceTokens(self._settings.service_token_key, clock=self._clock)
        digests = {service: DigestClient(service, url, tokens) for service, url in self._settings.addresses.items()}
        for digest in digests.values():
            ground.closing.push_async_callback(digest.close)
        return Prover(digests, database=ground.database, pace=self._settings.proof_pace, clock=self._clock)

    def _current_config(self) -> Config:
        return self._config.current

    def _own_name(self) -> str:
        heartbeats = self._host.heartbeats.there
        return heartbeats.instance if heartbeats else self._settings.service

    def _situation(self) -> Situation | None:
        """How everybody is, as far as this process knows; None before its own first heartbeat."""
        heartbeats = self._host.heartbeats.there
        return self._instances.situation(heartbeats.last) if heartbeats and heartbeats.last else None

    async def _fresh_situation(self) -> Situation:
        heartbeats = self._host.heartbeats()
        return self._instances.situation(heartbeats.last or await heartbeats.heartbeat())
