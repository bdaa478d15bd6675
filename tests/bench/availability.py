"""How old the availability is that a replica shows, while seats are held there and at another one (I-1)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from chassis.ids import uuid7
from chassis.process import ProcessRole
from stack.environment import values
from tests.bench.report import Figure
from tests.bench.stand import Stand, quantile
from tests.fixtures.forked import forked_beside
from tests.fixtures.ports import free_port
from tests.integration.inventory import rush_worker
from tests.integration.inventory.bench import CITY, open_bench
from tests.integration.inventory.service import service_token, variables

SECONDS: Final = 20.0
HOLDS: Final = 50.0  # a second
LOOKS: Final = 100.0  # a second and replica
MANY: Final = 1_000_000
BEFORE_START: Final = 0.05


@dataclass(slots=True)
class Seen:
    """`told`: when the n-th hold was told, all by the first replica. `looks`: by replica, when each was asked for, and
    how many holds it showed.
    """

    told: list[float] = field(default_factory=list)
    looks: tuple[list[tuple[float, int]], list[tuple[float, int]]] = field(default_factory=lambda: ([], []))

    def ages(self, replica: int) -> list[float]:
        """For each look, how long before it the first hold was told that it did not show; 0 where it showed all."""
        told = [*self.told, float("inf")]
        return [max(0.0, began - told[min(shown, len(self.told))]) for began, shown in self.looks[replica]]


async def measure(stand: Stand) -> list[Figure]:
    url = await asyncio.to_thread(stand.make_database, "inventory")
    async with open_bench(url) as bench:
        await bench.open({"ga": (MANY, MANY)})
    kafka = {name: value for name, value in values(stand.stack.layout).items() if name.startswith("KAFKA_")}
    own = {**variables(url), **kafka}
    seen = Seen()
    ports = [free_port(), free_port()]
    async with AsyncExitStack() as stack:
        for port in ports:
            serve = forked_beside(rush_worker.serve, ProcessRole.API.value, environ={**own, "PORT": str(port)})
            await stack.enter_async_context(serve)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        await _watch(http, [f"http://127.0.0.1:{port}" for port in ports], seen)
    stand.tick()
    return [*_figures("own", seen.ages(0)), *_figures("others", seen.ages(1))]


def _figures(whose: str, ages: Sequence[float]) -> list[Figure]:
    """Of changes that the replica itself has made, or another one."""
    return [
        Figure(id=f"I-1.{whose}_changes_age_max", ours=max(ages), unit="s", limit=1.0),
        Figure(id=f"I-1.{whose}_changes_age_p99", ours=quantile(ages, 0.99), unit="s", limit=1.0),
    ]


async def _watch(http: aiohttp.ClientSession, addresses: Sequence[str], seen: Seen) -> None:
    for address in addresses:
        await _answers(http, address)
    until = time.monotonic() + SECONDS
    await asyncio.gather(
        _hold(http, addresses[0], seen, until),
        *(_look(http, address, looks, until) for address, looks in zip(addresses, seen.looks, strict=True)),
    )


async def _answers(http: aiohttp.ClientSession, address: str) -> None:
    while True:
        try:
            async with http.get(f"{address}/api/inventory/{CITY}") as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(BEFORE_START)


async def _hold(http: aiohttp.ClientSession, address: str, seen: Seen, until: float) -> None:
    while time.monotonic() < until:
        body = {
            "orderId": str(uuid7()), "cityId": CITY, "tier": "ga", "quantity": 1, "holdSeconds": 600,
            "deadlineMs": 10_000,
        }  # fmt: skip
        async with http.post(f"{address}/internal/holds", json=body, headers=service_token()) as answer:
            answer.raise_for_status()
        seen.told.append(time.monotonic())
        await asyncio.sleep(1 / HOLDS)


async def _look(http: aiohttp.ClientSession, address: str, looks: list[tuple[float, int]], until: float) -> None:
    while time.monotonic() < until:
        began = time.monotonic()
        async with http.get(f"{address}/api/inventory/{CITY}") as answer:
            shown = (await answer.json())["held"]["ga"]
        looks.append((began, shown))
        await asyncio.sleep(1 / LOOKS)
