"""People on call: they raise alerts by hand, take them and end them, whatever is broken at the moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random

import aiohttp

from tests.chaos.buyers import AGAIN, LOOK, Pace
from tests.integration.thread.shop import Json, Shop

SEVERITIES = ("critical", "high", "medium", "low")
CATEGORIES = ("payments", "inventory", "api", "security")
# What becomes of an alert, and how many of a hundred.
ENDS = {"left open": 30, "acknowledged": 20, "resolved": 30, "acknowledged and resolved": 20}


@dataclass(slots=True, kw_only=True)
class Desk:
    """`alerts` that are raised one after the other, at their pace.

    `raised`: the status of each in the end, by id, as the monitor's answers have it.
    """

    shop: Shop
    seed: int
    alerts: int
    pace: Pace
    raised: dict[str, str] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)
    gave_up: int = 0

    async def work(self) -> None:
        """Returns when the last one is as it shall be."""
        for number in range(self.alerts):
            rng = Random(f"{self.seed} alert {number}")
            await self._one(number, rng)
            await self.pace.rest()

    async def _one(self, number: int, rng: Random) -> None:
        body = {
            "severity": rng.choice(SEVERITIES),
            "category": rng.choice(CATEGORIES),
            "summary": f"Rehearsal {number} of {self.seed}",
        }
        alert = await self._insist("/api/alerts", body)
        if alert is None:
            self.gave_up += 1
            return
        self.raised[alert["id"]] = alert["status"]
        end = rng.choices(list(ENDS), weights=list(ENDS.values()))[0]
        await asyncio.sleep(rng.uniform(0, 1))
        for word, step in (("acknowledged", "ack"), ("resolved", "resolve")):
            if word in end:
                answer = await self._insist(f"/api/alerts/{alert['id']}/{step}", {} if step == "resolve" else None)
                self.gave_up += answer is None
                self.raised[alert["id"]] = answer["status"] if answer else "unknown"

    async def _insist(self, path: str, body: Json | None) -> Json | None:
        """Asks until there is an answer: what says the same is one alert while it is open."""
        began = asyncio.get_running_loop().time()
        while self.pace.bears_it(began):
            try:
                status, answer = await self.shop.ask("POST", path, body)
            except (aiohttp.ClientError, ValueError, TimeoutError) as error:
                self.refusals[type(error).__name__] += 1
            else:
                if status < 300:
                    return answer
                self.refusals[f"{status} {answer.get('code')}"] += 1
                assert status in AGAIN, answer
            await asyncio.sleep(LOOK)
        return None
