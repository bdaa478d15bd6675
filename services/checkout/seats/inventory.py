"""The one synchronous call on the purchase path: inventory holds the seats (I-2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any, Final, Protocol
from uuid import UUID

from chassis.http_client import VendorClient, VendorFailure, VendorResponse, VendorUnavailable
from chassis.telemetry import get_logger
from chassis.tokens import ServiceTokens

log = get_logger()

_AGAIN_SECONDS: Final = 0.1
_AUDIENCE = "inventory"
_CONFLICT = 409
# The catalogue that checkout sells from has not come to inventory yet.
_UNHEARD: Final = frozenset({"unknown_city", "unknown_tier"})
# What a gateway before inventory says where it reaches no process; inventory itself names a code.
_UNREACHED: Final = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRequest:
    """Seats that are to be kept for an order.

    order_id: the order
    city_id: the workshop's city
    tier: the kind of seat
    quantity: how many seats, all or none
    duration: how long inventory keeps them by itself: the payment page's time and 5 minutes
    offer_id: the offer of the waiting list that is taken with it
    """

    order_id: UUID
    city_id: str
    tier: str
    quantity: int
    duration: timedelta
    offer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """Seats that are kept for an order.

    delayable: whether their pool bears that their money comes later (X-5)
    """

    delayable: bool


class NotEnoughSeats(Exception):  # noqa: N818 a condition
    """All or nothing: `available` is what each tier still has."""

    def __init__(self, available: Mapping[str, int]) -> None:
        self.available = dict(available)
        super().__init__("not enough seats")


class HoldFailed(Exception):  # noqa: N818 a condition
    """No hold, as far as is known: one may have been made all the same, so the seats are given back."""


class Seats(Protocol):
    """Who keeps the seats; `tests/unit/checkout/payments` has its fake."""

    async def hold(self, request: HoldRequest) -> Held:
        """Raises NotEnoughSeats or HoldFailed."""
        ...

    async def release(self, order_id: UUID) -> bool:
        """Gives the seats of an order back, also of one that inventory never heard of; whether it was told."""
        ...


class InventoryClient:
    """Inventory's internal API, within a deadline that both sides know."""

    def __init__(
        self, client: VendorClient, tokens: ServiceTokens, *, deadline: timedelta, patience: timedelta
    ) -> None:
        """`deadline` of one call; `patience` with an inventory that restarts or has yet to read the catalogue."""
        self._patience = patience
        self._client = client
        self._tokens = tokens
        self._deadline = deadline

    async def hold(self, request: HoldRequest) -> Held:
        body = {
            "orderId": str(request.order_id),
            "cityId": request.city_id,
            "tier": request.tier,
            "quantity": request.quantity,
            "holdSeconds": int(request.duration.total_seconds()),
            "deadlineMs": int(self._deadline.total_seconds() * 1000),
            "offerId": str(request.offer_id) if request.offer_id else None,
        }
        try:
            response = await self._insist(json.dumps(body).encode())
        except VendorFailure as failure:
            raise HoldFailed(failure.reason) from failure
        if not response.ok:
            raise _refusal(request, response)
        return _held(response)

    async def release(self, order_id: UUID) -> bool:
        try:
            response = await self._call("DELETE", f"/internal/holds/{order_id}", "holds.release", None)
        except VendorFailure as failure:
            log.warning("hold_release_failed", order_id=str(order_id), reason=failure.reason)
            return False
        if not response.ok:
            log.warning("hold_release_failed", order_id=str(order_id), reason=f"status {response.status}")
        return response.ok

    async def _insist(self, body: bytes) -> VendorResponse:
        """Waits for an inventory that is being restarted, as the gateway does (L-10), or has not heard of the city yet:
        who asks again for the same order has the same hold. An inventory that is there and slow is not asked twice.
        """
        until = monotonic() + self._patience.total_seconds()
        while True:
            try:
                response = await self._call("POST", "/internal/holds", "holds.create", body)
            except VendorUnavailable:
                if monotonic() > until:
                    raise
            else:
                if not _undecided(response) or monotonic() > until:
                    return response
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _call(self, method: str, path: str, operation: str, body: bytes | None) -> VendorResponse:
        token = self._tokens.issue("checkout", _AUDIENCE)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return await self._client.request(
            method, path, operation=operation, headers=headers, body=body, timeout=self._deadline
        )


def _held(response: VendorResponse) -> Held:
    """What inventory doesn't say, as one of an earlier version, is not taken for a yes."""
    try:
        return Held(delayable=response.json().get("delayable") is True)
    except (ValueError, AttributeError) as error:
        raise HoldFailed("the answer can't be read") from error


def _refusal(request: HoldRequest, response: VendorResponse) -> Exception:
    problem = _problem(response)
    if response.status == _CONFLICT and problem.get("code") == "sold_out":
        return NotEnoughSeats(problem.get("available") or {})
    reason = f"status {response.status} {problem.get('code', '')}"
    log.warning("hold_failed", order_id=str(request.order_id), reason=reason)
    return HoldFailed(reason)


def _undecided(response: VendorResponse) -> bool:
    code = _problem(response).get("code")
    return code in _UNHEARD or (code is None and response.status in _UNREACHED)


def _problem(response: VendorResponse) -> Mapping[str, Any]:
    """The body of a refusal; empty where there is none to read."""
    if response.ok:
        return {}
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
