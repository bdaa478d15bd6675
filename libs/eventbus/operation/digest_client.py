"""Asks the services for their digests, at internal addresses that the gateway doesn't serve."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final, Protocol
from urllib.parse import urlencode

from chassis.clock import utc_text
from chassis.http_client import VendorClient, VendorFailure
from chassis.tokens import ServiceTokens
from invariants import Evidence
from invariants.digest import ALERTS, Digest, Raised, batches, joined

PATIENCE: Final = timedelta(seconds=15)


class Period(Protocol):
    """From `since` on, before `until`."""

    @property
    def since(self) -> datetime: ...

    @property
    def until(self) -> datetime: ...


class NotRead(Exception):  # noqa: N818 a condition
    """A service sent no digest, or one that can't be read."""


class DigestClient:
    """Asks one service, as another one of ours: `caller`. Every question raises NotRead."""

    def __init__(self, service: str, url: str, tokens: ServiceTokens, *, caller: str) -> None:
        self._service = service
        self._caller = caller
        self._client = VendorClient(service, url, timeout=PATIENCE, connections=2, internal=True)
        self._tokens = tokens

    async def close(self) -> None:
        await self._client.close()

    async def standing(self, period: Period, *, settling: timedelta) -> Evidence:
        """What waits longer than `settling`, and what is known without asking for single orders."""
        return (await self._get("", _asked(period, settling=str(settling.total_seconds())))).part

    async def touched(self, period: Period) -> AsyncIterator[tuple[str, ...]]:
        """Ids of orders to which something happened in the period, a page at a time."""
        async for page in self._pages("/orders", period):
            yield page.ids

    async def stock(self, period: Period) -> AsyncIterator[Evidence]:
        """Pools and their ledgers, a page of cities at a time."""
        async for page in self._pages("/stock", period):
            yield page.part

    async def paid_seats(self, period: Period, *, city_id: str | None) -> Evidence:
        """How many seats of each pool, or of those of one city, were paid in the period."""
        return (await self._get("/seats", _asked(period, **({"city": city_id} if city_id else {})))).part

    async def of_orders(self, ids: Sequence[str]) -> Evidence:
        """What the service knows of these orders."""
        return (await self._post("/orders", {"ids": list(ids)})).part

    async def people(self) -> Digest:
        """Whom configuration names, and a fingerprint of all of them."""
        return await self._ask("GET", "/people", None)

    async def of_alerts(self, alerts: Sequence[Raised]) -> Digest:
        """What was said of these alerts, and to whom it is; its directory is empty when that changed meanwhile."""
        parts = [
            await self._post("/alerts", {"alerts": [asdict(alert) for alert in batch]})
            for batch in batches(alerts, ALERTS)
        ]
        directories = {each.directory for each in parts}
        directory = directories.pop() if len(directories) == 1 else ""
        return Digest(part=joined(each.part for each in parts), directory=directory)

    async def _pages(self, path: str, period: Period) -> AsyncIterator[Digest]:
        cursor: str | None = None
        while True:
            page = await self._get(path, _asked(period, **({"cursor": cursor} if cursor else {})))
            yield page
            if page.next_cursor is None:
                return
            cursor = page.next_cursor

    async def _get(self, path: str, asked: Mapping[str, str]) -> Digest:
        return await self._ask("GET", f"{path}?{urlencode(asked)}", None)

    async def _post(self, path: str, asked: Mapping[str, object]) -> Digest:
        return await self._ask("POST", path, json.dumps(asked).encode())

    async def _ask(self, method: str, path: str, body: bytes | None) -> Digest:
        headers = {"Authorization": f"Bearer {self._tokens.issue(self._caller, self._service)}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            response = await self._client.request(
                method, f"/internal/digest{path}", operation="digest", headers=headers, body=body
            )
        except VendorFailure as failure:
            raise NotRead(failure.reason) from failure
        if response.status != HTTPStatus.OK:
            raise NotRead(f"it answered {response.status}")
        try:
            return Digest.read(response.body)
        except ValueError as error:
            raise NotRead("its answer can't be read") from error


def _asked(period: Period, **more: str) -> dict[str, str]:
    return {"since": utc_text(period.since), "until": utc_text(period.until), **more}
