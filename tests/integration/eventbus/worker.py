"""A process with a bus and one effect, to be killed: `python worker.py DATABASE_URL BOOTSTRAP PREFIX`."""

from __future__ import annotations

import asyncio
import sys

from chassis.clock import SystemClock
from chassis.database import Database
from eventbus import Bus, BusSettings, KafkaConnection
from tests.integration.eventbus.ledger import count_effect


async def main(database_url: str, bootstrap_servers: str, prefix: str) -> None:
    database = await Database.connect(database_url, application="worker")
    settings = BusSettings(
        service="worker",
        connection=KafkaConnection(bootstrap_servers=bootstrap_servers, prefix=prefix),
        database_url=database_url,
        slot="0",
    )
    bus = Bus(settings, database=database, clock=SystemClock())
    bus.subscribe([count_effect()])
    await bus.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
