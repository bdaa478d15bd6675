"""People of a waiting list, acting at random until the process is killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID, uuid4

from chassis.database import Row
from chassis.errors import Condition, Retry
from tests.integration.inventory.bench import Bench, open_bench, paid_event, refund_event

Deed = Callable[[], Coroutine[Any, Any, None]]


def run(url: str, seed: float) -> None:
    asyncio.run(_run(url, Random(seed)))


async def _run(url: str, rng: Random) -> None:
    async with open_bench(url) as bench:
        people = People(bench, rng)
        deeds: list[Deed] = [
            people.give_back,
            people.give_back,
            people.take,
            people.take,
            people.let_expire,
            people.leave,
            people.buy,
            people.pay_late,
        ]
        while True:
            with suppress(Condition, Retry):
                await rng.choice(deeds)()


@dataclass(frozen=True, slots=True)
class People:
    """What people do, each in transactions of its own."""

    bench: Bench
    rng: Random

    async def give_back(self) -> None:
        """A sold order is refunded as a whole."""
        found = await self._any(
            "SELECT order_id, quantity, order_version FROM holds AS h WHERE state = 'sold'"
            " AND EXISTS (SELECT FROM tickets AS t WHERE t.order_id = h.order_id AND t.valid)"
        )
        if found:
            seats, version = range(1, found["quantity"] + 1), found["order_version"] + 1
            refund = refund_event(found["order_id"], found["quantity"], tuple(seats), back=True, version=version)
            await self.bench.deliver(refund)

    async def take(self) -> None:
        """Whoever has an offer buys, and pays or doesn't."""
        found = await self._offered()
        if found:
            order = uuid4()
            await self.bench.hold(order, found["quantity"], offer=found["offer_id"])
            if self.rng.random() < 0.7:
                await self.bench.deliver(paid_event(order, found["quantity"]))
            else:
                await self.bench.release(order)

    async def let_expire(self) -> None:
        found = await self._offered()
        if found:
            await self.bench.expire(found["offer_id"])

    async def leave(self) -> None:
        found = await self._any("SELECT entry_id FROM waitlist WHERE state IN ('waiting', 'offered')")
        if found:
            await self.bench.leave(found["entry_id"])

    async def buy(self) -> None:
        """Somebody who doesn't wait."""
        order = uuid4()
        await self.bench.hold(order, self.rng.randint(1, 3))
        await self.bench.deliver(paid_event(order, 1))

    async def pay_late(self) -> None:
        """A payment whose hold is gone."""
        await self.bench.deliver(paid_event(UUID(int=self.rng.getrandbits(128), version=4), self.rng.randint(1, 2)))

    async def _offered(self) -> Row | None:
        return await self._any("SELECT offer_id, quantity FROM waitlist WHERE state = 'offered'")

    async def _any(self, sql: str) -> Row | None:
        return await self.bench.database.fetchrow(f"{sql} ORDER BY random() LIMIT 1")
