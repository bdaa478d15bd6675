"""Asks the services for their jobs, at internal addresses that the gateway doesn't serve."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from chassis.http_client import VendorClient, VendorFailure
from chassis.telemetry import get_logger
from chassis.tokens import ServiceTokens
from eventbus.admin.job_models import JobList

log = get_logger()

OURSELVES: Final = "monitor"
PATIENCE: Final = timedelta(seconds=3)

Ask = Callable[[], Awaitable[JobList]]


class NotTold(Exception):  # noqa: N818 a condition
    """A service didn't say which jobs it has."""


class JobClient:
    """Asks one service; raises NotTold."""

    def __init__(self, service: str, url: str, tokens: ServiceTokens) -> None:
        self._service = service
        self._client = VendorClient(service, url, timeout=PATIENCE, connections=2, internal=True)
        self._tokens = tokens

    async def close(self) -> None:
        await self._client.close()

    async def jobs(self) -> JobList:
        headers = {"Authorization": f"Bearer {self._tokens.issue(OURSELVES, self._service)}"}
        try:
            response = await self._client.request("GET", "/internal/jobs", operation="jobs", headers=headers)
            if response.status != HTTPStatus.OK:
                raise NotTold(f"it answered {response.status}")
            return JobList.model_validate_json(response.body)
        except (VendorFailure, ValueError) as error:
            raise NotTold(str(error)) from error


async def gathered(asked: Mapping[str, Ask]) -> dict[str, JobList | None]:
    """What each service says, in the order given; None of one that doesn't answer."""
    found = await asyncio.gather(*(_told(service, ask) for service, ask in asked.items()))
    return dict(zip(asked, found, strict=True))


async def _told(service: str, ask: Ask) -> JobList | None:
    try:
        return await ask()
    except NotTold as silence:
        log.warning("jobs_not_told", service=service, reason=str(silence))
        return None
