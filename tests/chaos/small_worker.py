"""Checkout's relay, inventory's and the monitor's consumers in one process, built right or as a variant says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from chassis.clock import SystemClock
from chassis.database import Database
from chassis.keys import PublicKeys
from chassis.tickets import TicketVerifier
from config import load
from eventbus import Bus, BusSettings, Effect, KafkaConnection, Outbox
from inventory.oversold.service import OversoldSeats
from inventory.pools.consumers import orders_effect
from inventory.pools.mirror import Mirror
from inventory.pools.service import Stock
from inventory.waitlist.service import WaitingLine
from monitor.figures.consumers import figures_effect
from tests.chaos.variants import VARIANTS
from tests.fixtures.config_files import SHIPPED


def run(
    urls: Mapping[str, str], connection: KafkaConnection, keys: str, variant: str | None, services: Sequence[str]
) -> None:
    """Until it is killed."""
    if variant is not None:
        VARIANTS[variant]()
    asyncio.run(_run(urls, connection, keys, services))


async def _run(urls: Mapping[str, str], connection: KafkaConnection, keys: str, services: Sequence[str]) -> None:
    inventory = await Database.connect(urls["inventory"], application="small inventory", pool_size=2)
    levels = load(SHIPPED).stock_levels
    stock = Stock(
        Outbox(source="inventory", clock=SystemClock(), wake=lambda: None),
        TicketVerifier(PublicKeys.parse(keys)),
        levels=lambda: levels,
        delayed_percent=20,
        line=WaitingLine(lasts=timedelta(minutes=30)),
        owed=OversoldSeats(),
    )
    effects: dict[str, list[Effect]] = {
        "checkout": [],
        "inventory": [orders_effect(stock, Mirror(inventory, SystemClock()))],
        "monitor": [figures_effect()],
    }
    for service in services:
        await _bus(service, urls[service], connection, effects[service])
    await asyncio.Event().wait()


async def _bus(service: str, url: str, connection: KafkaConnection, effects: Sequence[Effect]) -> None:
    database = await Database.connect(url, application=f"small {service}", pool_size=2)
    settings = BusSettings(service=service, connection=connection, database_url=url, slot="0")
    bus = Bus(settings, database=database, clock=SystemClock())
    bus.subscribe(effects)
    await bus.start()
