"""A process with a bus and one effect, to be killed: `python worker.py DATABASE_URL BOOTSTRAP PREFIX SLOT`.

With `-` for a slot it only relays. On SIGTERM it ends in good order, as a service does. With DELIVERIES set, its
handler takes its time, and every event that it is handed is a line of that file, whatever becomes of the transaction.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import structlog

from chassis.clock import SystemClock
from chassis.database import Database, Transaction
from eventbus import Bus, BusSettings, KafkaConnection, Received
from events import PaymentWebhookFailed
from tests.integration.eventbus.ledger import count, count_effect

RELAYS_ONLY = "-"
DELIVERIES = os.environ.get("DELIVERIES")


def note(lines: str) -> None:
    with Path(DELIVERIES or os.devnull).open("a") as file:
        file.write(lines)


async def noted(tx: Transaction, batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
    note("".join(f"{received.event_id}\n" for received in batch))
    await asyncio.sleep(0.1)
    await count(tx, batch)
    await asyncio.sleep(0.1)


async def main(database_url: str, connection: str, slot: str) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    print("listening to signals", flush=True)
    database = await Database.connect(database_url, application="worker")
    settings = BusSettings(
        service="worker",
        connection=KafkaConnection(**json.loads(connection)),
        database_url=database_url,
        slot=slot,
    )
    bus = Bus(settings, database=database, clock=SystemClock())
    if slot != RELAYS_ONLY:
        bus.subscribe([count_effect(noted if DELIVERIES else count)])
    await bus.start()
    await told.wait()
    await bus.stop()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
