"""Sends the vendors' callbacks, with their retries and with the faults asked for."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import aiohttp

from sandbox.core.clock import Timers
from sandbox.core.faults import WEBHOOK_KINDS, Fault, Faults, Kind

Sign: TypeAlias = Callable[[bool], Mapping[str, str]]
"""Makes the headers of one attempt; with False the signature is wrong."""
Answered: TypeAlias = Callable[[int, bytes], None]

REORDER_SECONDS = 2.0
LATE_SECONDS = 60.0
_log = logging.getLogger("sandbox.webhooks")


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """`waits` are the seconds before each further attempt; `on_status`: also when the receiver answers an error.

    `on_refusal`: also when that error is a 4xx other than 429.
    """

    waits: tuple[float, ...]
    on_status: bool = True
    on_refusal: bool = True
    timeout: float = 20.0

    def ends_with(self, status: int) -> bool:
        """Whether this answer (0: none) makes a further attempt pointless."""
        refused = 400 <= status < 500 and status != 429
        return (status != 0 and not self.on_status) or (refused and not self.on_refusal)


@dataclass(slots=True)
class Delivery:
    """One callback to one receiver. `settled` hears whether it arrived in the end, `answered` a 2xx with its body."""

    vendor: str
    operation: str
    url: str
    body: bytes
    sign: Sign
    plan: RetryPlan
    settled: Callable[[bool], None] | None = None
    answered: Answered | None = None
    attempts: int = 0
    signature_spoilt: bool = False


@dataclass(slots=True)
class Figures:
    """Counts since the start, by vendor."""

    sent: Counter[str] = field(default_factory=Counter)
    delivered: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    given_up: Counter[str] = field(default_factory=Counter)


class WebhookSender:
    """Delivers in the background; `start` and `stop` belong to the application's life."""

    def __init__(self, timers: Timers, faults: Faults, *, connections: int = 100) -> None:
        self._timers = timers
        self._faults = faults
        self._connections = connections
        self._client: aiohttp.ClientSession | None = None
        self._held_back: dict[str, list[Delivery]] = {}
        self.figures = Figures()
        self.pending = 0

    async def start(self) -> None:
        self._client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections), cookie_jar=aiohttp.DummyCookieJar()
        )

    async def stop(self) -> None:
        if self._client is not None:
            await self._client.close()

    def send(self, delivery: Delivery) -> None:
        """Send now, unless a fault says otherwise."""
        struck = self._faults.striking(delivery.vendor, delivery.operation, WEBHOOK_KINDS)
        by_kind = {fault.kind: fault for fault in struck}
        self.pending += 1
        if Kind.DROP_WEBHOOK in by_kind:
            self._drop(delivery)
            return
        delivery.signature_spoilt = Kind.BAD_SIGNATURE in by_kind
        if Kind.DUPLICATE_WEBHOOK in by_kind:
            self._duplicate(delivery)
        if Kind.LATE_WEBHOOK in by_kind:
            self._timers.after(by_kind[Kind.LATE_WEBHOOK].delay(LATE_SECONDS), lambda: self._attempt(delivery))
        elif Kind.REORDER_WEBHOOKS in by_kind:
            self._hold_back(delivery, by_kind[Kind.REORDER_WEBHOOKS])
        else:
            self._send_and_release(delivery)

    def _drop(self, delivery: Delivery) -> None:
        self.figures.dropped[delivery.vendor] += 1
        self._settle(delivery, arrived=False)

    def _duplicate(self, delivery: Delivery) -> None:
        twin = Delivery(
            vendor=delivery.vendor, operation=delivery.operation, url=delivery.url, body=delivery.body,
            sign=delivery.sign, plan=RetryPlan(waits=()), signature_spoilt=delivery.signature_spoilt,
        )  # fmt: skip
        self.pending += 1
        self._timers.soon(lambda: self._attempt(twin))

    def _hold_back(self, delivery: Delivery, fault: Fault) -> None:
        """The next one to the same receiver goes first; without one it goes after the fault's delay."""
        self._held_back.setdefault(delivery.url, []).append(delivery)
        self._timers.after(fault.delay(REORDER_SECONDS), lambda: self._release(delivery.url))

    def _send_and_release(self, delivery: Delivery) -> None:
        held = delivery.url in self._held_back

        async def run() -> None:
            await self._attempt(delivery)
            if held:
                await self._release(delivery.url)

        self._timers.soon(run)

    async def _release(self, url: str) -> None:
        await asyncio.gather(*(self._attempt(each) for each in reversed(self._held_back.pop(url, []))))

    async def _attempt(self, delivery: Delivery) -> None:
        delivery.attempts += 1
        self.figures.sent[delivery.vendor] += 1
        status, body = await self._post(delivery)
        delivery.signature_spoilt = False
        if 200 <= status < 300:
            self.figures.delivered[delivery.vendor] += 1
            self._settle(delivery, arrived=True)
            if delivery.answered is not None:
                delivery.answered(status, body)
            return
        self.figures.refused[delivery.vendor] += 1
        self._try_again(delivery, status)

    def _try_again(self, delivery: Delivery, status: int) -> None:
        plan = delivery.plan
        if delivery.attempts > len(plan.waits) or plan.ends_with(status):
            self.figures.given_up[delivery.vendor] += 1
            self._settle(delivery, arrived=False)
            return
        self._timers.after(plan.waits[delivery.attempts - 1], lambda: self._attempt(delivery))

    def _settle(self, delivery: Delivery, *, arrived: bool) -> None:
        self.pending -= 1
        if delivery.settled is not None:
            delivery.settled(arrived)

    async def _post(self, delivery: Delivery) -> tuple[int, bytes]:
        """Status and body of the receiver's answer; status 0 when there was none."""
        if self._client is None:
            raise RuntimeError("the sandbox's webhook sender was not started")
        headers = dict(delivery.sign(not delivery.signature_spoilt))
        try:
            async with self._client.post(
                delivery.url,
                data=delivery.body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=delivery.plan.timeout),
                allow_redirects=False,
            ) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _log.debug("No answer from %s: %s", delivery.url, error)
            return 0, b""
