"""Knocks at our own door as the processor does: through the public address, whatever stands before checkout."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from chassis.http_client import VendorClient, VendorFailure, VendorResponse
from checkout.endpoints.domain import PATH, Probe

_PATIENCE: Final = timedelta(seconds=8)


class Door:
    """`client`: of the gateway's public address."""

    def __init__(self, client: VendorClient) -> None:
        self._client = client

    async def knock(self) -> Probe:
        """A webhook that nobody has signed: it must be refused, and can have no effect."""
        try:
            answer = await self._client.request("POST", PATH, operation="webhook.probe", body=b"{}", timeout=_PATIENCE)
        except VendorFailure as silence:
            return Probe(status=None, reason=silence.reason)
        return Probe(status=answer.status, code=_code(answer))


def _code(answer: VendorResponse) -> str:
    try:
        found: Mapping[str, Any] = answer.json()
        return str(found["code"])
    except (ValueError, KeyError, TypeError):
        return ""
