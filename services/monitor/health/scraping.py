"""Reads the Prometheus figures of every process that speaks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Set
from typing import Final

from aiohttp import ClientError, ClientSession, ClientTimeout
from pydantic import SecretStr

from chassis.clock import Clock
from chassis.metrics import CATALOGUE, Metric, metrics
from monitor.health.domain import SILENCE, Instance
from monitor.health.merging import Scraped, merge
from monitor.health.watch import HealthWatch

OURSELVES: Final = "monitor"
TIMEOUT_SECONDS: Final = 2.0
LARGEST: Final = 8 * 1024 * 1024


class MergedMetrics:
    """Takes this process's figures straight, and asks the others over HTTP, all at once and each with a time limit.

    A heartbeat may name any address. The token goes to none but `trusted` ones (host:port), which this process's
    configuration names; others are asked without it. `figures`: those of the whole installation, which no single
    process has.
    """

    def __init__(
        self,
        watch: HealthWatch,
        *,
        token: SecretStr | None,
        trusted: Set[str],
        clock: Clock,
        figures: Callable[[], Awaitable[str]],
    ) -> None:
        self._watch = watch
        self._token = token
        self._trusted = trusted
        self._clock = clock
        self._figures = figures
        self._session: ClientSession | None = None

    async def text(self) -> bytes:
        """The figures of all of them as one text; whoever does not answer is shown as down."""
        text = metrics.text().decode() + await self._figures()
        own = Scraped(service=OURSELVES, instance=self._watch.own_name or OURSELVES, text=text)
        others = await asyncio.gather(*map(self._scrape, self._others()))
        up = Metric.INSTANCE_UP
        return merge([own, *others], up=up.value, up_help=CATALOGUE[up].help).encode()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _others(self) -> list[Instance]:
        """Who speaks and has an address, in one order."""
        now, own = self._clock.now(), self._watch.own_name
        found = [
            instance
            for instance in self._watch.instances.all()
            if not instance.stopped
            and instance.heartbeat.address
            and instance.heartbeat.instance != own
            and now - instance.heard_at <= SILENCE
        ]
        return sorted(found, key=lambda instance: instance.heartbeat.instance)

    async def _scrape(self, instance: Instance) -> Scraped:
        heartbeat = instance.heartbeat
        try:
            text = await self._read(heartbeat.address)
        except (ClientError, OSError, TimeoutError, UnicodeDecodeError):
            text = None
        return Scraped(service=heartbeat.service, instance=heartbeat.instance, text=text)

    async def _read(self, address: str) -> str | None:
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=TIMEOUT_SECONDS))
        url, headers = f"http://{address}/api/metrics?scope=own", self._headers(address)
        async with self._session.get(url, headers=headers, allow_redirects=False) as response:
            if response.status != 200:
                return None
            body = await response.content.read(LARGEST)
            while chunk := await response.content.read(LARGEST - len(body)):
                body += chunk
            return body.decode()

    def _headers(self, address: str) -> Mapping[str, str]:
        if self._token is None or address not in self._trusted:
            return {}
        return {"Authorization": f"Bearer {self._token.get_secret_value()}"}
