"""Processes of a rush: replicas of inventory that are killed, and crowds of buyers that ask them."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

import aiohttp
import uvicorn

from chassis.process import ProcessRole
from inventory.app import create
from tests.integration.inventory.bench import CITY
from tests.integration.inventory.service import service_token

TRIES: Final = 2
AT_ONCE: Final = 100
# An order is asked for as often as it takes: replicas are killed, and come back.
PATIENCE_SECONDS: Final = 60.0
BROKEN: Final = (aiohttp.ClientError, TimeoutError, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """So many buyers, drawn from the seed; `path` is where their answers are written to."""

    seed: float
    buyers: int
    seconds: float
    addresses: Sequence[str]
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a buyer was told. `began` and `ended`: of the request that had it, in seconds since 1970."""

    order_id: str
    quantity: int
    status: int
    held_until: str | None
    began: float
    ended: float
    again: bool = False
    left: bool = False


def serve(role: str = ProcessRole.ALL.value) -> None:
    """A replica, by the variables of the environment, until it is killed."""
    app = create(os.environ, role=ProcessRole(role))
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_config=None, access_log=False)


def come(crowd: Crowd) -> None:
    told = asyncio.run(_come(crowd))
    Path(crowd.path).write_text("".join(f"{json.dumps(asdict(each))}\n" for each in told))


def answers(path: str) -> list[Answer]:
    return [Answer(**json.loads(line)) for line in Path(path).read_text().splitlines()]


async def _come(crowd: Crowd) -> list[Answer]:
    rng = Random(crowd.seed)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=20)) as http:
        asking = Asking(http, crowd.addresses, asyncio.Semaphore(AT_ONCE))
        told = await asyncio.gather(*(_buy(asking, Random(rng.random()), crowd.seconds) for _ in range(crowd.buyers)))
    return [answer for each in told for answer in each]


async def _buy(asking: Asking, rng: Random, seconds: float) -> list[Answer]:
    """Comes at some time; who is refused comes again, who has seats may ask twice, and may leave."""
    await asyncio.sleep(rng.random() * seconds)
    order, quantity = UUID(int=rng.getrandbits(128), version=4), rng.choice([1, 1, 1, 2, 3])
    told = []
    for _ in range(TRIES):
        told.append(await asking.hold(order, quantity, rng))
        if told[-1].status == 200:
            break
        await asyncio.sleep(rng.uniform(0.05, 0.5))
    if told[-1].status == 200 and rng.random() < 0.2:
        told.append(await asking.hold(order, quantity, rng, again=True))
    if told[-1].status == 200 and rng.random() < 0.15:
        await asyncio.sleep(rng.uniform(0, 0.3))
        told.append(await asking.leave(order, quantity, rng))
    return told


@dataclass(frozen=True, slots=True)
class Asking:
    """Requests of a crowd: each goes to any replica, and on to the next while that one is dead."""

    http: aiohttp.ClientSession
    addresses: Sequence[str]
    turns: asyncio.Semaphore

    async def hold(self, order: UUID, quantity: int, rng: Random, *, again: bool = False) -> Answer:
        body = {
            "orderId": str(order), "cityId": CITY, "tier": "ga", "quantity": quantity,
            "holdSeconds": 3600, "deadlineMs": 10_000,
        }  # fmt: skip
        status, answer, began = await self._ask("POST", "/internal/holds", rng, json=body)
        return Answer(
            order_id=str(order),
            quantity=quantity,
            status=status,
            held_until=answer.get("heldUntil"),
            began=began,
            ended=time.time(),
            again=again,
        )

    async def leave(self, order: UUID, quantity: int, rng: Random) -> Answer:
        status, _, began = await self._ask("DELETE", f"/internal/holds/{order}", rng)
        return Answer(
            order_id=str(order),
            quantity=quantity,
            status=status,
            held_until=None,
            began=began,
            ended=time.time(),
            left=True,
        )

    async def _ask(self, method: str, path: str, rng: Random, **more: Any) -> tuple[int, dict[str, Any], float]:
        async with self.turns, asyncio.timeout(PATIENCE_SECONDS):
            async for address in self._addresses(rng):
                began = time.time()
                try:
                    async with self.http.request(method, address + path, headers=service_token(), **more) as answer:
                        if answer.status < 500:
                            return answer.status, await answer.json() if answer.content_length else {}, began
                except BROKEN:
                    pass
        raise AssertionError("unreachable")

    async def _addresses(self, rng: Random) -> AsyncIterator[str]:
        while True:
            yield rng.choice(self.addresses)
            await asyncio.sleep(0.05)
