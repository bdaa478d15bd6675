"""Refunds in any order, some of which fail later, while the processor fails, loses answers and tells what it likes.

`REFUND_SEED=…` repeats a run, `REFUND_STEPS=…` makes it longer.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from tests.integration.checkout.money import (
    REFUND_WEBHOOKS,
    SEAT,
    bought,
    charges,
    fail_refund,
    failures,
    given_back,
    made_refunds,
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
            self.fails_later,
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

    async def fails_later(self) -> None:
        """Also one of which we have not heard that it was done."""
        state = (await self.world.ask("GET", f"{self.world.sandbox}/_sandbox/state")).body
        good = [each["id"] for each in state["stripe"]["refunds"] if each["status"] == "succeeded"]
        if good:
            await fail_refund(self.world, self.chance.choice(good))

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
        events = await self.webhooks()
        if events:
            await send(self.world, self.chance.choice(events))

    async def webhooks(self) -> list[dict[str, Any]]:
        """All that the processor has to tell of refunds."""
        return [event for kind in REFUND_WEBHOOKS for event in await stripe_events(self.world, kind)]

    async def end(self) -> None:
        """The processor is well again, is asked without any more pause, and tells what it has not."""
        await self.world.clear_faults()
        await self.world.database.execute("UPDATE refunds SET due_at = now() WHERE due_at IS NOT NULL")
        await self.world.until(self.settled, "all refunds are decided")
        events = await self.webhooks()
        self.chance.shuffle(events)
        for event in events:
            await send(self.world, event)

        async def handled() -> bool:
            states = [state for kind in REFUND_WEBHOOKS for state in await webhook_states(self.world, kind)]
            return states == ["done"] * len(events)

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
    failed = sum(amount for amount, *_ in await failures(world, game.order))
    assert shown["refundedAmount"] == back == sum(amount for amount, *_ in events) - failed
    assert money["left"] == SEATS * SEAT - back
    entered = "SELECT sum(amount) FROM charge_entries WHERE order_id = $1"
    assert await world.database.fetchval(entered, UUID(game.order["orderId"])) == money["left"], "the ledger has it"

    made = [each for each in await made_refunds(world) if each["metadata"]]
    good = sorted((each["metadata"]["refundId"], each["amount"]) for each in made if each["status"] == "succeeded")
    assert good == sorted((each["refundId"], each["amount"]) for each in money["data"] if each["state"] == "done")
    assert {each["metadata"]["refundId"] for each in made} >= {
        each["refundId"] for each in money["data"] if each["state"] == "failed"
    }

    told_of = sorted(seat for _, seats, *_ in events for seat in seats)
    states = await seats_of(world, game.order)
    assert [seat for seat, state in enumerate(states, start=1) if state == "refunded"] == told_of, "each ends once"
    named = {seat for each in money["data"] if each["state"] in ("done", "failed") for seat in each["seats"]}
    assert named <= set(told_of)
    if not failed:
        assert set(told_of) == (named if money["left"] else set(range(1, SEATS + 1)))
    returned = sum(len(seats) for _, seats, returns, _ in events if returns)
    await world.until_stock(0, SEATS - returned)
