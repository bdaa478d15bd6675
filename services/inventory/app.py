"""Inventory as a program: settings, routes, and when what is done; `wiring.py` puts its parts together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from fastapi import FastAPI

import ui
from backups.serving import dump_router
from chassis.app import create_app
from chassis.background import Periodic
from chassis.clock import Clock, SystemClock
from chassis.process import ProcessRole
from config import ConfigWatcher, StockLevels
from eventbus.admin import admin_router, internal_router
from eventbus.hosting import Ground, Host
from inventory.digest import api as digest
from inventory.doors import api as doors_api
from inventory.ledger import api as ledger_api
from inventory.limits import api as limits_api
from inventory.oversold import api as oversold_api
from inventory.pools import api, internal_api
from inventory.pools.mirror import RENEWAL
from inventory.pools.workers import INTERVAL, HoldEnder
from inventory.recount import api as recount_api
from inventory.route_deps import provide_deps
from inventory.settings import InventorySettings
from inventory.staff import door_page, inside_page, limit_pages, line_page, stock_pages
from inventory.staff.site import ASSETS, staff_site
from inventory.subscriptions import subscriptions
from inventory.tickets import api as tickets_api
from inventory.waitlist import api as waitlist_api
from inventory.waitlist import internal_api as line_api
from inventory.wiring import Parts, put_together

# Of the operations, for the OpenAPI document: `open` has those for strangers, the others are named after rooms.
_EXAMPLES: Final = Path(__file__).with_name("examples")
_ROUTERS: Final = (
    api.router,
    ledger_api.router,
    oversold_api.router,
    tickets_api.router,
    limits_api.router,
    doors_api.router,
    recount_api.router,
    door_page.router,
    inside_page.router,
    stock_pages.router,
    line_page.router,
    limit_pages.router,
    waitlist_api.router,
    internal_api.router,
    line_api.router,
    digest.router,
)
_LOOK: Final = timedelta(seconds=1)


def create(environ: Mapping[str, str], *, role: ProcessRole = ProcessRole.ALL, clock: Clock | None = None) -> FastAPI:
    """The service; starting it needs the database, while Kafka may come later.

    Raises SettingsError and ConfigError.
    """
    settings = InventorySettings.from_environ(environ)
    return _Inventory(settings, role=role, clock=clock or SystemClock()).app()


class _Inventory:
    """What the lifespan opens."""

    def __init__(self, settings: InventorySettings, *, role: ProcessRole, clock: Clock) -> None:
        self._settings = settings
        self._role = role
        self._clock = clock
        self._host = Host(settings, role=role, clock=clock, pool_size=settings.database_pool_size)
        self._config = ConfigWatcher(settings.config_dir)
        self._staff = staff_site(self._config.current.brand, zone=settings.business_timezone)

    def app(self) -> FastAPI:
        service = self._settings.service
        routers = (*_ROUTERS, internal_router(service), dump_router(service), admin_router(service))
        serves = self._role.serves_http
        app = create_app(
            service=self._settings.service,
            settings=self._settings,
            lifespan=self._host.lifespan(self._assemble),
            routers=routers if serves else (),
            examples=_EXAMPLES if serves else None,
            checks=self._host.checks,
            clock=self._clock,
            error_page=self._staff.error_page if serves else None,
        )
        if serves:
            app.mount(ASSETS, ui.static_app(self._staff.assets))
        return app

    async def _assemble(self, ground: Ground) -> None:
        parts = await put_together(
            self._settings, ground, works=self._role.works, levels=self._levels, clock=self._clock
        )
        if self._role.serves_http:
            await parts.mirror.renew()
            provide_deps(ground.app, parts, staff=self._staff, clock=self._clock)
        self._schedule(ground, parts)

    def _schedule(self, ground: Ground, parts: Parts) -> None:
        every = ground.background.every
        every(self._config.periodic())
        every(Periodic("renew memory", RENEWAL, parts.mirror.renewed))
        every(Periodic("follow a restore", _LOOK, parts.restore.look))
        if parts.progress is not None:
            ender = HoldEnder(parts.stock, parts.mirror, database=parts.database, progress=parts.progress)
            every(Periodic("end holds", INTERVAL, ender.look))
            ground.bus.subscribe(subscriptions(parts.stock, parts.mirror, parts.limits))
            self._host.run_jobs(ground, (), schedules=lambda: self._config.current.schedules)
            self._host.require_reading(ground.bus)

    def _levels(self) -> StockLevels:
        return self._config.current.stock_levels
