"""The one place that wires inventory: settings, pool, use cases, routes, workers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from fastapi import FastAPI

from chassis.app import create_app
from chassis.background import Periodic
from chassis.clock import Clock, SystemClock
from chassis.process import ProcessRole
from chassis.tickets import TicketVerifier
from eventbus import Progress
from eventbus.admin import admin_router
from eventbus.hosting import Ground, Host
from events import Topic
from inventory.digest import api as digest
from inventory.ledger import api as ledger_api
from inventory.pools import api, internal_api
from inventory.pools.batcher import Batcher
from inventory.pools.consumers import ORDERS_GROUP
from inventory.pools.internal_api import Desk
from inventory.pools.mirror import RENEWAL, Mirror
from inventory.pools.restoration import Restoration
from inventory.pools.service import Stock
from inventory.pools.workers import INTERVAL, HoldEnder
from inventory.settings import InventorySettings
from inventory.subscriptions import subscriptions

_LOOK: Final = timedelta(seconds=1)


def create(environ: Mapping[str, str], *, role: ProcessRole = ProcessRole.ALL, clock: Clock | None = None) -> FastAPI:
    """The service; starting it needs the database, while Kafka may come later."""
    settings = InventorySettings.from_environ(environ)
    return _Inventory(settings, role=role, clock=clock or SystemClock()).app()


class _Inventory:
    """What the lifespan opens."""

    def __init__(self, settings: InventorySettings, *, role: ProcessRole, clock: Clock) -> None:
        self._settings = settings
        self._role = role
        self._clock = clock
        self._host = Host(settings, role=role, clock=clock, pool_size=settings.database_pool_size)

    def app(self) -> FastAPI:
        internals = (internal_api.router, digest.router())
        routers = (api.router, ledger_api.router, *internals, admin_router(self._settings.service))
        return create_app(
            service=self._settings.service,
            settings=self._settings,
            lifespan=self._host.lifespan(self._assemble),
            routers=routers if self._role.answers else (),
            checks=self._host.checks,
            clock=self._clock,
        )

    async def _assemble(self, ground: Ground) -> None:
        database = ground.database
        mirror = Mirror(database, self._clock)
        stock = Stock(ground.bus.outbox, TicketVerifier(self._settings.ticket_public_keys))
        ground.background.every(Periodic("renew memory", RENEWAL, mirror.renewed))
        progress = _progress(ground) if self._role.works else None
        restoration = await Restoration.of(stock, mirror, database=database, progress=progress)
        ground.background.every(Periodic("follow a restore", _LOOK, restoration.look))
        if self._role.answers:
            await self._answer(ground, stock, mirror, restoration)
        if progress is not None:
            ender = HoldEnder(stock, mirror, database=database, progress=progress)
            ground.bus.subscribe(subscriptions(stock, mirror))
            ground.background.every(Periodic("end holds", INTERVAL, ender.look))
            self._host.require_reading(ground.bus)

    async def _answer(self, ground: Ground, stock: Stock, mirror: Mirror, restoration: Restoration) -> None:
        await mirror.renew()
        batcher = Batcher(stock, mirror, database=ground.database, clock=self._clock)
        ground.closing.push_async_callback(batcher.stop)
        state = ground.app.state
        state.mirror = mirror
        state.database = ground.database
        state.desk = Desk(
            stock=stock, batcher=batcher, mirror=mirror, database=ground.database, restoration=restoration
        )


def _progress(ground: Ground) -> Progress:
    progress = Progress(group=ORDERS_GROUP, topic=Topic.ORDERS, connection=ground.bus.connection)
    ground.closing.push_async_callback(progress.close)
    return progress
