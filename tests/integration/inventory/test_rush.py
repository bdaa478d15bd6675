"""Many more buyers than seats, at two replicas that are killed: each seat is sold once, and each refusal is right.

RUSH_BUYERS=10000 RUSH_SEATS=500 RUSH_KILLS=20 is the rush of L-2; every run has a small one.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Final
from uuid import UUID

import pytest

from inventory.pools.errors import SoldOut
from tests.fixtures.forked import forked_beside
from tests.fixtures.ports import free_port
from tests.integration.inventory import rush_worker
from tests.integration.inventory.bench import Bench, paid_event, require_proof
from tests.integration.inventory.rush_worker import Answer, Crowd
from tests.integration.inventory.service import environ

pytestmark = pytest.mark.asyncio

BUYERS: Final = int(os.environ.get("RUSH_BUYERS", "1000"))
SEATS: Final = int(os.environ.get("RUSH_SEATS", "50"))
KILLS: Final = int(os.environ.get("RUSH_KILLS", "2"))
CROWDS: Final = 2 if BUYERS < 5000 else 4
RATE: Final = 400  # buyers a second
# I-1: how old a memory may be that refuses somebody.
STALEST: Final = 1.0
HISTORY: Final = """
SELECT extract(epoch FROM recorded_at)::float8 AS at, order_id::text, operation, least(
    (after ->> 'publicLimit')::int - (after ->> 'held')::int - (after ->> 'sold')::int + (after ->> 'spareSold')::int,
    (after ->> 'actualLimit')::int - (after ->> 'held')::int - (after ->> 'sold')::int - (after ->> 'oversold')::int
) AS free
FROM ledger ORDER BY id
"""


@pytest.mark.proves("I-2", "I-4", "I-5")
async def test_a_rush_on_replicas_that_are_killed(bench: Bench, kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    seed = int(os.environ.get("RUSH_SEED", Random().getrandbits(32)))
    print(f"RUSH_SEED={seed} buyers={BUYERS} seats={SEATS} kills={KILLS}")
    rng = Random(seed)
    await bench.open({"ga": (SEATS, SEATS)})
    told = await _rush(environ(bench.url, kafka=kafka, prefix=topic_prefix), rng, tmp_path)
    await _require_right_refusals(bench, told)
    await _require_one_hold_an_order(bench, told)
    await _latecomers(bench)
    holds = await bench.database.fetch("SELECT order_id, quantity FROM holds WHERE state = 'held'")
    await bench.deliver(*(paid_event(hold["order_id"], hold["quantity"]) for hold in holds))
    assert await bench.pool() == {"held": 0, "sold": SEATS, "spare_sold": 0, "oversold": 0}
    await require_proof(bench.database)


async def _rush(variables: Mapping[str, str], rng: Random, folder: Path) -> list[Answer]:
    ports = [free_port(), free_port()]
    crowds = [
        Crowd(
            seed=rng.random(),
            buyers=BUYERS // CROWDS,
            seconds=BUYERS / RATE,
            addresses=[f"http://127.0.0.1:{port}" for port in ports],
            path=str(folder / f"answers-{number}"),
        )
        for number in range(CROWDS)
    ]
    async with AsyncExitStack() as stack:
        coming = [await stack.enter_async_context(forked_beside(rush_worker.come, each, environ={})) for each in crowds]
        replicas = [
            asyncio.create_task(
                _replica({**variables, "PORT": str(port), "INSTANCE": f"inventory-{number}"}, rng, KILLS // 2)
            )
            for number, port in enumerate(ports)
        ]
        assert [await each.wait() for each in coming] == [0] * CROWDS
        for replica in replicas:
            replica.cancel()
        await asyncio.gather(*replicas, return_exceptions=True)
    return [answer for each in crowds for answer in rush_worker.answers(each.path)]


async def _replica(variables: Mapping[str, str], rng: Random, kills: int) -> None:
    """A process that is killed so often, somewhere in the rush, and started again at once."""
    for _ in range(kills):
        async with forked_beside(rush_worker.serve, environ=variables):
            await asyncio.sleep(rng.uniform(0.6, 1.2) * BUYERS / RATE / (kills + 0.5))
    async with forked_beside(rush_worker.serve, environ=variables):
        await asyncio.Event().wait()


async def _require_right_refusals(bench: Bench, told: Sequence[Answer]) -> None:
    """Nobody is told that seats are sold out while as many were free all the time."""
    spans = await _spans(bench, {answer.order_id: answer.ended for answer in told if answer.left})
    refused = [answer for answer in told if answer.status == 409]
    ages = sorted(_age(spans, each) for each in refused)
    print(f"refused {len(refused)}, {sum(age > 0 for age in ages)} by an older memory, the oldest ones {ages[-5:]} s")
    assert ages[-1] <= STALEST
    assert {answer.status for answer in told} <= {200, 204, 409}


async def _spans(bench: Bench, left: Mapping[str, float]) -> list[tuple[float, float, int]]:
    """How many seats were free from when to when. Those that somebody gave back are free once that somebody is told:
    the ledger's time is that before the commit.
    """
    rows = await bench.database.fetch(HISTORY)
    times = [max(row["at"], left.get(row["order_id"], 0) if row["operation"] == "release" else 0) for row in rows]
    ends = [*times[1:], float("inf")]
    return [(row["at"], end, row["free"]) for row, end in zip(rows, ends, strict=True)]


def _age(spans: Sequence[tuple[float, float, int]], refused: Answer) -> float:
    """How long before the request there was last too little room; 0 where there was while it was under way."""
    ends = (end for begin, end, free in spans if free < refused.quantity and begin <= refused.ended)
    return max(0.0, refused.began - max(ends, default=0.0))


async def _require_one_hold_an_order(bench: Bench, told: Sequence[Answer]) -> None:
    """Who was told so has seats, once; who left or was refused has none."""
    last = {answer.order_id: answer for answer in told}
    first_until: dict[str, str | None] = {}
    for answer in told:
        if answer.status == 200:
            assert first_until.setdefault(answer.order_id, answer.held_until) == answer.held_until
    rows = await bench.database.fetch("SELECT order_id, quantity FROM holds WHERE state = 'held'")
    kept = {order: each.quantity for order, each in last.items() if each.status == 200}
    print(f"{len(first_until)} buyers held seats, {len(kept)} kept them")
    assert {str(row["order_id"]): row["quantity"] for row in rows} == kept


async def _latecomers(bench: Bench) -> None:
    """What those left who went last is no seat that anybody was refused: it goes to who comes now."""
    for number in range(SEATS + 1):
        try:
            await bench.hold(UUID(int=number + 1))
        except SoldOut:
            assert (await bench.pool())["held"] == SEATS
            return
