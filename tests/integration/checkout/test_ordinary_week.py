"""Days of ordinary traffic, on clocks that a test moves: of what is in order nothing is ever reported (R-1, R-2)."""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from chassis.clock import SystemClock
from chassis.database import Database
from chassis.tokens import Role, TokenSigner
from sandbox.core.clock import Timers
from tests.fixtures.postgres import fresh_databases
from tests.integration.checkout import money
from tests.integration.checkout.neighbours import open_neighbours
from tests.integration.checkout.past.today import Order, buy, buy_pass, payment_of, settle_down
from tests.integration.checkout.test_reconciliation import PATH
from tests.integration.checkout.world import CARD, DECLINED, DISPUTED, SIGN_IN, World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("R-1", "R-2")]

DAYS = int(os.environ.get("ORDINARY_DAYS", "2"))
DAY = timedelta(days=1)
# How each is paid, and where its order stands then, and in the morning.
KINDS = {
    "card": (CARD, "paid", "paid"),
    "another card": (CARD, "paid", "paid"),
    "pass": (CARD, "paid", "paid"),
    "declined": (DECLINED, "awaiting_payment", "expired"),
    "left": (None, "awaiting_payment", "expired"),
    "late": ("debit_succeeds", "payment_pending", "paid"),
    "never": ("debit_fails", "payment_pending", "payment_failed"),
    "disputed": (DISPUTED, "disputed", "disputed"),
}
MOVE = """
INSERT INTO app_clock (shift) VALUES ($1) ON CONFLICT (only_row) DO UPDATE SET shift = excluded.shift
"""
AT_WORK = """
SELECT (SELECT count(*) FROM webhook_events WHERE state IN ('received', 'processing', 'waiting'))
     + (SELECT count(*) FROM outbox)
     + (SELECT count(*) FROM payment_attempts WHERE state IN ('creating', 'open') AND expires_at < app_now())
"""


class MovedClock(SystemClock):
    """The machine's, moved on."""

    def __init__(self) -> None:
        self.shift = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.shift


@dataclass(kw_only=True)
class Days:
    """Checkout, inventory, their databases and the processor, all by one clock.

    paid: orders of which nothing has gone back
    stands: where each order stands once all is handled, by id
    morning: where some will stand on the next day
    """

    world: World
    clock: MovedClock
    databases: tuple[Database, ...]
    chance: random.Random
    bought: int = 0
    paid: list[Order] = field(default_factory=list)
    stands: dict[str, str] = field(default_factory=dict)
    morning: dict[str, str] = field(default_factory=dict)

    async def pass_by(self, duration: timedelta, *, at_processor: bool = True) -> None:
        """The processor's timers don't run where something there is to be on its way still."""
        self.clock.shift += duration
        for database in self.databases:
            await database.execute(MOVE, self.clock.shift)
        if at_processor:
            await self.world.advance_sandbox(duration.total_seconds())

    async def traffic(self) -> None:
        """Each kind of purchase once, in any order, and what becomes of some of those before."""
        kinds = list(KINDS)
        self.chance.shuffle(kinds)
        for kind in kinds:
            self.bought += 1
            order = await (buy_pass if kind == "pass" else buy)(self.world, payer=str(self.bought))
            card, state, later = KINDS[kind]
            self.stands[order["orderId"]] = state
            self.morning |= {order["orderId"]: later} if later != state else {}
            if card is not None:
                await self.world.pay(order["sessionId"], card)
            if state == "paid":
                self.paid.append(order)
        await self._afterwards()

    async def _afterwards(self) -> None:
        """At the processor's dashboard one goes back as a whole, one in part, and a bank asks for one and decides."""
        await self.until_done()
        self.chance.shuffle(self.paid)
        await money.refund_by_hand(self.world, await self._charge_of("refunded"))
        await money.refund_by_hand(self.world, await self._charge_of("partially_refunded"), amount=1000)
        sandbox = f"{self.world.sandbox}/_sandbox/stripe"
        order, charge = self.paid[-1], await self._charge_of("disputed")
        dispute = (await self.world.ask("POST", f"{sandbox}/charges/{charge['id']}/dispute", json={})).body["id"]
        await self.until_done()
        outcome, state = self.chance.choice([("won", "paid"), ("lost", "refunded")])
        self.stands[order["orderId"]] = state
        await self.world.ask("POST", f"{sandbox}/disputes/{dispute}/close", json={"outcome": outcome})
        await self.until_done()

    async def _charge_of(self, state: str) -> dict[str, Any]:
        """The charge of an order that will stand so."""
        order = self.paid.pop()
        self.stands[order["orderId"]] = state
        charge: dict[str, Any] = (await payment_of(self.world, order))["payment_intent"]["latest_charge"]
        return charge

    def over_night(self) -> None:
        """Pages end, and banks decide."""
        self.stands |= self.morning

    async def until_done(self) -> None:
        async def done() -> bool:
            rows = await self.world.database.fetch("SELECT order_id, state FROM orders")
            there = {str(row["order_id"]): row["state"] for row in rows}
            return there == self.stands and await self.world.database.fetchval(AT_WORK) == 0

        await self.world.until(done, "all that happened is known")

    async def compared(self, since: timedelta) -> dict[str, Any]:
        """What a comparison of this stretch of time comes to, its differences with it."""
        token = TokenSigner(SIGN_IN, clock=self.clock).issue("ann", email="ann@example.com", role=Role.ADMIN)
        headers = {"Authorization": f"Bearer {token}"}
        body = {"since": (self.clock.now() - since).isoformat(), "dryRun": True}
        run: dict[str, Any] = (await self.world.ask("POST", PATH, json=body, headers=headers)).body

        async def done() -> bool:
            run.update((await self.world.ask("GET", f"{PATH}/{run['runId']}", headers=headers)).body)
            return bool(run["state"] == "done")

        await self.world.until(done, "it is compared")
        return run


