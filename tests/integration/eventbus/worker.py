"""A process with a bus and one effect, to be killed.

With `-` for a slot it only relays. On SIGTERM it ends in good order, as a service does. With DELIVERIES set, its
handler takes its time, and every event that it is handed is a line of that file, whatever becomes of the transaction.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from multiprocessing.synchronize import Event
from pathlib import Path

import structlog

from chassis.clock import SystemClock
from chassis.database import Database, Transaction
from eventbus import Bus, BusSettings, KafkaConnection, Received
from events import PaymentWebhookFailed
from tests.integration.eventbus.ledger import count, count_effect

RELAYS_ONLY = "-"
DELIVERIES = "DELIVERIES"


def note(lines: str) -> None:
    with Path(os.environ[DELIVERIES]).open("a") as file:
        file.write(lines)


async def noted(tx: Transaction, batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
    note("".join(f"{received.event_id}\n" for received in batch))
    await asyncio.sleep(0.1)
    await count(tx, batch)
    await asyncio.sleep(0.1)


def run(database_url: str, connection: KafkaConnection, slot: str, listens: Event) -> None:
    """Sets the event as soon as it heeds signals."""
    asyncio.run(_run(database_url, connection, slot, listens))


async def _run(database_url: str, connection: KafkaConnection, slot: str, listens: Event) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    listens.set()
    database = await Database.connect(database_url, application="worker")
    settings = BusSettings(service="worker", connection=connection, database_url=database_url, slot=slot)
    bus = Bus(settings, database=database, clock=SystemClock())
    if slot != RELAYS_ONLY:
        bus.subscribe([count_effect(noted if DELIVERIES in os.environ else count)])
    await bus.start()
    await told.wait()
    await bus.stop()
    await database.close()
