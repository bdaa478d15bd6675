"""A steady stream of people who buy, whatever is broken at the moment."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import aiohttp

from tests.fixtures.scratch import CITY
from tests.integration.thread.shop import CARD, DECLINED, Json, Shop

AT_ONCE = 6
PATIENCE = 90.0  # seconds that a buyer goes on pressing the button
LOOK = 0.25
# What buyers do in the end, and how many of a hundred.
WAYS = {"pay": 70, "declined first": 12, "debit": 6, "twice": 7, "leave": 5}
AGAIN = frozenset({202, 409, 429, 500, 502, 503, 504})


@dataclass(slots=True)
class Sales:
    """What became of the buyers. `paid`: those whose money Stripe has, or will have."""

    ways: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    paid: set[str] = field(default_factory=set)
    gave_up: int = 0
    began: int = 0


@dataclass(slots=True, kw_only=True)
class Crowd:
    """`orders` buyers at most `AT_ONCE` together, with `pause` seconds after each."""

    shop: Shop
    seed: int
    orders: int
    pause: float = 0.0
    progress: Callable[[int], None] = lambda _: None
    sales: Sales = field(default_factory=Sales)

    async def buy(self) -> None:
        """Returns when all have bought, left or given up."""
        queue = list(range(self.orders, 0, -1))

        async def keep_buying() -> None:
            while queue:
                await self._one(queue.pop())
                self.progress(self.sales.began)
                await asyncio.sleep(self.pause)

        await asyncio.gather(*(keep_buying() for _ in range(AT_ONCE)))

    async def _one(self, number: int) -> None:
        rng = Random(f"{self.seed} buyer {number}")
        way = rng.choices(list(WAYS), weights=list(WAYS.values()))[0]
        self.sales.began += 1
        self.sales.ways[way] += 1
        quantity = rng.randint(1, 3)
        presses = 2 if way == "twice" else 1
        answers = await asyncio.gather(*(self._press_until_answered(number, quantity) for _ in range(presses)))
        if None in answers or answers[0] is None:
            self.sales.gave_up += 1
            return
        assert len({answer["sessionId"] for answer in answers if answer}) == 1, "one key, two sessions"
        if way != "leave":
            await self._pay(answers[0], way)

    async def _press_until_answered(self, number: int, quantity: int) -> Json | None:
        """With the same idempotency key each time, as the page does it (C-1)."""
        until = asyncio.get_running_loop().time() + PATIENCE
        key = f"chaos-{self.seed}-{number}"
        email = f"buyer{number}@example.com"
        while asyncio.get_running_loop().time() < until:
            with contextlib.suppress(aiohttp.ClientError, ValueError, TimeoutError):
                status, body = await self.shop.checkout(CITY, quantity=quantity, email=email, key=key)
                if status == 200:
                    return body
                self.sales.refusals[f"{status} {body.get('code')}"] += 1
                assert status in AGAIN, body
            await asyncio.sleep(LOOK)
        return None

    async def _pay(self, answer: Json, way: str) -> None:
        path = f"stripe/sessions/{answer['sessionId']}/pay"
        if way == "declined first":
            await self.shop.control("POST", path, {"card": DECLINED})
        await self.shop.control("POST", path, {"card": "debit_succeeds" if way == "debit" else CARD})
        self.sales.paid.add(answer["orderId"])
