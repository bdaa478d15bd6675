"""Inventory's internal API for who waits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from chassis.errors import Condition
from chassis.http_client import VendorClient, VendorFailure, VendorResponse
from chassis.telemetry import get_logger
from chassis.tokens import ServiceTokens
from checkout.catalogue.errors import UnknownCity
from checkout.waitlist.domain import Joined, JoinWish, Place, PlaceLink, PlaceState
from checkout.waitlist.errors import MoreThanThereAre, SeatsAvailable, UnknownPlace, WaitlistClosed, WaitlistUnavailable
from languages import current

log = get_logger()

_AUDIENCE: Final = "inventory"
_PATH: Final = "/internal/waitlist"
_NOT_FOUND: Final = 404


class WaitlistClient:
    """Asks within a deadline; an inventory that is away, or answers what nobody understands, is WaitlistUnavailable."""

    def __init__(self, client: VendorClient, tokens: ServiceTokens, *, deadline: timedelta) -> None:
        self._client = client
        self._tokens = tokens
        self._deadline = deadline

    async def join(self, wish: JoinWish) -> Joined:
        """Raises UnknownCity, WaitlistClosed, SeatsAvailable, MoreThanThereAre or WaitlistUnavailable."""
        body = {
            "cityId": wish.city_id,
            "tier": wish.tier,
            "quantity": wish.quantity,
            "email": wish.email,
            "firstName": wish.first_name,
            "language": current().tag,
        }
        answer = await self._ask("POST", _PATH, "waitlist.join", body=json.dumps(body).encode())
        return Joined(quantity=int(answer["quantity"]), ahead=int(answer["ahead"]))

    async def place(self, link: PlaceLink) -> Place:
        """Raises UnknownPlace or WaitlistUnavailable."""
        return _place(link, await self._ask("GET", f"{_PATH}/{link.entry_id}", "waitlist.place", token=link.token))

    async def leave(self, link: PlaceLink) -> None:
        """Who is no longer in line has left. Raises UnknownPlace or WaitlistUnavailable."""
        await self._ask("DELETE", f"{_PATH}/{link.entry_id}", "waitlist.leave", token=link.token)

    async def _ask(
        self, method: str, path: str, operation: str, *, token: str = "", body: bytes | None = None
    ) -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {self._tokens.issue('checkout', _AUDIENCE)}", "Waitlist-Token": token}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            response = await self._client.request(
                method, path, operation=operation, headers=headers, body=body, timeout=self._deadline
            )
            found = response.json() if response.body else {}
        except (VendorFailure, ValueError) as failure:
            raise WaitlistUnavailable from failure
        if not response.ok:
            raise _refusal(response, found)
        return found if isinstance(found, dict) else {}


def _refusal(response: VendorResponse, problem: Mapping[str, Any]) -> Condition:
    match problem.get("code"):
        case "unknown_city" | "unknown_tier":
            return UnknownCity()
        case WaitlistClosed.code:
            return WaitlistClosed()
        case SeatsAvailable.code:
            return SeatsAvailable(problem.get("available") or {})
        case MoreThanThereAre.code:
            return MoreThanThereAre(int(problem.get("most") or 0))
        case _ if response.status == _NOT_FOUND:
            return UnknownPlace()
        case code:
            log.warning("waitlist_refused", reason=f"status {response.status} {code}")
            return WaitlistUnavailable()


def _place(link: PlaceLink, answer: Mapping[str, Any]) -> Place:
    try:
        offer, until = answer["offerId"], answer["offeredUntil"]
        return Place(
            link=link,
            city_id=answer["cityId"],
            tier=answer["tier"],
            quantity=int(answer["quantity"]),
            first_name=answer["firstName"],
            email=answer["email"],
            state=PlaceState(answer["state"]),
            ahead=int(answer["ahead"]),
            offer_id=UUID(offer) if offer else None,
            offered_until=datetime.fromisoformat(until) if until else None,
        )
    except (KeyError, ValueError, TypeError) as error:
        raise WaitlistUnavailable from error
