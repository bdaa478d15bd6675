"""One run: sell, break, let it come to rest, and look whether everything is as it must be (L-9)."""

from __future__ import annotations

import asyncio
import contextlib
import time
import xmlrpc.client
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from chassis.errors import Unavailable
from invariants import Evidence, Kind, Violation, violations
from stack import environment
from stack.errors import StackError
from tests.chaos.buyers import AT_ONCE, Crowd, Sales
from tests.chaos.evidence import witness
from tests.chaos.mistakes import mistakes
from tests.chaos.operators import Desk
from tests.chaos.plan import Strike, faults, strikes
from tests.fixtures.stack import WholeStack
from tests.integration.thread.shop import Shop

# Retries and delayed payments come when the sandbox's clock moves: Stripe's first three are 5 min, 30 min and 2 h.
HOURS_FORWARD = 4
REST_SECONDS = 120.0
STEADY_SECONDS = 2.0
LOOK = 0.5
ALERTS_EVERY = 6  # buyers
CALL = aiohttp.ClientTimeout(total=20)
# A buyer whose checkout died must not wait long for the sweeper, and Stripe's own pace is not what is tried here.
EXTRAS = {"checkout": {"CHECKOUT_LEASE_SECONDS": "2", "STRIPE_RATE_PER_SECOND": "1000"}}

Say = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Verdict:
    """The end of a run. `found` is empty when all is well; `resting`: seconds from the last kill until then.

    `unpaid` and `unraised`: orders whose money Stripe has, and alerts that the monitor had confirmed, as far as they
    are not so in the databases.
    """

    seed: int
    kills: int
    sales: Sales
    desk: Desk
    evidence: Evidence
    found: list[Violation]
    resting: float
    mistakes: Counter[str] = field(default_factory=Counter)

    @property
    def unpaid(self) -> set[str]:
        return self.sales.paid - {order.order_id for order in self.evidence.orders}

    @property
    def unraised(self) -> set[str]:
        kept = {alert.alert_id: alert.status for alert in self.evidence.alerts}
        return {alert for alert, status in self.desk.raised.items() if kept.get(alert) != status}

    @property
    def ok(self) -> bool:
        gave_up = self.sales.gave_up + self.desk.gave_up
        return not (self.found or self.unpaid or self.unraised or gave_up)

    def line(self) -> dict[str, Any]:
        """What `make chaos` prints last."""
        kinds = Counter(each.kind for each in self.found)
        return {
            "seed": self.seed,
            "kills": self.kills,
            "orders": len(self.evidence.orders),
            "lost": kinds[Kind.LOST] + len(self.unpaid) + len(self.unraised),
            "doubled": kinds[Kind.DOUBLED],
            "oversold": kinds[Kind.OVERSOLD],
            "convergedSeconds": round(self.resting, 1),
            "ok": self.ok,
        }


@dataclass(slots=True, kw_only=True)
class Campaign:
    """`say` gets what happens, in words; `progress` the number of buyers who have begun."""

    stack: WholeStack
    seed: int
    kills: int
    orders: int
    say: Say = lambda _: None
    progress: Callable[[int], None] = lambda _: None
    _done: int = 0
    _struck: int = 0

    async def run(self) -> Verdict:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=CALL) as http:
            shop = Shop(self.stack, http)
            for fault in faults(self.seed):
                await shop.control("POST", "faults", fault)
            plan = list(strikes(self.seed, self.kills))
            pause = sum(strike.pause for strike in plan) * AT_ONCE / max(1, self.orders)
            crowd = Crowd(shop=shop, seed=self.seed, orders=self.orders, pause=pause, progress=self.progress)
            desk = Desk(shop=shop, seed=self.seed, alerts=max(1, self.orders // ALERTS_EVERY), pause=pause)
            async with asyncio.TaskGroup() as group:
                group.create_task(crowd.buy())
                group.create_task(desk.work())
                group.create_task(self._break(plan[:-1]))
            # The last blow falls when the last buyer has paid: what is left to do must survive it, and is timed.
            await self._break(plan[-1:])
            return await self._come_to_rest(shop, crowd.sales, desk)

    async def _break(self, plan: Sequence[Strike]) -> None:
        for strike in plan:
            await asyncio.sleep(strike.pause)
            self._struck += 1
            await asyncio.to_thread(self._strike, strike, self._struck)

    def _strike(self, strike: Strike, number: int) -> None:
        """A part that is just coming back is struck again, too; only one that isn't there at all is waited for."""
        layout, extras = self.stack.layout, dict(EXTRAS.get(strike.part, {}))
        if strike.point is not None:
            extras["FULLHOUSE_CRASH_AT"] = f"{strike.point}={layout.state / f'crashed-{number}'}"
        environment.set_extras(layout, strike.part, extras)
        self.say(f"kill {strike.part}" + (f", and again at {strike.point}" if strike.point else ""))
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with contextlib.suppress(xmlrpc.client.Fault):
                self.stack.kill(strike.part)
                self._done += 1
                return
            time.sleep(0.05)
        raise StackError(f"{strike.part} did not come back to be killed.")

    def _died_at_points(self) -> int:
        return len(list(self.stack.layout.state.glob("crashed-*")))

    async def _come_to_rest(self, shop: Shop, sales: Sales, desk: Desk) -> Verdict:
        began = time.monotonic()
        self.say("no more kills; the vendors are well again")
        await shop.control("DELETE", "faults")
        for part in self.stack.installation.programs():
            await asyncio.to_thread(self.stack.wait_ready, part)
        ready = time.monotonic() - began
        self.say(f"all parts are ready after {ready:.1f} s")
        evidence, found = await self._until_sound(shop, sales)
        resting = time.monotonic() - began
        if not found:
            await asyncio.sleep(STEADY_SECONDS)
            evidence, found = await self._look(shop)
        return Verdict(
            seed=self.seed,
            kills=self._done + self._died_at_points(),
            sales=sales,
            desk=desk,
            evidence=evidence,
            found=found,
            resting=resting,
            mistakes=mistakes(self.stack),
        )

    async def _until_sound(self, shop: Shop, sales: Sales) -> tuple[Evidence, list[Violation]]:
        began, last = time.monotonic(), ""
        until = began + REST_SECONDS
        while True:
            await shop.control("POST", "clock/advance", {"seconds": HOURS_FORWARD * 3600})
            evidence, found = await self._look(shop)
            settled = not found and len(evidence.orders) >= len(sales.paid)
            if settled or time.monotonic() > until:
                return evidence, found
            left = Counter(
                f"{each.invariant} ({each.sentence if each.kind is Kind.UNSETTLED else each.kind})" for each in found
            )
            told = ", ".join(f"{count} × {what}" for what, count in left.items())
            if told != last:
                self.say(f"{time.monotonic() - began:5.1f} s: {told}")
            last = told
            await asyncio.sleep(LOOK)

    async def _look(self, shop: Shop) -> tuple[Evidence, list[Violation]]:
        while True:
            try:
                async with witness(self.stack, shop) as seen:
                    evidence = await seen.evidence()
                    return evidence, violations(evidence)
            except Unavailable:
                await asyncio.sleep(LOOK)
