"""A process of a service opens its parts in one order, and closes them the other way round."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from chassis.app import create_app
from chassis.clock import SystemClock
from chassis.errors import Unavailable
from chassis.late import Late
from chassis.process import ProcessRole
from eventbus.hosting import Ground, Host
from monitor.settings import MonitorSettings
from tests.fixtures.links import Cut, Link
from tests.fixtures.postgres import MakeDatabase
from tests.integration.monitor.service import environ

pytestmark = pytest.mark.asyncio


@pytest.mark.proves("E-4")
async def test_work_stops_first_and_the_database_closes_last(make_database: MakeDatabase) -> None:
    settings = MonitorSettings.from_environ(environ(make_database("monitor")))
    host = Host(settings, role=ProcessRole.ALL, clock=SystemClock(), pool_size=4)
    order: list[str] = []

    async def assemble(ground: Ground) -> None:
        async def close() -> None:
            assert await ground.database.fetchval("SELECT 1") == 1
            order.append("part")

        ground.closing.push_async_callback(close)
        ground.background.keep(Working(order))
        ground.pings["vendor"] = ground.database.ping
        assert await ground.database.fetchval("SELECT 1") == 1

    app = create_app(service=settings.service, settings=settings, lifespan=host.lifespan(assemble))
    with pytest.raises(Unavailable):
        host.heartbeats()
    async with app.router.lifespan_context(app):
        assert app.state.bus is not None
        assert host.heartbeats().instance.endswith(":all-0")
        await host.checks["database"]()
        await asyncio.sleep(0)
        assert order == []
    assert order == ["stop", "job", "part"]
    with pytest.raises(Unavailable):
        await host.checks["database"]()


@pytest.mark.proves("E-5")
async def test_a_database_that_is_away_at_the_start_is_waited_for(make_database: MakeDatabase) -> None:
    url = make_database("monitor")
    async with Link.to(url) as link:
        await link.cut(Cut.RESET)
        await started_without(link, MonitorSettings.from_environ(environ(link.through(url))))


class Working:
    """A loop that notes how it ends."""

    name = "working"
    grace = timedelta(seconds=5)

    def __init__(self, order: list[str]) -> None:
        self._order = order
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        await self._stopped.wait()
        self._order.append("job")

    def stop(self) -> None:
        self._order.append("stop")
        self._stopped.set()


async def started_without(link: Link, settings: MonitorSettings) -> None:
    host = Host(settings, role=ProcessRole.API, clock=SystemClock(), pool_size=4)
    ready = asyncio.Event()

    async def assemble(_ground: Ground) -> None:
        ready.set()

    async def live() -> None:
        app = create_app(service=settings.service, settings=settings, lifespan=host.lifespan(assemble))
        async with app.router.lifespan_context(app):
            await host.checks["database"]()

    living = asyncio.create_task(live())
    await asyncio.wait({living}, timeout=0.3)
    assert not ready.is_set()
    assert not living.done()
    await link.mend()
    await living
    assert ready.is_set()


async def test_a_failed_start_closes_what_was_opened(make_database: MakeDatabase) -> None:
    settings = MonitorSettings.from_environ(environ(make_database("monitor")))
    host = Host(settings, role=ProcessRole.API, clock=SystemClock(), pool_size=4)
    closed = Late[bool]()

    async def assemble(ground: Ground) -> None:
        async def close() -> None:
            closed.put(True)

        ground.closing.push_async_callback(close)
        raise ValueError("a part can't be made")

    app = create_app(service=settings.service, settings=settings, lifespan=host.lifespan(assemble))
    with pytest.raises(ValueError, match="a part"):
        async with app.router.lifespan_context(app):
            pass
    assert closed()
