"""How soon a lost webhook is repaired: by itself, as everything is set, and by the command (L-13)."""

from __future__ import annotations

import asyncio
import time
from subprocess import CompletedProcess
from uuid import UUID

import aiohttp

from chassis.database import Database
from stack import environment
from tests.bench.report import Figure
from tests.bench.stand import Stand
from tests.fixtures import command_line
from tests.fixtures.scratch import CITY
from tests.integration.thread.shop import Purchase, Shop

LOST = {"vendor": "stripe", "kind": "drop_webhook", "count": 1_000}
BY_ITSELF, BY_COMMAND = 300.0, 30.0
PATIENCE_SECONDS = 600.0
LOOK_SECONDS = 0.1
# What the command ends with where all of it was mended.
REPAIRED = 1
PAID = "SELECT paid_at IS NOT NULL FROM orders WHERE order_id = $1"


async def measure(stand: Stand) -> list[Figure]:
    database = await Database.connect(stand.stack.database_url("checkout"), application="bench")
    async with aiohttp.ClientSession() as http:
        shop = Shop(stand.stack, http)
        await shop.control("POST", "faults", LOST)
        try:
            by_command = await _by_command(stand, shop)
            stand.tick()
            by_itself = await _by_itself(shop, database)
            stand.tick()
        finally:
            await shop.control("DELETE", "faults")
            await database.close()
    return [
        Figure(id="L-13.by_command", ours=by_command, unit="s", limit=BY_COMMAND),
        Figure(id="L-13.by_itself", ours=by_itself, unit="s", limit=BY_ITSELF),
    ]


async def _by_command(stand: Stand, shop: Shop) -> float:
    """From the command to its end, its own start included; again where it was repaired by itself in that moment."""
    while True:
        purchase = await _paid(shop)
        began = time.monotonic()
        done = await asyncio.to_thread(_reconcile, stand, purchase.email)
        if done.returncode == REPAIRED:
            return time.monotonic() - began


def _reconcile(stand: Stand, email: str) -> CompletedProcess[str]:
    environ = environment.of_operator(stand.stack.layout)
    return command_line.fullhouse("reconcile", "--email", email, environ=environ)


async def _by_itself(shop: Shop, database: Database) -> float:
    """From the payment to the paid order."""
    purchase = await _paid(shop)
    began = time.monotonic()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await database.fetchval(PAID, UUID(purchase.order_id)):
            await asyncio.sleep(LOOK_SECONDS)
    return time.monotonic() - began


async def _paid(shop: Shop) -> Purchase:
    purchase = await shop.place(CITY)
    await shop.pay(purchase)
    return purchase
