"""Wires the notifier: settings → database → bus → rooms → routes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Final

from fastapi import FastAPI

from chassis.app import Check, Lifespan, create_app
from chassis.background import Background, Periodic
from chassis.clock import Clock, SystemClock
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.process import ProcessRole
from config import Brand, Config, ConfigWatcher
from eventbus import Bus, BusSettings, Heartbeats, KafkaConnection
from eventbus.admin import admin_router
from notifier.answers import api as answers_api
from notifier.answers.api import Switchboard
from notifier.answers.links import Links
from notifier.answers.page import ASSETS, AnswerPage, Doorstep, answer_router
from notifier.answers.service import Answers
from notifier.answers.signatures import PagerDutySignature, SlackSignature
from notifier.contacts import api as contacts_api
from notifier.deliveries import api as deliveries_api
from notifier.messages import api as messages_api
from notifier.messages.api import TestBench
from notifier.messages.service import require_templates
from notifier.messages.templates import Templates
from notifier.receipts import api as receipts_api
from notifier.receipts.api import Desk
from notifier.receipts.intake import Intake
from notifier.receipts.signatures import SendGridSignature, TwilioSignature
from notifier.settings import NotifierSettings
from notifier.timeline import api as timeline_api
from notifier.timeline.service import Chronicle
from notifier.vendors import Vendors
from notifier.work import RECEIPTS_JOB, Pace, Work
from ui import static_app

_CONFIG_INTERVAL: Final = timedelta(seconds=5)
_POOL_SIZE: Final = 6


def create(
    environ: Mapping[str, str],
    *,
    role: ProcessRole = ProcessRole.ALL,
    clock: Clock | None = None,
    pace: Pace | None = None,
) -> FastAPI:
    """The service; starting it needs the database, while Kafka and the providers may come later.

    Raises SettingsError, ConfigError and Misconfigured. `pace` is for tests that can't wait.
    """
    settings = NotifierSettings.from_environ(environ)
    clock = clock or SystemClock()
    checks: dict[str, Check] = {}
    started = _Start(settings, role=role, clock=clock, pace=pace or Pace(), checks=checks)
    page = AnswerPage(started.brand)
    routers = (
        receipts_api.router,
        answers_api.router,
        answer_router(page),
        messages_api.router,
        deliveries_api.router,
        contacts_api.router,
        timeline_api.router,
        admin_router(settings.service),
    )
    app = create_app(
        service=settings.service,
        settings=settings,
        lifespan=started.lifespan(),
        routers=routers if role.answers else (),
        checks=checks,
        clock=clock,
    )
    if role.answers:
        app.mount(ASSETS, static_app(page.assets))
    return app


class _Start:
    """Starts the parts in their order; the stack ends them the other way round."""

    def __init__(
        self,
        settings: NotifierSettings,
        *,
        role: ProcessRole,
        clock: Clock,
        pace: Pace,
        checks: dict[str, Check],
    ) -> None:
        self._settings = settings
        self._role = role
        self._clock = clock
        self._pace = pace
        self._checks = checks
        self._work: Work | None = None
        self._templates = Templates()
        self._watcher = ConfigWatcher(settings.config_dir, self._reloaded)
        require_templates(self._watcher.current.messages)

    @property
    def brand(self) -> Brand:
        return self._watcher.current.brand

    def lifespan(self) -> Lifespan:
        @asynccontextmanager
        async def run(app: FastAPI) -> AsyncIterator[None]:
            async with AsyncExitStack() as stack:
                await self._start(app, stack)
                yield

        return run

    async def _start(self, app: FastAPI, stack: AsyncExitStack) -> None:
        settings, clock, config = self._settings, self._clock, self._watcher.current
        url = settings.database_url.get_secret_value()
        database = await Database.connect(url, application=settings.service, pool_size=_POOL_SIZE)
        stack.push_async_callback(database.close)
        vendors = Vendors(settings, config)
        stack.push_async_callback(vendors.close)
        bus = app.state.bus = self._bus(database, url)
        background = Background(clock=clock)
        background.every(Periodic("configuration", _CONFIG_INTERVAL, self._watcher.check))
        heartbeats = self._heartbeats(bus, database, vendors)
        heartbeats.register(background)
        self._checks["database"] = database.ping
        if self._role.works:
            self._work = Work(
                settings,
                config,
                bus=bus,
                database=database,
                vendors=vendors,
                templates=self._templates,
                clock=clock,
                pace=self._pace,
            )
            self._work.register(background)
            self._checks["streams"] = lambda: _require_reading(bus)
        if self._role.answers:
            app.state.database = database
            self._open_counters(app, database, bus, background)
            app.state.test_bench = self._test_bench(vendors)
        await bus.start()
        stack.push_async_callback(bus.stop)
        stack.push_async_callback(heartbeats.say_goodbye)
        await background.start()
        stack.push_async_callback(background.stop)
        if self._work is not None:
            stack.callback(self._work.stop)

    def _bus(self, database: Database, url: str) -> Bus:
        settings = self._settings
        return Bus(
            BusSettings(
                service=settings.service,
                connection=KafkaConnection.from_settings(settings),
                database_url=url,
                slot=settings.fullhouse_slot,
            ),
            database=database,
            clock=self._clock,
            worker=self._role.works,
        )

    def _heartbeats(self, bus: Bus, database: Database, vendors: Vendors) -> Heartbeats:
        return Heartbeats(
            bus,
            service=self._settings.service,
            clock=self._clock,
            checks={"database": database.ping},
            pings=vendors.pings,
            slot=self._settings.fullhouse_slot,
        )

    def _open_counters(self, app: FastAPI, database: Database, bus: Bus, background: Background) -> None:
        """What the routes of callbacks and answers work with."""
        settings = self._settings
        answers = Answers(
            outbox=bus.outbox,
            contacts=lambda: self._watcher.current.contacts,
            owners=settings.sms_target_numbers,
        )
        app.state.desk = desk = self._desk(database, bus, background, answers)
        app.state.switchboard = Switchboard(
            database=database,
            answers=answers,
            slack=SlackSignature(settings.slack_signing_secret),
            pagerduty=PagerDutySignature(settings.pagerduty_webhook_secret),
            desk=desk,
            clock=self._clock,
        )
        app.state.chronicle = Chronicle(database, lambda: self._watcher.current.contacts)
        app.state.doorstep = Doorstep(
            database=database,
            answers=answers,
            links=Links(settings.service_token_key, settings.public_url),
            config=lambda: self._watcher.current,
            zone=settings.business_timezone,
            clock=self._clock,
        )

    def _desk(self, database: Database, bus: Bus, background: Background, answers: Answers) -> Desk:
        async def texted(number: str, body: str, sid: str) -> str:
            async with database.transaction() as tx:
                return await answers.texted(tx, number=number, body=body, sid=sid)

        settings = self._settings
        stored: Callable[[], None] = (lambda: background.wake(RECEIPTS_JOB)) if self._role.works else (lambda: None)
        return Desk(
            database=database,
            intake=Intake(database, stored=stored),
            twilio=TwilioSignature(settings.twilio_auth_token, settings.public_url),
            sendgrid=SendGridSignature(settings.sendgrid_webhook_public_key),
            clock=self._clock,
            texted=texted,
            tell=bus.facts.tell,
        )

    def _test_bench(self, vendors: Vendors) -> TestBench:
        return TestBench(
            sms=vendors.twilio,
            email=vendors.sendgrid,
            templates=self._templates,
            config=lambda: self._watcher.current,
            first_number=self._settings.sms_target_numbers[0],
        )

    async def _reloaded(self, config: Config) -> None:
        require_templates(config.messages)
        if self._work is not None:
            self._work.apply(config)


async def _require_reading(bus: Bus) -> None:
    """Ready means that paid orders reach the pools."""
    silent = [group.group for group in bus.groups() if not group.reading]
    if silent:
        raise Unavailable(f"no partitions yet: {', '.join(silent)}")
