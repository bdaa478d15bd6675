"""Judges while everything moves: what no step on its way excuses is wrong at any time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

import aiohttp

from chassis.errors import Unavailable
from eventbus import KafkaError
from invariants import Evidence, Violation, violations
from invariants.alerting import PagesFollowTheirAlerts, VendorsHaveWhatWeSent
from invariants.rules import MoneyInIsMoneyRecorded
from tests.chaos.evidence import witness
from tests.fixtures.stack import WholeStack
from tests.integration.thread.shop import Shop

RULES: Final = (MoneyInIsMoneyRecorded(), VendorsHaveWhatWeSent(), PagesFollowTheirAlerts())
BREATH: Final = 3.0
# A look that a dying store keeps waiting tells nothing.
LONGEST: Final = timedelta(seconds=20)


def standing(evidence: Evidence) -> Evidence:
    """Without what may be on its way: money and messages nobody has written down yet, orders that a restored database
    has back before their charges, and pages that are to be closed.
    """
    recorded = {charge.payment_intent for charge in evidence.recorded}
    charged = {charge.order_id for charge in evidence.recorded}
    known = {(each.channel, each.provider_id) for each in evidence.deliveries}
    return replace(
        evidence,
        orders=tuple(each for each in evidence.orders if each.order_id in charged or not each.amount),
        processed=tuple(each for each in evidence.processed if each.payment_intent in recorded),
        taken=tuple(each for each in evidence.taken if (each.channel, each.provider_id) in known),
        pages=tuple(replace(page, open=False) for page in evidence.pages),
    )


@dataclass(slots=True, kw_only=True)
class Watch:
    """Looks now and then. `restoring`: whether a database is being put back, which agrees with nothing meanwhile.

    looks: how many looks told something
    found: what two looks in a row have seen: the parts of one look are not of one moment
    """

    stack: WholeStack
    shop: Shop
    restoring: Callable[[], bool]
    looks: int = 0
    found: dict[tuple[str, str], Violation] = field(default_factory=dict)

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Looks for as long as this is open."""
        task = asyncio.create_task(self._look_on())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _look_on(self) -> None:
        last: set[tuple[str, str]] = set()
        while True:
            await asyncio.sleep(BREATH)
            seen = await self._look()
            self.looks += seen is not None
            now = {(each.invariant, each.subject): each for each in seen or ()}
            self.found |= {key: each for key, each in now.items() if key in last}
            last = set(now)

    async def _look(self) -> list[Violation] | None:
        """None when something is away, or a database is being put back."""
        if self.restoring():
            return None
        try:
            async with asyncio.timeout(LONGEST.total_seconds()), witness(self.stack, self.shop) as seen:
                found = violations(standing(await seen.evidence()), RULES)
        except (Unavailable, KafkaError, aiohttp.ClientError, TimeoutError):
            return None
        return None if self.restoring() else found
