"""Sends the vendors' callbacks, with their retries and with the faults asked for."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import aiohttp

from chassis.http_client import OWN_IDLE_SECONDS
from sandbox.core.clock import Timers
from sandbox.core.faults import WEBHOOK_KINDS, Fault, Faults, Kind
from sandbox.core.ids import Ids
from sandbox.core.keeping import Keep

REORDER_SECONDS = 2.0
LATE_SECONDS = 60.0
TWIN = "twin"
"""The note of a repeat, of which nobody hears what became."""
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
    """One callback to one receiver. `notes` are the vendor's own, for what it does with it (`Callbacks`)."""

    vendor: str
    operation: str
    url: str
    body: bytes
    plan: RetryPlan
    notes: dict[str, str] = field(default_factory=dict)
    attempts: int = 0
    signature_spoilt: bool = False
    id: str = ""


class Callbacks(ABC):
    """What a vendor does about its deliveries; it may leave out what it need not hear."""

    @abstractmethod
    def headers(self, delivery: Delivery, *, genuine: bool) -> Mapping[str, str]:
        """Those of one attempt; unless `genuine` the signature is wrong."""

    def settled(self, delivery: Delivery, *, arrived: bool) -> None:  # noqa: B027 may be left out
        """Hears whether it arrived in the end."""

    def answered(self, delivery: Delivery, body: bytes) -> None:  # noqa: B027 may be left out
        """Hears what was answered with a 2xx."""


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

    def __init__(self, timers: Timers, faults: Faults, *, keep: Keep | None = None, connections: int = 100) -> None:
        self._timers = timers
        self._faults = faults
        self._connections = connections
        self._vendors: dict[str, Callbacks] = {}
        self._under_way: dict[str, Delivery] = (keep or Keep()).shelf("webhooks", Delivery)
        self._ids = Ids()
        timers.names(attempt_webhook=self._attempt_by_id, release_webhooks=self._release)
        self._client: aiohttp.ClientSession | None = None
        self._held_back: dict[str, list[Delivery]] = {}
        self.figures = Figures()

    @property
    def pending(self) -> int:
        return len(self._under_way)

    def serve(self, vendor: str, callbacks: Callbacks) -> None:
        """Whose deliveries these are."""
        self._vendors[vendor] = callbacks

    async def start(self) -> None:
        """Goes on with what the process before didn't get to an end, at once where it waited for nothing."""
        self._client = aiohttp.ClientSession(
            # A receiver closes an idle connection just when the next callback goes out, unless it is closed here first.
            connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=OWN_IDLE_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        waiting = {delivery_id for (delivery_id,) in self._timers.promised("attempt_webhook")}
        for delivery_id in self._under_way.keys() - waiting:
            self._timers.soon(partial(self._attempt_by_id, delivery_id))

    async def stop(self) -> None:
        if self._client is not None:
            await self._client.close()

    def send(self, delivery: Delivery) -> None:
        """Send now, unless a fault says otherwise."""
        struck = self._faults.striking(delivery.vendor, delivery.operation, WEBHOOK_KINDS)
        by_kind = {fault.kind: fault for fault in struck}
        self._take(delivery)
        if Kind.DROP_WEBHOOK in by_kind:
            self._drop(delivery)
            return
        delivery.signature_spoilt = Kind.BAD_SIGNATURE in by_kind
        if Kind.DUPLICATE_WEBHOOK in by_kind:
            self._duplicate(delivery)
        if Kind.LATE_WEBHOOK in by_kind:
            self._timers.later(by_kind[Kind.LATE_WEBHOOK].delay(LATE_SECONDS), "attempt_webhook", delivery.id)
        elif Kind.REORDER_WEBHOOKS in by_kind:
            self._hold_back(delivery, by_kind[Kind.REORDER_WEBHOOKS])
        else:
            self._send_and_release(delivery)

    async def try_once(self, delivery: Delivery) -> int:
        """One attempt now, which no fault strikes; the receiver's status, 0 when there was no answer."""
        status, _ = await self._post(delivery)
        return status

    def _take(self, delivery: Delivery) -> None:
        delivery.id = self._ids.hexadecimal("wh_")
        self._under_way[delivery.id] = delivery

    def _drop(self, delivery: Delivery) -> None:
        self.figures.dropped[delivery.vendor] += 1
        self._settle(delivery, arrived=False)

    def _duplicate(self, delivery: Delivery) -> None:
        twin = Delivery(
            vendor=delivery.vendor, operation=delivery.operation, url=delivery.url, body=delivery.body,
            plan=RetryPlan(waits=()), notes=delivery.notes | {TWIN: "yes"}, signature_spoilt=delivery.signature_spoilt,
        )  # fmt: skip
        self._take(twin)
        self._timers.soon(partial(self._attempt, twin))

    def _hold_back(self, delivery: Delivery, fault: Fault) -> None:
        """The next one to the same receiver goes first; without one it goes after the fault's delay."""
        self._held_back.setdefault(delivery.url, []).append(delivery)
        self._timers.later(fault.delay(REORDER_SECONDS), "release_webhooks", delivery.url)

    def _send_and_release(self, delivery: Delivery) -> None:
        held = delivery.url in self._held_back

        async def run() -> None:
            await self._attempt(delivery)
            if held:
                await self._release(delivery.url)

        self._timers.soon(run)

    async def _release(self, url: str) -> None:
        await asyncio.gather(*(self._attempt(each) for each in reversed(self._held_back.pop(url, []))))

    async def _attempt_by_id(self, delivery_id: str) -> None:
        if (delivery := self._under_way.get(delivery_id)) is not None:
            await self._attempt(delivery)

    async def _attempt(self, delivery: Delivery) -> None:
        delivery.attempts += 1
        self.figures.sent[delivery.vendor] += 1
        status, body = await self._post(delivery)
        delivery.signature_spoilt = False
        if 200 <= status < 300:
            self.figures.delivered[delivery.vendor] += 1
            self._settle(delivery, arrived=True)
            if TWIN not in delivery.notes:
                self._vendors[delivery.vendor].answered(delivery, body)
            return
        self.figures.refused[delivery.vendor] += 1
        self._try_again(delivery, status)

    def _try_again(self, delivery: Delivery, status: int) -> None:
        plan = delivery.plan
        if delivery.attempts > len(plan.waits) or plan.ends_with(status):
            self.figures.given_up[delivery.vendor] += 1
            self._settle(delivery, arrived=False)
            return
        self._under_way[delivery.id] = delivery
        self._timers.later(plan.waits[delivery.attempts - 1], "attempt_webhook", delivery.id)

    def _settle(self, delivery: Delivery, *, arrived: bool) -> None:
        del self._under_way[delivery.id]
        if TWIN not in delivery.notes:
            self._vendors[delivery.vendor].settled(delivery, arrived=arrived)

    async def _post(self, delivery: Delivery) -> tuple[int, bytes]:
        """Status and body of the receiver's answer; status 0 when there was none."""
        if self._client is None:
            raise RuntimeError("the sandbox's webhook sender was not started")
        headers = dict(self._vendors[delivery.vendor].headers(delivery, genuine=not delivery.signature_spoilt))
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
