"""The notifier as a program: settings, routes, and when what is done; `wiring.py` puts its parts together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fastapi import FastAPI

from backups.serving import dump_router
from chassis.app import create_app
from chassis.clock import Clock, SystemClock
from chassis.process import ProcessRole
from config import Config, ConfigWatcher
from eventbus.admin import admin_router, internal_router
from eventbus.hosting import Ground, Host
from notifier.acknowledgements import api as acknowledgements_api
from notifier.acknowledgements import page as acknowledgements_page
from notifier.contacts import api as contacts_api
from notifier.deliveries import api as deliveries_api
from notifier.digest import api as digest
from notifier.messages import api as messages_api
from notifier.receipts import api as receipts_api
from notifier.route_deps import provide_deps
from notifier.settings import NotifierSettings
from notifier.subscriptions import subscriptions
from notifier.texts.templates import shipped_templates
from notifier.timeline import api as timeline_api
from notifier.wiring import Pace, Parts, put_together
from ui import static_app

# Of the operations, for the OpenAPI document: its files are named after rooms.
_EXAMPLES: Final = Path(__file__).with_name("examples")
_POOL_SIZE: Final = 6
_ROUTERS: Final = (
    receipts_api.router,
    acknowledgements_api.router,
    acknowledgements_page.router,
    messages_api.router,
    deliveries_api.router,
    contacts_api.router,
    timeline_api.router,
    digest.router,
)

_COMMON: Final = (admin_router, internal_router, dump_router)


def create(
    environ: Mapping[str, str],
    *,
    role: ProcessRole = ProcessRole.ALL,
    clock: Clock | None = None,
    pace: Pace | None = None,
) -> FastAPI:
    """The service; starting it needs the database, while Kafka and the providers may come later.

    Raises SettingsError and ConfigError. `pace` is for tests that can't wait.
    """
    settings = NotifierSettings.from_environ(environ)
    return _Notifier(settings, role=role, clock=clock or SystemClock(), pace=pace or Pace()).app()


class _Notifier:
    """What there is before the start, and what the lifespan opens."""

    def __init__(self, settings: NotifierSettings, *, role: ProcessRole, clock: Clock, pace: Pace) -> None:
        self._settings = settings
        self._role = role
        self._clock = clock
        self._pace = pace
        self._host = Host(settings, role=role, clock=clock, pool_size=_POOL_SIZE)
        self._templates = shipped_templates()
        self._config = ConfigWatcher(settings.config_dir)
        self._page = acknowledgements_page.AcknowledgePage(self._config.current.brand)

    def app(self) -> FastAPI:
        service = self._settings.service
        app = create_app(
            service=service,
            settings=self._settings,
            lifespan=self._host.lifespan(self._assemble),
            routers=(*_ROUTERS, *(build(service) for build in _COMMON)) if self._role.serves_http else (),
            examples=_EXAMPLES if self._role.serves_http else None,
            checks=self._host.checks,
            clock=self._clock,
        )
        if self._role.serves_http:
            app.mount(acknowledgements_page.ASSETS, static_app(self._page.assets))
        return app

    async def _assemble(self, ground: Ground) -> None:
        parts = put_together(
            self._settings,
            ground,
            config=self._current,
            templates=self._templates,
            clock=self._clock,
            pace=self._pace,
        )
        ground.background.every(self._config.periodic())
        if self._role.works:
            self._work(ground, parts)
        if self._role.serves_http:
            parts.settler.told_of_each()
            provide_deps(
                ground.app,
                parts,
                ground=ground,
                page=self._page,
                templates=self._templates,
                works=self._role.works,
                clock=self._clock,
            )

    def _work(self, ground: Ground, parts: Parts) -> None:
        ground.bus.subscribe(subscriptions(parts.announcements, parts.alerting, parts.stock_view))
        for pool, watch in zip(parts.pools.values(), parts.watches.values(), strict=True):
            ground.background.keep(pool.due)
            ground.background.keep(watch.due)
        ground.background.keep(parts.settler.due)
        self._host.run_jobs(ground, (), schedules=lambda: self._current().schedules)
        self._host.require_reading(ground.bus)

    def _current(self) -> Config:
        return self._config.current
