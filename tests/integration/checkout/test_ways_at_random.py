"""Faults at random, at every call of all three processors, charge no buyer twice (P-3).

`HYBRID_FAULTS=1000` says how many calls go wrong in all (`make faults`): in parts, so that several processes share
them. `HYBRID_SEED=…` repeats a run, and `-k part7` one part of it.
"""

from __future__ import annotations

import asyncio
import io
import os
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import uuid4

import pytest
import pytest_asyncio

from chassis.errors import Condition
from chassis.telemetry import configure_logging
from checkout.takings.domain import UNSETTLED
from tests.integration.checkout.ways import BUYER, OPERATIONS, PROCESSORS, Ways, started_ways

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-3")]

FAULTS: Final = int(os.environ.get("HYBRID_FAULTS", "12"))
SEED: Final = os.environ.get("HYBRID_SEED") or uuid4().hex
# How many calls go wrong in one part.
PART: Final = 20
PARTS: Final = [pytest.param(each, id=f"part{each}") for each in range(-(-FAULTS // PART))]
KINDS: Final = ("timeout_before", "timeout_after", "error", "rate_limit")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ways(postgres: str) -> AsyncIterator[Ways]:
    configure_logging("checkout", stream=io.StringIO())
    async with started_ways(postgres) as opened:
        yield opened


@dataclass(slots=True)
class Buyer:
    """Who asks, pays and comes back, while everything fails now and then."""

    ways: Ways
    appointment: int
    drawn: random.Random

    async def lives_through(self) -> None:
        often, seldom = (self.asks, self.pays), (self.chooses, self.asks_twice, self.comes_back, self.is_cut_off)
        deeds = (*often, *often, *often, *seldom, self.waits)
        for _ in range(self.drawn.randint(2, 6)):
            if self.drawn.random() < 0.6:
                self._fail()
            with suppress(Condition):
                await self.drawn.choice(deeds)()

    def _fail(self) -> None:
        processor = self.drawn.choice(PROCESSORS)
        self.ways.sandbox.fault(
            vendor=processor,
            operation=self.drawn.choice(OPERATIONS[processor]),
            kind=self.drawn.choice(KINDS),
            status=self.drawn.choice([400, 500, 503]),
            count=self.drawn.randint(1, 3),
            delayMs=0,
        )

    async def asks(self) -> None:
        await self.ways.paying.pay(self.appointment, asked_by=BUYER)

    async def chooses(self) -> None:
        choice = self.drawn.choice([*PROCESSORS, "platform"])
        await self.ways.paying.pay(self.appointment, choice=choice, asked_by=BUYER)

    async def asks_twice(self) -> None:
        """In two windows, while the worker goes on with what it finds."""
        await asyncio.gather(self.asks(), self.chooses(), self.ways.everybody_goes_on(), return_exceptions=True)

    async def is_cut_off(self) -> None:
        """The process ends in the middle of it, wherever it is."""
        task = asyncio.ensure_future(self.asks())
        await asyncio.sleep(self.drawn.random() * 0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def pays(self) -> None:
        for each in await self.ways.attempts(self.appointment):
            if each.page_url is not None:
                await self.ways.buyer_pays(each)

    async def comes_back(self) -> None:
        await self.ways.paying.look(self.appointment)

    async def waits(self) -> None:
        self.ways.clock.ahead += timedelta(seconds=self.drawn.choice([1, 41, 400]))
        await self.ways.everybody_goes_on()


@pytest.mark.parametrize("part", PARTS)
async def test_faults_at_random_charge_nobody_twice(ways: Ways, part: int) -> None:
    drawn, wanted = random.Random(f"{SEED}-{part}"), min(PART, FAULTS - part * PART)
    told = f"HYBRID_FAULTS={FAULTS} HYBRID_SEED={SEED}, part{part}"
    print(told)
    struck = appointments = charged = 0
    while struck < wanted:
        appointment = await ways.book(await ways.provider(*drawn.sample(PROCESSORS, 3)))
        await Buyer(ways, appointment, drawn).lives_through()
        struck += _struck(ways)
        ways.clock.ahead += timedelta(hours=2)
        await ways.everybody_goes_on()
        taken, state = await ways.charges(appointment), await ways.state(appointment)
        assert (taken, state) in {(0, "booked"), (1, "paid")}, f"{told}: {taken} charges, {state}"
        left = {each.state for each in await ways.attempts(appointment)} & UNSETTLED
        assert not left, f"{told}: {appointment} is {left} for good"
        appointments, charged = appointments + 1, charged + taken
    print(f"{struck} calls went wrong for {appointments} appointments, of which {charged} were charged once")


def _struck(ways: Ways) -> int:
    """How many calls went wrong since the last time; from now on none does."""
    known = ways.sandbox.control("GET", "faults")["data"]
    ways.sandbox.control("DELETE", "faults")
    return sum(each["hits"] for each in known)
