"""Refunds in any order, while the processor fails, loses answers and repeats, drops and reorders what it tells.

`REFUND_SEED=…` repeats a run, `REFUND_STEPS=…` makes it longer.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.integration.checkout.money import (
    KEY,
    SEAT,
    bought,
    charges,
    given_back,
    refund,
    refund_by_hand,
    refunds,
    seats_of,
    told,
)
from tests.integration.checkout.stripe_webhooks import send, stripe_events, webhook_states
from tests.integration.checkout.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-7", "L-9")]

SEATS = 4
STEPS = int(os.environ.get("REFUND_STEPS", "14"))
CALLS = ("refunds.create", "refunds.list")
TROUBLE = ("error", "timeout_after", "timeout_before", "rate_limit")
UNTOLD = ("drop_webhook", "duplicate_webhook", "reorder_webhooks", "late_webhook")
# What people are told when there is nothing, or not so much, to give back.
NO = {"refund_too_large", "nothing_to_refund", "seat_already_refunded", "seat_refund_under_way"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Game:
    """One order, and everything that may happen to its money; a move is drawn by `chance`."""

    world: World
    order: dict[str, Any]
    chance: random.Random

    async def move(self) -> None:
        moves: tuple[Callable[[], Awaitable[None]], ...] = (
            self.amount,
            self.seats,
            self.by_hand,
            self.call_fails,
            self.call_fails,
            self.told_wrongly,
            self.told_again,
        )
        move = self.chance.choice(moves)
        print(move.__name__)
        await move()
        await asyncio.sleep(self.chance.choice([0, 0, 0.2]))

    async def amount(self) -> None:
        await self.asked(amount=self.chance.randint(1, SEAT))

    async def seats(self) -> None:
        await self.asked(seats=self.chance.sample(range(1, SEATS + 1), self.chance.choice([1, 1, 2])))

    async def asked(self, **wish: Any) -> None:
        answer = await refund(self.world, self.order, returnSeats=self.chance.random() < 0.5, **wish)
        assert answer.status == 202 or answer.body["code"] in NO, answer

    async def by_hand(self) -> None:
        """At the dashboard, where nobody knows what we are about."""
        await refund_by_hand(self.world, (await charges(self.world))[0], amount=self.chance.randint(1, 500))

    async def call_fails(self) -> None:
        await self.world.fault(
            kind=self.chance.choice(TROUBLE),
            operation=self.chance.choice(CALLS),
            count=self.chance.choice([1, 2]),
            delayMs=50,
        )

    async def told_wrongly(self) -> None:
        await self.world.fault(kind=self.chance.choice(UNTOLD), count=self.chance.choice([1, 2]), delayMs=200)

    async def told_again(self) -> None:
        events = await stripe_events(self.world, "charge.refunded")
        if events:
            await send(self.world, self.chance.choice(events))

    async def end(self) -> None:
        """The processor is well again, is asked without any more pause, and tells what it has not."""
        await self.world.clear_faults()
        await self.world.database.execute("UPDATE refunds SET due_at = now() WHERE due_at IS NOT NULL")
        await self.world.until(self.settled, "all refunds are decided")
        events = await stripe_events(self.world, "charge.refunded")
        self.chance.shuffle(events)
        for event in events:
            await send(self.world, event)

        async def handled() -> bool:
            return await webhook_states(self.world, "charge.refunded") == ["done"] * len(events)

        await self.world.until(handled, "all that it told is handled")

    async def settled(self) -> bool:
        data = (await refunds(self.world, self.order))["data"]
        return all(each["state"] != "due" for each in data)


async def test_what_went_back_is_what_is_recorded_once_with_its_seats(world: World) -> None:
    seed = os.environ.get("REFUND_SEED") or str(random.randrange(10**6))
    print(f"REFUND_SEED={seed}")
    game = Game(world=world, order=await bought(world, quantity=SEATS), chance=random.Random(seed))
    for _ in range(STEPS):
        await game.move()
    await game.end()

    money = await refunds(world, game.order)
    (back,) = await given_back(world)
    events = await told(world, game.order)
    shown = (await world.ask("GET", f"/api/orders/{game.order['orderId']}?token={game.order['orderToken']}")).body
    assert [each["refunded"] for each in money["payments"]] == [back]
    assert shown["refundedAmount"] == back == sum(amount for amount, *_ in events)
    assert money["left"] == SEATS * SEAT - back

    answer = await world.ask("GET", f"{world.sandbox}/stripe/v1/refunds?limit=100", headers=KEY)
    made = sorted(
        (each["metadata"].get("refundId"), each["amount"]) for each in answer.body["data"] if each["metadata"]
    )
    done = [each for each in money["data"] if each["state"] == "done"]
    assert made == sorted((each["refundId"], each["amount"]) for each in done)

    ended = {seat for each in done for seat in each["seats"]} if money["left"] else set(range(1, SEATS + 1))
    states = await seats_of(world, game.order)
    assert {seat for seat, state in enumerate(states, start=1) if state == "refunded"} == ended
    told_of = [seat for _, seats, *_ in events for seat in seats]
    assert sorted(told_of) == sorted(ended), "each seat ends once"
    returned = sum(len(seats) for _, seats, returns, _ in events if returns)
    await world.until_stock(0, SEATS - returned)
