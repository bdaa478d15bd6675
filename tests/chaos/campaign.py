"""One run: sell, break, let it come to rest, and look whether everything is as it must be (L-9)."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from chassis.errors import Unavailable
from eventbus import KafkaError
from invariants import Evidence, Violation, violations
from invariants import Kind as Broken
from stack import environment
from tests.chaos.buyers import AT_ONCE, Crowd, Pace, Sales
from tests.chaos.evidence import alarms, witness
from tests.chaos.history import history, suspects
from tests.chaos.mistakes import mistakes
from tests.chaos.nemesis import Nemesis
from tests.chaos.network import Network
from tests.chaos.operators import Desk
from tests.chaos.plan import SHARES, Kind, acts, faults, last_act
from tests.chaos.watching import Watch
from tests.fixtures.scratch import scratch_stack
from tests.fixtures.stack import WholeStack
from tests.integration.thread.shop import Shop

# Retries and delayed payments come when the sandbox's clock moves: Stripe's first three are 5 min, 30 min and 2 h.
HOURS_FORWARD = 4
REST_SECONDS = 120.0
PAUSE_OF_ROLL = 2.0
STEADY_SECONDS = 2.0
LOOK = 1.0
# What the plan's pauses, points and other acts come to: by it the buyers are spread over the run.
SECONDS_PER_KILL = 1.6
ALERTS_EVERY = 6  # buyers
CALL = aiohttp.ClientTimeout(total=20)
# Stripe's own pace is not what is tried here. The monitor looks often, at what is a minute old: a message whose
# sender was killed is not even asked about before its lease of 20 s has ended.
EXTRAS = {
    # What no webhook tells is looked for as often as all must be at rest again.
    "checkout": {"STRIPE_RATE_PER_SECOND": "1000", "CHECKOUT_POLL_SECONDS": "2"},
    "monitor": {"INVARIANTS_EVERY_SECONDS": "5", "INVARIANTS_SETTLING_SECONDS": "60"},
}

Say = Callable[[str], None]


@contextmanager
def wired(*, seats: int) -> Iterator[tuple[WholeStack, Network]]:
    """A stack of its own, whose parts reach each other over links that can be cut."""
    network = Network()
    with scratch_stack(seats=seats, extras=EXTRAS, beside=network.laid) as stack:
        yield stack, network


@dataclass(slots=True, kw_only=True)
class Verdict:
    """The end of a run. `found` is empty when all is well; `resting`: seconds from the last kill until then.

    `unpaid` and `unraised`: orders whose money Stripe has, and alerts that the monitor had confirmed, as far as they
    are not so in the databases; of an alert what was confirmed, and what is there. `alarms`: what the monitor said is
    broken, while it was only under way; `looked_at`: how much it had before it, the last time. `watch`: what was broken
    while everything moved.
    """

    seed: int
    kills: int
    done: Counter[Kind]
    sales: Sales
    desk: Desk
    evidence: Evidence
    found: list[Violation]
    resting: float
    watch: Watch
    alarms: tuple[str, ...] = ()
    looked_at: dict[str, int] = field(default_factory=dict)
    mistakes: Counter[str] = field(default_factory=Counter)
    histories: dict[str, list[str]] = field(default_factory=dict)

    @property
    def unpaid(self) -> set[str]:
        return self.sales.paid - {order.order_id for order in self.evidence.orders}

    @property
    def unraised(self) -> dict[str, tuple[str, str]]:
        kept = {alert.alert_id: alert.status for alert in self.evidence.alerts}
        pairs = {alert: (status, kept.get(alert, "missing")) for alert, status in self.desk.raised.items()}
        return {alert: (said, found) for alert, (said, found) in pairs.items() if said != found}

    @property
    def ok(self) -> bool:
        gave_up = self.sales.gave_up or self.desk.gave_up
        broken = self.found or self.watch.found
        return not (broken or self.unpaid or self.unraised or self.alarms or gave_up)

    def line(self) -> dict[str, Any]:
        """What `make chaos` prints last."""
        kinds = Counter(each.kind for each in [*self.found, *self.watch.found.values()])
        return {
            "seed": self.seed,
            "kills": self.kills,
            "orders": len(self.evidence.orders),
            "lost": kinds[Broken.LOST] + len(self.unpaid) + len(self.unraised),
            "doubled": kinds[Broken.DOUBLED],
            "oversold": kinds[Broken.OVERSOLD],
            "convergedSeconds": round(self.resting, 1),
            "ok": self.ok,
        }


@dataclass(slots=True, kw_only=True)
class Campaign:
    """Breaks until there were so many `kills`, or for so many `minutes`, and until all buyers are done.

    `shares`: how many of a hundred acts are of which kind. `say` gets what happens, in words; `progress` the numbers of
    buyers who have begun and of kills.
    """

    stack: WholeStack
    seed: int
    kills: int
    orders: int
    minutes: float | None = None
    network: Network = field(default_factory=Network)
    shares: Mapping[Kind, int] = field(default_factory=lambda: SHARES)
    say: Say = lambda _: None
    progress: Callable[[int, int], None] = lambda _buyers, _kills: None

    async def run(self) -> Verdict:
        """Everything that the plan has."""
        async with self._opened() as nemesis:
            for fault in faults(self.seed):
                await nemesis.shop.control("POST", "faults", fault)
            seconds = self.minutes * 60 if self.minutes else self.kills * SECONDS_PER_KILL
            crowd, desk = self._people(nemesis, seconds)
            watch = Watch(stack=self.stack, shop=nemesis.shop, restoring=lambda: nemesis.restoring)
            async with watch.kept(), asyncio.TaskGroup() as group:
                sales = group.create_task(crowd.buy())
                calls = group.create_task(desk.work())
                group.create_task(self._break(nemesis, [sales, calls], seconds, paces=[crowd.pace, desk.pace]))
            # The last blow falls when the last buyer has paid: what is left to do must survive it, and is timed.
            await nemesis.rest()
            await nemesis.do(last_act(self.seed))
            return await self._come_to_rest(nemesis, crowd.sales, desk, watch)

    async def roll(self, deeds: Mapping[str, Callable[[], str]], *, seconds: float) -> Verdict:
        """Nothing breaks: somebody does the deeds meanwhile, for which every service is restarted (L-10, O-9)."""
        async with self._opened() as nemesis:
            crowd, desk = self._people(nemesis, seconds)
            watch = Watch(stack=self.stack, shop=nemesis.shop, restoring=lambda: nemesis.restoring)
            async with watch.kept(), asyncio.TaskGroup() as group:
                group.create_task(crowd.buy())
                group.create_task(desk.work())
                for name, deed in deeds.items():
                    await asyncio.sleep(PAUSE_OF_ROLL)
                    self.say(f"{name}: {await asyncio.to_thread(deed)}")
                for pace in (crowd.pace, desk.pace):
                    pace.hurry()
            return await self._come_to_rest(nemesis, crowd.sales, desk, watch)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Nemesis]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=CALL) as http:
            shop = Shop(self.stack, http)
            yield Nemesis(stack=self.stack, network=self.network, shop=shop, extras=self._extras(), say=self.say)

    def _extras(self) -> dict[str, dict[str, str]]:
        """What each part has been given before anything was done to it."""
        return {part: environment.extras(self.stack.layout, part) for part in self.stack.installation.programs()}

    def _people(self, nemesis: Nemesis, seconds: float) -> tuple[Crowd, Desk]:
        """Spread over the run."""
        crowd = Crowd(
            shop=nemesis.shop,
            seed=self.seed,
            orders=self.orders,
            pace=Pace(seconds * AT_ONCE / max(1, self.orders)),
            progress=lambda begun: self.progress(begun, nemesis.deaths),
        )
        alerts = max(1, self.orders // ALERTS_EVERY)
        return crowd, Desk(shop=nemesis.shop, seed=self.seed, alerts=alerts, pace=Pace(seconds / alerts))

    async def _break(
        self, nemesis: Nemesis, people: Sequence[asyncio.Task[None]], seconds: float, *, paces: Sequence[Pace]
    ) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        for act in acts(self.seed, self.shares):
            await asyncio.sleep(act.pause)
            if loop.time() >= end if self.minutes else nemesis.deaths >= self.kills - 1:
                break
            await nemesis.do(act)
        for pace in paces:
            pace.hurry()
        await asyncio.wait(people)

    async def _come_to_rest(self, nemesis: Nemesis, sales: Sales, desk: Desk, watch: Watch) -> Verdict:
        shop = nemesis.shop
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
        told, looked_at = await alarms(self.stack)
        return Verdict(
            seed=self.seed,
            kills=nemesis.deaths,
            done=nemesis.done,
            sales=sales,
            desk=desk,
            evidence=evidence,
            found=found,
            resting=resting,
            watch=watch,
            alarms=told,
            looked_at=looked_at,
            mistakes=mistakes(self.stack),
            histories={each: await history(self.stack, each) for each in suspects(found)},
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
                f"{each.invariant} ({each.sentence if each.kind is Broken.UNSETTLED else each.kind})" for each in found
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
            except (Unavailable, KafkaError):
                await asyncio.sleep(LOOK)
