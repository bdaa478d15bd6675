"""Square's disputes of one seller: their list has all there ever were, in no order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from checkout.processors.accounts import Credentials
from checkout.processors.domain import ExternalDispute
from checkout.processors.square_calls import SquareCalls
from checkout.processors.square_objects import read_dispute


@dataclass(frozen=True, slots=True)
class DisputePage:
    """Disputes of one page, and the cursor of the next one; None at the end."""

    disputes: tuple[ExternalDispute, ...]
    cursor: str | None


class SquareDisputes:
    """Raises ProcessorFailure."""

    def __init__(self, calls: SquareCalls) -> None:
        self._calls = calls

    async def page(self, credentials: Credentials, *, since: datetime, cursor: str, deadline: timedelta) -> DisputePage:
        """Those of a page that changed since a moment."""

        def read(found: Mapping[str, Any]) -> DisputePage:
            disputes = map(read_dispute, found.get("disputes") or ())
            changed = tuple(each for each in disputes if each.changed_at >= since)
            return DisputePage(changed, found.get("cursor") or None)

        query = {"location_id": credentials.place, **({"cursor": cursor} if cursor else {})}
        path = f"/v2/disputes?{urlencode(query)}"
        return await self._calls.get("disputes.list", path, credentials.access_token, read, deadline=deadline)

    async def read(self, credentials: Credentials, dispute_id: str, *, deadline: timedelta) -> ExternalDispute:
        """One as it is now."""

        def read(found: Mapping[str, Any]) -> ExternalDispute:
            return read_dispute(found["dispute"])

        path = f"/v2/disputes/{quote(dispute_id, safe='')}"
        return await self._calls.get("disputes.get", path, credentials.access_token, read, deadline=deadline)
