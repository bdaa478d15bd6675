"""A checkout with all its neighbours in which games are played, one city a game."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

from chassis.database import Database
from checkout.payments.processors.stripe_types import HANDLED
from tests.fixtures.forked import Forked
from tests.integration.checkout.machine.judging import differences
from tests.integration.checkout.machine.reading import read
from tests.integration.checkout.money import KEY
from tests.integration.checkout.world import Answer, World

LOST: Final = (aiohttp.ClientError, asyncio.TimeoutError)
# Lists of the processor are asked soon, and a call that a fault strikes is not waited for.
SETTINGS: Final[dict[str, Any]] = {"CHECKOUT_POLL_SECONDS": "0.4", "STRIPE_DEADLINE_SECONDS": "2"}
PATIENCE: Final = 60.0
SEATS: Final = {"ga": 30, "vip": 4}

# Nobody waits for the pauses between two tries.
_HURRY: Final = """
WITH a AS (UPDATE payment_attempts SET due_at = app_now()
           WHERE due_at IS NOT NULL AND (state = 'creating' OR tries > 0 OR cancel_cause IS NOT NULL)),
     r AS (UPDATE refunds SET due_at = app_now() WHERE due_at IS NOT NULL),
     q AS (UPDATE checkout_requests SET lease_until = app_now() WHERE state = 'running' OR release_due),
     p AS (UPDATE processor_polls SET due_at = app_now() WHERE due_at > app_now() + interval '5 s')
UPDATE webhook_events SET due_at = app_now() WHERE state = 'waiting' AND due_at IS NOT NULL
"""
_LEFT: Final = """
SELECT json_build_object(
    'events to send', (SELECT count(*) FROM outbox),
    'events to follow', (SELECT count(*) FROM inbox_deferred),
    'webhooks', (SELECT json_agg(concat_ws(' ', type, state, cause)) FROM webhook_events
                 WHERE received_at >= $1 AND state NOT IN ('done', 'ignored', 'closed')),
    'refunds', (SELECT json_agg(r.last_error) FROM refunds AS r JOIN orders AS o USING (order_id)
                WHERE r.state = 'due' AND (o.state <> 'disputed' OR r.cause = 'second_charge')),
    'pages', (SELECT json_agg(concat_ws(' ', state, last_error)) FROM payment_attempts
              WHERE state = 'creating'
                 OR (state = 'open' AND (cancel_cause IS NOT NULL OR due_at <= app_now() OR tries > 0))),
    'purchases', (SELECT count(*) FROM checkout_requests WHERE state = 'running' OR release_due),
    'refunds of a city', (SELECT count(*) FROM city_refund_orders WHERE state = 'due')
)::text
"""
_STOCK_LEFT: Final = """
SELECT json_build_object(
    'events of stock to send', (SELECT count(*) FROM outbox),
    'events to follow in stock', (SELECT count(*) FROM inbox_deferred),
    'holds to end', (SELECT count(*) FROM holds WHERE state = 'held' AND hard_until <= app_now())
)::text
"""
_READ: Final = "SELECT topic, min(next_offset) AS next FROM consumer_offsets GROUP BY topic"
_WRITTEN: Final = "SELECT topic, max(next_offset) AS next FROM relay_marks GROUP BY topic"
_FORGET: Final = """
WITH a AS (UPDATE payment_attempts SET state = 'expired', due_at = NULL
           WHERE state IN ('creating', 'open', 'complete')),
     r AS (UPDATE refunds SET state = 'refused', due_at = NULL WHERE state = 'due'),
     w AS (UPDATE webhook_events SET state = 'closed', due_at = NULL WHERE state NOT IN ('done', 'ignored', 'closed')),
     b AS (DELETE FROM blocks)
