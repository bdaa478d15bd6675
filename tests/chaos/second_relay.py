"""`python -m tests.chaos.second_relay SERVICE`: a worker that does nothing but relay, beside the service's own.

STATE and PORT say which installation, as for `stack.launch`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from chassis.clock import SystemClock
from chassis.database import Database
from chassis.settings import KafkaSettings
from eventbus import Bus, BusSettings
from eventbus.cluster.kafka import KafkaConnection
from stack import environment
from stack.layout import Layout
from stack.processes import dies_with_parent


async def main(service: str) -> None:
    """Until SIGTERM."""
    values = environment.of_process(Layout.from_environment(os.environ), service)
    url = values["DATABASE_URL"]
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    database = await Database.connect(url, application=f"{service} second relay", pool_size=1)
    connection = KafkaConnection.from_settings(KafkaSettings.from_environ(values))
    bus = Bus(
        BusSettings(service=service, connection=connection, database_url=url), database=database, clock=SystemClock()
    )
    await bus.start()
    await ended.wait()
    await bus.stop()
    await database.close()


if __name__ == "__main__":
    dies_with_parent(signal.SIGTERM)()
    asyncio.run(main(sys.argv[1]))
