"""What of our commission went back with a payment at Stripe: only the fee says it, which is our own platform's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from checkout.processors.stripe_calls import StripeConnectCalls
from checkout.processors.stripe_objects import read_payment, read_state


class StripeFees:
    """Raises ProcessorFailure."""

    def __init__(self, calls: StripeConnectCalls) -> None:
        self._calls = calls

    async def back(self, intent: Mapping[str, Any] | None, deadline: timedelta) -> int:
        """Minor units; 0 where nothing went back of the payment, or there is no fee."""
        charge = (intent or {}).get("latest_charge") or {}
        fee_id = charge.get("application_fee") if charge.get("amount_refunded") else None
        if not fee_id:
            return 0
        path = f"/v1/application_fees/{quote(fee_id, safe='')}"
        return await self._calls.get("application_fees.read", path, None, _amount_refunded, deadline=deadline)


def readable_page(session: Mapping[str, Any]) -> Mapping[str, Any]:
    """A session as it came, if it can be read."""
    read_state(session)
    return session


def readable_payment(intent: Mapping[str, Any]) -> Mapping[str, Any]:
    """A payment intent as it came, if it can be read."""
    read_payment(intent)
    return intent


def _amount_refunded(fee: Mapping[str, Any]) -> int:
    return int(fee["amount_refunded"])
