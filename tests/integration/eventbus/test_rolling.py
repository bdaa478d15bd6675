"""Restarting the processes of a service one after the other, while it works (L-10)."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from eventbus import Bus
from tests.integration.eventbus import ledger
from tests.integration.eventbus.harness import Bench, eventually

pytestmark = pytest.mark.asyncio

KEYS = tuple(f"k{number}" for number in range(6))
ROUNDS = 3


async def keep_publishing(bench: Bench, bus: Bus, until: asyncio.Event) -> list[str]:
    names: list[str] = []
    while not until.is_set():
        for key in KEYS:
            names.append(f"{key}-{len(names)}")
            await ledger.publish(bench.database, bus.outbox, [names[-1]], key=key)
        await asyncio.sleep(0.02)
    return names


@pytest.mark.proves("L-10", "E-4")
async def test_a_rolling_restart_hands_every_event_to_a_handler_once_and_in_order(bench: Bench, tmp_path: Path) -> None:
    """Batches under way are finished on SIGTERM, and a returning process has its own partitions again."""
    deliveries, enough = tmp_path / "deliveries", asyncio.Event()
    async with bench.bus() as bus:
        await bus.stop()  # only its outbox is used
        publishing = asyncio.create_task(keep_publishing(bench, bus, enough))
        async with AsyncExitStack() as stack:
            workers = [await stack.enter_async_context(bench.worker(slot=slot, deliveries=deliveries)) for slot in "01"]
            for turn in range(2 * ROUNDS):
                before = await done(bench)
                await eventually(lambda before=before: more(bench, before))  # type: ignore[misc]
                slot = turn % 2
                workers[slot].terminate()
                assert await workers[slot].wait() == 0
                workers[slot] = await stack.enter_async_context(bench.worker(slot=str(slot), deliveries=deliveries))
            enough.set()
            names = await publishing
            await eventually(lambda: all_done(bench, len(names)))
    effects = await ledger.effects(bench.database)
    for key in KEYS:
        wanted = [name for name in names if name.startswith(f"{key}-")]
        assert [name for name in effects if name.startswith(f"{key}-")] == wanted
    handed = deliveries.read_text().split()
    assert len(handed) == len(set(handed)) == len(names)


async def done(bench: Bench) -> int:
    return int(await bench.database.fetchval("SELECT count(*) FROM effects"))


async def more(bench: Bench, before: int) -> bool:
    return await done(bench) > before + 3 * len(KEYS)


async def all_done(bench: Bench, count: int) -> bool:
    return await done(bench) == count
