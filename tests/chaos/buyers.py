"""A steady stream of people who buy, whatever is broken at the moment."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

import aiohttp

from tests.fixtures.scratch import CITY, SMALL_CITY
from tests.integration.thread.shop import CARD, DECLINED, Json, Shop

AT_ONCE = 6
PATIENCE = 150.0  # seconds that people go on asking once nothing is broken any more
LOOK = 0.25
# What those do who pay in the end, and how many of a hundred; for each hundred of them some leave at the last moment.
WAYS = {"pay": 74, "declined first": 13, "debit": 6, "twice": 7}
LEAVE = "leave"
LEAVERS = 5
SHARE_OF_SMALL_CITY = 0.3
SOLD_OUT = "sold_out"
NO_ANSWER = "no answer"
AGAIN = frozenset({202, 409, 429, 500, 502, 503, 504})


@dataclass(slots=True)
class Pace:
    """`pause` seconds after each thing that people do, until there is nothing left to be broken meanwhile."""

    pause: float
    _hurried: asyncio.Event = field(default_factory=asyncio.Event)
    _quiet_since: float | None = None

    def hurry(self) -> None:
        """No more pauses: nothing is broken from now on."""
        self._quiet_since = asyncio.get_running_loop().time()
        self._hurried.set()

    def bears_it(self, began: float) -> bool:
        """Whether somebody who has asked since `began` asks again. What is killed all the time may be away for long,
        on a slow machine longer; but once it is left alone it must answer.
        """
        if self._quiet_since is None:
            return True
        return asyncio.get_running_loop().time() < max(began, self._quiet_since) + PATIENCE

    async def rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.pause):
                await self._hurried.wait()


@dataclass(slots=True)
class Sales:
    """What became of the buyers. `paid`: those whose money Stripe has, or will have; `gave_up`: who never got a page,
    and which answers they heard; `longest`: seconds that one had to press.
    """

    ways: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    paid: set[str] = field(default_factory=set)
    gave_up: list[str] = field(default_factory=list)
    began: int = 0
    longest: float = 0.0


@dataclass(slots=True, kw_only=True)
class Crowd:
    """`orders` buyers who pay, and some who leave, at most `AT_ONCE` together, at their pace.

    Some try a city first that is sold out soon.
    """

    shop: Shop
    seed: int
    orders: int
    pace: Pace
    progress: Callable[[int], None] = lambda _: None
    sales: Sales = field(default_factory=Sales)

    async def buy(self) -> None:
        """Returns when all have bought, left or given up."""
        queue = self._ways()

        async def keep_buying() -> None:
            while queue:
                number, way = queue.pop()
                await self._one(number, way)
                self.progress(self.sales.began)
                await self.pace.rest()

        await asyncio.gather(*(keep_buying() for _ in range(AT_ONCE)))

    def _ways(self) -> list[tuple[int, str]]:
        rng = Random(f"{self.seed} ways")
        ways = rng.choices(list(WAYS), weights=list(WAYS.values()), k=self.orders)
        ways += [LEAVE] * round(self.orders * LEAVERS / 100)
        rng.shuffle(ways)
        return list(enumerate(ways))

    async def _one(self, number: int, way: str) -> None:
        rng = Random(f"{self.seed} buyer {number}")
        self.sales.began += 1
        self.sales.ways[way] += 1
        quantity = rng.randint(1, 3)
        cities = (SMALL_CITY, CITY) if rng.random() < SHARE_OF_SMALL_CITY else (CITY,)
        for city in cities:
            presses = [self._press_until_answered(city, number, quantity) for _ in range(2 if way == "twice" else 1)]
            answers = await asyncio.gather(*presses)
            if all(answer == SOLD_OUT for answer in answers):
                continue
            await self._finish(answers, way)
            return
        self.sales.gave_up.append(f"buyer {number}: sold out everywhere")

    async def _finish(self, answers: Sequence[Json | str], way: str) -> None:
        """A refusal frees the key: of two presses one may be told "sold out", and the other have what came back."""
        sessions = [answer for answer in answers if not isinstance(answer, str)]
        if NO_ANSWER in answers:
            return
        assert len({answer["sessionId"] for answer in sessions}) == 1, "one key, two sessions"
        if way != LEAVE:
            await self._pay(sessions[0], way)

    async def _press_until_answered(self, city: str, number: int, quantity: int) -> Json | str:
        """The page, or why there was none."""
        refusals, began = Counter[str](), asyncio.get_running_loop().time()
        answer = await self._insist(city, number, quantity, refusals)
        self.sales.refusals += refusals
        self.sales.longest = max(self.sales.longest, asyncio.get_running_loop().time() - began)
        if answer == NO_ANSWER:
            self.sales.gave_up.append(f"buyer {number} in {city}: {dict(refusals)}")
        return answer

    async def _insist(self, city: str, number: int, quantity: int, refusals: Counter[str]) -> Json | str:
        """With the same idempotency key each time, as the page does it (C-1)."""
        began = asyncio.get_running_loop().time()
        key = f"chaos-{self.seed}-{number}-{city}"
        email = f"buyer{number}@example.com"
        while self.pace.bears_it(began):
            try:
                status, body = await self.shop.checkout(city, quantity=quantity, email=email, key=key)
            except (aiohttp.ClientError, ValueError, TimeoutError) as error:
                refusals[type(error).__name__] += 1
            else:
                if status == 200:
                    return body
                refusals[f"{status} {body.get('code')}"] += 1
                if body.get("code") == SOLD_OUT:
                    return SOLD_OUT
                assert status in AGAIN, body
            await asyncio.sleep(LOOK)
        return NO_ANSWER

    async def _pay(self, answer: Json, way: str) -> None:
        path = f"stripe/sessions/{answer['sessionId']}/pay"
        if way == "declined first":
            await self.shop.control("POST", path, {"card": DECLINED})
        if way != "debit" or not await self.shop.debit(answer["sessionId"]):
            await self.shop.control("POST", path, {"card": CARD})
        self.sales.paid.add(answer["orderId"])