@pytest_asyncio.fixture(loop_scope="module")
async def days(postgres: str, kafka: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Days]:
    clock = MovedClock()
    monkeypatch.setattr(Timers, "wall", lambda _: clock.now().timestamp())
    seed = int(os.environ.get("ORDINARY_SEED", random.randrange(10_000)))
    print(f"ORDINARY_SEED={seed}")
    with fresh_databases(postgres) as make:
        urls = make("checkout"), make("inventory")
        async with (
            open_neighbours(
                checkout_url=urls[0], inventory_url=urls[1], kafka=kafka, prefix=topic_prefix, clock=clock
            ) as neighbours,
            neighbours.world({"ga": 20 * DAYS, "vip": 1}) as world,
        ):
            stock = await Database.connect(urls[1], application="test")
            await world.start_checkout(clock=clock)
            yield Days(
                world=world,
                clock=clock,
                databases=(world.database, stock),
                chance=random.Random(seed),
            )
            await stock.close()


async def test_nothing_that_is_in_order_is_reported(days: Days) -> None:
    """Cards, declined ones, pages that end, debits that come late or not, refunds at the dashboard, disputes.

    `ORDINARY_DAYS` makes it longer, `ORDINARY_SEED` the same again.
    """
    for _ in range(DAYS):
        await days.traffic()
        await settle_down(days.world)
        # Debits are on their way, and everything else is old enough to be judged.
        await days.pass_by(timedelta(minutes=10), at_processor=False)
        in_order(await days.compared(timedelta(hours=1)))
        days.over_night()
        await days.pass_by(DAY)
        await days.until_done()
        await settle_down(days.world)
        in_order(await days.compared(DAY))
    run = in_order(await days.compared(DAYS * (DAY + timedelta(hours=1))))
    assert run["checked"]["sessions"] >= 5 * DAYS


def in_order(run: dict[str, Any]) -> dict[str, Any]:
    assert (run["differences"], run["outcome"]) == ([], "nothing"), run
    checked = {each["detector"]: each["checked"] for each in run["checked"]}
    return {**run, "checked": checked}
