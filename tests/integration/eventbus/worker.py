"""A process with a bus and one effect, to be killed: `python worker.py DATABASE_URL BOOTSTRAP PREFIX SLOT`.

With `-` for a slot it only relays. On SIGTERM it ends in good order, as a service does.
"""

from __future__ import annotations

import asyncio
import signal
import sys

import structlog

from chassis.clock import SystemClock
from chassis.database import Database
from eventbus import Bus, BusSettings, KafkaConnection
from tests.integration.eventbus.ledger import count_effect

RELAYS_ONLY = "-"


async def main(database_url: str, bootstrap_servers: str, prefix: str, slot: str) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    print("listening to signals", flush=True)
    database = await Database.connect(database_url, application="worker")
    settings = BusSettings(
        service="worker",
        connection=KafkaConnection(bootstrap_servers=bootstrap_servers, prefix=prefix),
        database_url=database_url,
        slot=slot,
    )
    bus = Bus(settings, database=database, clock=SystemClock())
    if slot != RELAYS_ONLY:
        bus.subscribe([count_effect()])
    await bus.start()
    await told.wait()
    await bus.stop()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