DELETE FROM buyer_signs
"""


@dataclass(slots=True, kw_only=True)
class Bought:
    """What a buyer wishes, and what came of it: None while nobody knows."""

    url: str
    body: dict[str, Any]
    headers: dict[str, str]
    order: dict[str, Any] | None = None
    refused: bool = False

    @property
    def answered(self) -> bool:
        return self.refused or self.order is not None


@dataclass(slots=True, kw_only=True)
class House:
    """`stock`: inventory's database; `soon`: how long at rest somebody may still look at what is due, in seconds."""

    world: World
    stock: Database
    soon: float
    buyers: dict[int, Bought] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    to_cancel: set[str] = field(default_factory=set)
    hold_over: set[str] = field(default_factory=set)
    idle_disputes: set[str] = field(default_factory=set)
    _hurried: float = 0.0
    _process: Forked | None = None
    _processes: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def ask(self, method: str, url: str, **options: Any) -> Answer | None:
        """None where the answer was lost: the service is away, or was killed."""
        try:
            return await self.world.ask(method, url, timeout=aiohttp.ClientTimeout(total=10), **options)
        except LOST:
            return None

    async def begin(self) -> None:
        """Seats can be bought."""
        await self.world.start_checkout(**SETTINGS)

    async def buy(self, buyer: int) -> None:
        """Asks with the same key until there is an answer; a purchase that was refused stays so."""
        wish = self.buyers[buyer]
        if wish.answered:
            return
        answer = await self.ask("POST", wish.url, json=wish.body, headers=wish.headers)
        if answer is not None and answer.status == 200:
            wish.order = answer.body
        elif answer is not None and answer.status < 500:
            wish.refused = answer.body["code"] not in {"in_progress", "rate_limited"}

    async def cancel(self, order_id: str) -> None:
        """Staff ask until there is an answer. What is under way stays their wish, whatever the processor says."""
        body = {"reason": "a test"}
        answer = await self.by_staff(f"orders/{order_id}/cancel", body)
        if answer is None:
            self.to_cancel.add(order_id)
            return
        self.to_cancel.discard(order_id)
        if answer.status != 409:
            self.cancelled.add(order_id)

    async def by_staff(self, path: str, body: dict[str, Any]) -> Answer | None:
        return await self.ask("POST", f"/api/admin/{path}", json=body, headers=self.world.token())

    def order(self, buyer: int) -> dict[str, Any] | None:
        """What the buyer knows of the order."""
        return self.buyers[buyer].order if buyer in self.buyers else None

    async def restart(self) -> None:
        """It ends what it does, and starts anew."""
        await self._end_process()
        await self.world.checkout.stop()
        await self.begin()

    async def kill(self) -> None:
        """It dies in whatever it does, and another process goes on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()
        await self._end_process()
        await self.run_apart()

    async def run_apart(self) -> None:
        """In a process of its own, which can be killed."""
        await self.world.checkout.stop()
        self._process = await self._processes.enter_async_context(self.world.checkout.killable(**SETTINGS))

    async def _end_process(self) -> None:
        self._process = None
        await self._processes.aclose()

    async def rest(self) -> None:
        """Everything works again, and nothing is left to do."""
        await self.world.clear_faults()
        left: dict[str, Any] = {}

        async def nothing_left() -> bool:
            left.clear()
            left.update(await self._left())
            if left:
                await self._hurry()
            return not left

        await self._hurry()
        await self.world.until(nothing_left, lambda: f"nothing is left to do, but {left}", patience=PATIENCE)

    async def require_truth(self) -> None:
        """Everybody says the same, as soon as each has looked at what is due."""
        wrong: list[str] = []

        async def nothing_wrong() -> bool:
            found = await read(self.world, self.stock, idle=self.idle_disputes)
            wrong[:] = differences(found, cancelled=self.cancelled, hold_over=self.hold_over)
            return not wrong

        await self.world.until(nothing_wrong, lambda: "nothing is wrong, but\n" + "\n".join(wrong), patience=self.soon)

    async def end(self) -> None:
        """The next game finds nothing of this one to do."""
        await self._end_process()
        await self.world.database.execute(_FORGET)

    async def _hurry(self) -> None:
        """Now and then: two processes may be at one refund, but not at every moment."""
        now = asyncio.get_running_loop().time()
        if now - self._hurried > 1:
            self._hurried = now
            await self.world.database.execute(_HURRY)

    async def _left(self) -> dict[str, Any]:
        """What is still to be done, by its name."""
        for buyer in self.buyers:
            await self.buy(buyer)
        for order_id in list(self.to_cancel):
            await self.cancel(order_id)
        counts = {
            "buyers without an answer": sum(not each.answered for each in self.buyers.values()),
            "webhooks that nobody heard of": await self._unheard(),
            "topics to read": await self._unread(),
            **json.loads(await self.world.database.fetchval(_LEFT, self.world.began)),
            **json.loads(await self.stock.fetchval(_STOCK_LEFT)),
        }
        return {name: count for name, count in counts.items() if count}

    async def _unheard(self) -> list[str]:
        """What the processor has to tell, and no webhook and no list has told."""
        events = {event["id"]: event["type"] for event in await self.events()}
        sql = "SELECT event_id FROM webhook_events WHERE event_id = ANY ($1)"
        known = {row["event_id"] for row in await self.world.database.fetch(sql, list(events))}
        return [kind for event_id, kind in events.items() if event_id not in known]

    async def events(self) -> list[dict[str, Any]]:
        """What the processor has told, or tried to, the newest first."""
        found: list[dict[str, Any]] = []
        url, after = f"{self.world.sandbox}/stripe/v1/events?limit=100&delivery_success=", ""
        for success in ("true", "false"):
            more = True
            while more:
                answer = await self.ask("GET", f"{url}{success}{after}", headers=KEY)
                if answer is None or answer.status != 200:
                    return []  # a fault has struck the call
                found += answer.body["data"]
                more = answer.body["has_more"]
                after = f"&starting_after={found[-1]['id']}" if more else ""
        return [event for event in found if event["type"] in HANDLED]

    async def _unread(self) -> list[str]:
        """Where a service has not read what was written."""
        found: list[str] = []
        checkout = self.world.database
        for reader, writer in ((self.stock, checkout), (checkout, self.stock), (checkout, checkout)):
            written = {row["topic"]: row["next"] for row in await writer.fetch(_WRITTEN)}
            found += [row["topic"] for row in await reader.fetch(_READ) if written.get(row["topic"], 0) > row["next"]]
        return found
