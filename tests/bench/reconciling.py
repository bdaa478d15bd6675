"""How long a comparison takes, what it asks for, and that its memory does not grow with what it compares (R-1).

Checkout has a process of its own, whose memory is looked at, and asks at the pace that it has in production. The
processor's stand-in answers at once, so what is measured is ours.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from chassis.clock import SystemClock
from chassis.tokens import Role
from eventbus import create_topics, delete_topics
from stack.testbed import KAFKA_PASSWORD
from tests.bench.report import Figure
from tests.bench.stand import Stand
from tests.fixtures.forked import Forked
from tests.integration.checkout.by_command import fullhouse
from tests.integration.checkout.neighbours import open_neighbours
from tests.integration.checkout.past.history import DAYS, History
from tests.integration.checkout.world import World

# By how many sessions, and over how many days: what `--since 24h` compares, and two longer ones.
SIZES: Final = ((1_000, 0.9), (10_000, float(DAYS)), (100_000, float(DAYS)))
LIMITS: Final = {1_000: 30.0}
# Of an ordinary day nearly everything is in order.
SOME, ALL = 0.005, 1.0
# A hundred times as many sessions may not take more than this.
FLAT: Final = 1.25
SEED: Final = 1
LOOK_SECONDS: Final = 0.2
PATIENCE_SECONDS: Final = 3 * 3600.0
A_MOMENT: Final = "1"
PACE: Final = {"CHECKOUT_POLL_SECONDS": A_MOMENT, "STRIPE_RATE_PER_SECOND": "25"}
PATH: Final = "/api/admin/reconciliation"
STATE: Final = "SELECT state FROM reconciliation_runs WHERE run_id = $1"
FOUND: Final = "SELECT count(*) FROM reconciliation_differences WHERE run_id = $1"
# What the command ends with where all of it was mended.
REPAIRED: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a comparison has cost.

    seconds: from the command to its end
    calls: how often the processor was asked
    found: how many differences it had
    peak_mb: the most memory that checkout's process has had
    """

    seconds: float
    calls: int
    found: int
    peak_mb: float


async def measure(stand: Stand) -> list[Figure]:
    figures: list[Figure] = []
    peaks = []
    for size, days in SIZES:
        async with _past(stand, size, days, broken=SOME) as (world, process):
            if size == SIZES[0][0]:
                figures.append(await _of_a_payer(world))
            compared = await _compared(world, process, days)
        figures += _figures(f"{size}", compared, limit=LIMITS.get(size))
        peaks.append(compared.peak_mb)
        stand.tick()
    figures.append(Figure(id="R-1.peak_mb", ours=peaks[-1], baseline=peaks[0], unit="MB", limit=FLAT))
    async with _past(stand, *SIZES[0], broken=ALL) as (world, process):
        figures += _figures("broken", await _compared(world, process, SIZES[0][1]))
    stand.tick()
    return figures


def _figures(name: str, compared: Compared, *, limit: float | None = None) -> list[Figure]:
    return [
        Figure(id=f"R-1.{name}_seconds", ours=compared.seconds, unit="s", limit=limit),
        Figure(id=f"R-1.{name}_calls", ours=compared.calls, unit="calls"),
        Figure(id=f"R-1.{name}_found", ours=compared.found, unit="differences"),
        Figure(id=f"R-1.{name}_peak_mb", ours=compared.peak_mb, unit="MB"),
    ]


@asynccontextmanager
async def _past(stand: Stand, size: int, days: float, *, broken: float) -> AsyncIterator[tuple[World, Forked]]:
    """Checkout beside a history, in databases of its own."""
    urls = [await asyncio.to_thread(stand.make_database, each) for each in ("checkout", "inventory")]
    prefix = f"bench{uuid4().hex[:6]}."
    connection = stand.stack.kafka(prefix=prefix)
    await create_topics(connection, partitions=1)
    os.environ[KAFKA_PASSWORD] = stand.stack.value("KAFKA_SASL_PASSWORD")
    bootstrap = stand.stack.value("KAFKA_BOOTSTRAP_SERVERS")
    async with (
        open_neighbours(checkout_url=urls[0], inventory_url=urls[1], kafka=bootstrap, prefix=prefix) as neighbours,
        neighbours.world({"ga": 3 * size, "vip": 10}) as world,
    ):
        # Nobody else reads the processor's lists.
        await world.database.execute("DELETE FROM processor_polls")
        await world.start_checkout(CHECKOUT_POLL_SECONDS=A_MOMENT)
        await History(world=world, drawn=random.Random(SEED), size=size, broken=broken, days=days).happen()
        await world.checkout.stop()
        async with world.checkout.killable(**PACE) as process:
            yield world, process
    await delete_topics(connection)


async def _compared(world: World, process: Forked, days: float) -> Compared:
    """By the API, as the command does; a dry run finds the same, and mends nothing."""
    before, began = await _calls(world), time.monotonic()
    _forget_peak(process)
    since = (SystemClock().now() - timedelta(days=days, hours=3)).isoformat()
    body = {"since": since, "agreed": True}
    answer = await world.ask("POST", PATH, json=body, headers=world.token(Role.OPERATOR))
    run_id = UUID(answer.body["runId"])
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await world.database.fetchval(STATE, run_id) != "done":
            await asyncio.sleep(LOOK_SECONDS)
    return Compared(
        seconds=time.monotonic() - began,
        calls=await _calls(world) - before,
        found=await world.database.fetchval(FOUND, run_id),
        peak_mb=_peak_mb(process),
    )


async def _of_a_payer(world: World) -> Figure:
    """A lost purchase, mended by the command line, its own start included."""
    await world.fault(kind="drop_webhook", count=10)
    order = (await world.buy(quantity=1)).body
    await world.pay(order["sessionId"])
    began = time.monotonic()
    done = await fullhouse(world, "reconcile", "--email", world.email)
    if done.returncode != REPAIRED:
        raise RuntimeError(f"nothing was repaired: {done.stdout} {done.stderr}")
    return Figure(id="R-1.email_seconds", ours=time.monotonic() - began, unit="s", limit=10)


async def _calls(world: World) -> int:
    state = (await world.ask("GET", f"{world.sandbox}/_sandbox/state?summary=1")).body
    return sum(count for name, count in state["calls"].items() if name.startswith("stripe."))


def _forget_peak(process: Forked) -> None:
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")


def _peak_mb(process: Forked) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return float(status.partition("VmHWM:")[2].split()[0]) / 1_000
