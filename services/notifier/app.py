"""Wires the notifier: settings → database → bus → rooms → routes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from fastapi import APIRouter, FastAPI

from chassis.app import create_app
from chassis.background import Periodic
from chassis.clock import Clock, SystemClock
from chassis.database import Database
from chassis.process import ProcessRole
from config import Config, ConfigWatcher, MessageKind
from eventbus import Bus
from eventbus.admin import admin_router
from eventbus.hosting import Ground, Host
from events import Channel
from notifier.acknowledgements import api as acknowledgements_api
from notifier.acknowledgements.api import Switchboard
from notifier.acknowledgements.page import ASSETS, AcknowledgePage, Doorstep, acknowledge_router
from notifier.acknowledgements.service import Acknowledgements
from notifier.acknowledgements.signatures import PagerDutySignature, SlackSignature
from notifier.alerts.links import Links
from notifier.channels.provider import Provider
from notifier.channels.table import open_providers
from notifier.contacts import api as contacts_api
from notifier.deliveries import api as deliveries_api
from notifier.digest import api as digest
from notifier.digest.domain import Directory
from notifier.messages import api as messages_api
from notifier.messages.api import TestBench
from notifier.messages.service import MessageRules
from notifier.receipts import api as receipts_api
from notifier.receipts.api import Desk
from notifier.receipts.intake import Intake
from notifier.receipts.refusals import Refusals
from notifier.receipts.signatures import SendGridSignature, TwilioSignature
from notifier.settings import NotifierSettings
from notifier.texts.templates import Templates
from notifier.timeline import api as timeline_api
from notifier.timeline.service import Chronicle
from notifier.work import Pace, Work, alert_routes
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
    return _Notifier(settings, role=role, clock=clock or SystemClock(), pace=pace or Pace()).app()


class _Notifier:
    """What the lifespan opens, and what the routes read of it."""

    def __init__(self, settings: NotifierSettings, *, role: ProcessRole, clock: Clock, pace: Pace) -> None:
        self._settings = settings
        self._role = role
        self._clock = clock
        self._pace = pace
        self._host = Host(settings, role=role, clock=clock, pool_size=_POOL_SIZE)
        self._work: Work | None = None
        self._templates = Templates()
        self._watcher = ConfigWatcher(settings.config_dir, self._reloaded)
        self._page = AcknowledgePage(self._watcher.current.brand)

    def app(self) -> FastAPI:
        app = create_app(
            service=self._settings.service,
            settings=self._settings,
            lifespan=self._host.lifespan(self._assemble),
            routers=self._routers() if self._role.answers else (),
            checks=self._host.checks,
            clock=self._clock,
        )
        if self._role.answers:
            app.mount(ASSETS, static_app(self._page.assets))
        return app

    def _routers(self) -> tuple[APIRouter, ...]:
        return (
            receipts_api.router,
            acknowledgements_api.router,
            acknowledge_router(self._page),
            messages_api.router,
            deliveries_api.router,
            contacts_api.router,
            timeline_api.router,
            digest.router(self._directory),
            admin_router(self._settings.service),
        )

    def _directory(self) -> Directory:
        """Who hears of what now."""
        config = self._watcher.current
        rules = MessageRules(
            messages=config.messages, contacts=config.contacts, owners=self._settings.sms_target_numbers
        )
        return Directory(rules.recipients(MessageKind.SALE, Channel.SMS), alert_routes(self._settings, config))

    async def _assemble(self, ground: Ground) -> None:
        providers = open_providers(self._settings, self._watcher.current)
        for provider in providers.values():
            ground.closing.push_async_callback(provider.close)
            ground.pings.update(provider.pings)
        ground.background.every(Periodic("configuration", _CONFIG_INTERVAL, self._watcher.check))
        if self._role.works:
            self._start_work(ground, providers)
        if self._role.answers:
            ground.app.state.database = ground.database
            self._open_counters(ground.app, ground.database, ground.bus)
            ground.app.state.test_bench = self._test_bench(providers)

    def _start_work(self, ground: Ground, providers: Mapping[Channel, Provider]) -> None:
        self._work = Work(
            self._settings,
            self._watcher.current,
            bus=ground.bus,
            database=ground.database,
            providers=providers,
            templates=self._templates,
            clock=self._clock,
            pace=self._pace,
        )
        self._work.register(ground.background)
        self._host.require_reading(ground.bus)

    def _open_counters(self, app: FastAPI, database: Database, bus: Bus) -> None:
        """What the routes of callbacks and answers work with."""
        settings = self._settings
        acknowledgements = Acknowledgements(
            outbox=bus.outbox,
            contacts=lambda: self._watcher.current.contacts,
            owners=settings.sms_target_numbers,
        )
        refusals = Refusals(bus.facts.tell, self._clock)
        app.state.desk = self._desk(database, acknowledgements, refusals)
        app.state.switchboard = Switchboard(
            database=database,
            acknowledgements=acknowledgements,
            slack=SlackSignature(settings.slack_signing_secret),
            pagerduty=PagerDutySignature(settings.pagerduty_webhook_secret),
            refusals=refusals,
            clock=self._clock,
        )
        app.state.chronicle = Chronicle(database, lambda: self._watcher.current.contacts)
        app.state.doorstep = Doorstep(
            database=database,
            acknowledgements=acknowledgements,
            links=Links(settings.service_token_key, settings.public_url),
            config=lambda: self._watcher.current,
            zone=settings.business_timezone,
            clock=self._clock,
        )

    def _desk(self, database: Database, acknowledgements: Acknowledgements, refusals: Refusals) -> Desk:
        async def texted(number: str, body: str, sid: str) -> str:
            async with database.transaction() as tx:
                return await acknowledgements.by_sms(tx, number=number, body=body, sid=sid)

        settings = self._settings
        stored: Callable[[], None] = self._work.receipts.wake if self._work is not None else lambda: None
        return Desk(
            database=database,
            intake=Intake(database, stored=stored),
            twilio=TwilioSignature(settings.twilio_auth_token, settings.public_url),
            sendgrid=SendGridSignature(settings.sendgrid_webhook_public_key),
            clock=self._clock,
            texted=texted,
            refusals=refusals,
        )

    def _test_bench(self, providers: Mapping[Channel, Provider]) -> TestBench:
        return TestBench(
            sms=providers[Channel.SMS],
            email=providers[Channel.EMAIL],
            templates=self._templates,
            config=lambda: self._watcher.current,
            first_number=self._settings.sms_target_numbers[0],
        )

    async def _reloaded(self, config: Config) -> None:
        if self._work is not None:
            self._work.apply(config)
