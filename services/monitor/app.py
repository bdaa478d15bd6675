"""The one place that wires the monitor: settings, pool, bus, rooms, routes, workers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Final

from fastapi import APIRouter, FastAPI

from chassis.app import Check, create_app
from chassis.background import Background, Periodic
from chassis.clock import Clock, SystemClock
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.process import ProcessRole
from chassis.tokens import TokenSigner
from config import Config, ConfigWatcher
from eventbus import Bus, BusSettings, Heartbeats, KafkaConnection
from eventbus.admin import admin_router
from monitor.accounts.api import auth_router
from monitor.accounts.cookies import Cookies
from monitor.accounts.desk import SignInDesk
from monitor.accounts.page import ASSETS, LoginPage, login_router
from monitor.accounts.passwords import Passwords
from monitor.accounts.service import SignIn
from monitor.alerts.api import AlertDesk, alerts_router
from monitor.alerts.service import Alerts
from monitor.alerts.stock import StockAlerts
from monitor.alerts.workers import Evaluator
from monitor.dashboards import api as dashboards
from monitor.dashboards.api import OperationsPage, operations_router
from monitor.dashboards.service import OperationsDesk
from monitor.figures.workers import FigureMetrics
from monitor.health import service as health
from monitor.health.api import health_router
from monitor.health.board import HealthBoard
from monitor.health.domain import Situation
from monitor.health.scraping import MergedMetrics
from monitor.health.workers import remembering
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
        self._checks: dict[str, Check] = {}
        self._board = HealthBoard(clock=clock)
        self._config = ConfigWatcher(settings.config_dir, self._config_changed)
        self._evaluator: Evaluator | None = None
        self._page = LoginPage(self._config.current.brand)
        self._operations_page = OperationsPage(
            self._config.current.brand,
            config=self._current_config,
            zone=str(settings.business_timezone),
        )
        self._reference = ReferencePage(self._config.current.brand)
        self._operations: OperationsDesk | None = None
        self._alert_desk: AlertDesk | None = None
        self._feed = Feed(KafkaConnection.from_settings(settings), clock=clock)
        self._merged = MergedMetrics(
            lambda: self._heartbeats.instance if self._heartbeats else settings.service,
            self._board,
            token=settings.metrics_token,
            clock=clock,
        )
        self._desk: SignInDesk | None = None
        self._heartbeats: Heartbeats | None = None

    def app(self) -> FastAPI:
        app = create_app(
            service=self._settings.service,
            settings=self._settings,
            lifespan=self._lifespan,
            routers=self._routers() if self._role.answers else (),
            checks=self._checks,
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
            health_router(self._board, self._open_heartbeats, clock=self._clock),
            auth_router(self._open_desk, cookies),
            login_router(self._page, self._open_desk, cookies),
            alerts_router(self._open_alerts),
            operations_router(self._operations_page, self._open_operations, self._open_alerts),
            reference_router(self._reference),
            stream_router(lambda: self._feed, clock=self._clock),
            admin_router(self._settings.service),
        )

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            database = await self._open_database(stack)
            stack.push_async_callback(self._merged.close)
            bus = app.state.bus = self._bus(database)
            background = Background(clock=self._clock)
            heartbeats = self._heartbeats = self._make_heartbeats(bus, database)
            await health.restore(database, self._board)
            sign_in = SignIn(
                signer=TokenSigner(self._settings.auth_signing_key, clock=self._clock),
                passwords=Passwords(),
                outbox=bus.outbox,
                clock=self._clock,
            )
            self._desk = SignInDesk(sign_in, database=database, settings=self._settings)
            alerts = Alerts(bus.outbox, config=self._current_config, clock=self._clock)
            self._alert_desk = AlertDesk(database=database, alerts=alerts)
            self._operations = OperationsDesk(
                database, situation=self._fresh_situation, metrics=self._merged.text, clock=self._clock
            )
            stock = StockAlerts(alerts, config=self._current_config)
            bus.subscribe(subscriptions(alerts, stock, self._board))
            self._schedule(background, bus, database, sign_in)
            self._judge(background, database, alerts)
            await bus.start()
            stack.push_async_callback(bus.stop)
            heartbeats.register(background)
            await background.start()
            stack.push_async_callback(background.stop)
            yield
            await heartbeats.say_goodbye()

    async def _open_database(self, stack: AsyncExitStack) -> Database:
        database = await Database.connect(
            self._settings.database_url.get_secret_value(),
            application=self._settings.service,
            pool_size=self._settings.database_pool_size,
        )
        stack.push_async_callback(database.close)
        self._checks["database"] = database.ping
        return database

    def _bus(self, database: Database) -> Bus:
        settings = BusSettings(
            service=self._settings.service,
            connection=KafkaConnection.from_settings(self._settings),
            database_url=self._settings.database_url.get_secret_value(),
            slot=self._settings.fullhouse_slot,
        )
        return Bus(settings, database=database, clock=self._clock, worker=self._role.works)

    def _make_heartbeats(self, bus: Bus, database: Database) -> Heartbeats:
        return Heartbeats(
            bus,
            service=self._settings.service,
            clock=self._clock,
            checks={"database": database.ping},
            slot=f"{self._role}-{self._settings.fullhouse_slot}",
        )

    def _schedule(self, background: Background, bus: Bus, database: Database, sign_in: SignIn) -> None:
        if self._role.answers:
            background.run("stream feed", self._feed.run)
        background.every(FigureMetrics(database, clock=self._clock).periodic())
        if not self._role.works:
            return

        async def clean() -> None:
            async with database.transaction() as tx:
                await sign_in.clean(tx)

        background.every(Periodic("old sessions", _CLEAN, clean))
        background.every(remembering(database, self._board, clock=self._clock))
        self._checks["streams"] = lambda: _require_reading(bus)

    def _judge(self, background: Background, database: Database, alerts: Alerts) -> None:
        background.every(Periodic("configuration", _RELOAD, self._config.check))
        if self._role.works:
            self._evaluator = Evaluator(
                alerts,
                database=database,
                config=self._current_config,
                situation=self._situation,
                clock=self._clock,
            )
            background.every(self._evaluator.periodic())

    async def _config_changed(self, _config: Config) -> None:
        if self._evaluator is not None:
            self._evaluator.hurry()

    def _current_config(self) -> Config:
        return self._config.current

    def _situation(self) -> Situation | None:
        """How everybody is, as far as this process knows; None before its own first heartbeat."""
        own = self._heartbeats.last if self._heartbeats else None
        return self._board.situation(own) if own else None

    async def _fresh_situation(self) -> Situation:
        heartbeats = self._open_heartbeats()
        return self._board.situation(heartbeats.last or await heartbeats.heartbeat())

    def _open_operations(self) -> OperationsDesk:
        if self._operations is None:
            raise Unavailable("the monitor has not started yet")
        return self._operations

    def _open_alerts(self) -> AlertDesk:
        if self._alert_desk is None:
            raise Unavailable("the monitor has not started yet")
        return self._alert_desk

    def _open_desk(self) -> SignInDesk:
        if self._desk is None:
            raise Unavailable("the monitor has not started yet")
        return self._desk

    def _open_heartbeats(self) -> Heartbeats:
        if self._heartbeats is None:
            raise Unavailable("the monitor has not started yet")
        return self._heartbeats


async def _require_reading(bus: Bus) -> None:
    """Ready means that the figures go on."""
    silent = [group.group for group in bus.groups() if not group.reading]
    if silent:
        raise Unavailable(f"no partitions yet: {', '.join(silent)}")
