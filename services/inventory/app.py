"""The one place that wires inventory: settings, pool, use cases, routes, workers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI

from chassis.app import Check, Lifespan, create_app
from chassis.background import Background, Periodic
from chassis.clock import Clock, SystemClock
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.process import ProcessRole
from chassis.tickets import TicketVerifier
from eventbus import Bus, BusSettings, Heartbeats, KafkaConnection, Progress
from eventbus.admin import admin_router
from events import Topic
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


def create(environ: Mapping[str, str], *, role: ProcessRole = ProcessRole.ALL, clock: Clock | None = None) -> FastAPI:
    """The service; starting it needs the database, while Kafka may come later."""
    settings = InventorySettings.from_environ(environ)
    clock = clock or SystemClock()
    checks: dict[str, Check] = {}
    return create_app(
        service=settings.service,
        settings=settings,
        lifespan=_lifespan(settings, role=role, clock=clock, checks=checks),
        routers=(api.router, ledger_api.router, internal_api.router, admin_router(settings.service))
        if role.answers
        else (),
        checks=checks,
        clock=clock,
    )


def _lifespan(settings: InventorySettings, *, role: ProcessRole, clock: Clock, checks: dict[str, Check]) -> Lifespan:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            database = await _database(settings, stack)
            bus = app.state.bus = _bus(settings, database, clock, role)
            mirror = Mirror(database, clock)
            stock = Stock(bus.outbox, TicketVerifier(settings.ticket_public_keys))
            background = Background(clock=clock)
            background.every(Periodic("renew memory", RENEWAL, mirror.renewed))
            checks["database"] = database.ping
            progress = _progress(stack, bus) if role.works else None
            restoration = await Restoration.of(stock, mirror, database=database, progress=progress)
            background.every(Periodic("follow a restore", timedelta(seconds=1), restoration.look))
            if role.answers:
                await mirror.renew()
                batcher = Batcher(stock, mirror, database=database, clock=clock)
                stack.push_async_callback(batcher.stop)
                app.state.mirror, app.state.database = mirror, database
                app.state.desk = Desk(
                    stock=stock, batcher=batcher, mirror=mirror, database=database, restoration=restoration
                )
            if progress is not None:
                ender = HoldEnder(stock, mirror, database=database, progress=progress)
                bus.subscribe(subscriptions(stock, mirror))
                background.every(Periodic("end holds", INTERVAL, ender.look))
                checks["streams"] = lambda: _require_reading(bus)
            await bus.start()
            stack.push_async_callback(bus.stop)
            _say_alive(settings, stack, bus, background, database, clock)
            await background.start()
            stack.push_async_callback(background.stop)
            yield

    return lifespan


async def _database(settings: InventorySettings, stack: AsyncExitStack) -> Database:
    database = await Database.connect(
        settings.database_url.get_secret_value(),
        application=settings.service,
        pool_size=settings.database_pool_size,
    )
    stack.push_async_callback(database.close)
    return database


def _bus(settings: InventorySettings, database: Database, clock: Clock, role: ProcessRole) -> Bus:
    return Bus(
        BusSettings(
            service=settings.service,
            connection=KafkaConnection.from_settings(settings),
            database_url=settings.database_url.get_secret_value(),
            slot=settings.fullhouse_slot,
        ),
        database=database,
        clock=clock,
        worker=role.works,
    )


def _say_alive(
    settings: InventorySettings,
    stack: AsyncExitStack,
    bus: Bus,
    background: Background,
    database: Database,
    clock: Clock,
) -> None:
    heartbeats = Heartbeats(
        bus,
        service=settings.service,
        clock=clock,
        checks={"database": database.ping},
        slot=settings.fullhouse_slot,
    )
    heartbeats.register(background)
    stack.push_async_callback(heartbeats.say_goodbye)


def _progress(stack: AsyncExitStack, bus: Bus) -> Progress:
    progress = Progress(group=ORDERS_GROUP, topic=Topic.ORDERS, connection=bus.connection)
    stack.push_async_callback(progress.close)
    return progress


async def _require_reading(bus: Bus) -> None:
    """Ready means that payments reach the stock."""
    silent = [group.group for group in bus.groups() if not group.reading]
    if silent:
        raise Unavailable(f"no partitions yet: {', '.join(silent)}")
