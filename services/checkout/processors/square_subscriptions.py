"""Square's webhook subscriptions of an application: ours, or that of whoever pasted a token."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

from pydantic import SecretStr

from checkout.payments.processors.port import ProcessorRefused
from checkout.processors.news import Subscription
from checkout.processors.square_calls import SquareCalls, bearer
from checkout.processors.square_objects import HANDLED, read_subscription

_SUBSCRIPTIONS: Final = "/v2/webhooks/subscriptions"
_PAGE: Final = 100


class SquareSubscriptions:
    """Raises ProcessorFailure. `token`: of the application that hears."""

    def __init__(self, calls: SquareCalls) -> None:
        self._calls = calls

    async def register(self, token: SecretStr, url: str, *, deadline: timedelta) -> Subscription:
        """Makes the subscription, or repairs the one that is there."""
        wanted = {"name": "Payments", "enabled": True, "event_types": HANDLED, "notification_url": url}
        known = await self._subscribed(token, url, deadline)
        if known is None:
            body = {"subscription": wanted, "idempotency_key": str(uuid4())}
            return await self._calls.send(
                "subscriptions.create", "POST", _SUBSCRIPTIONS, bearer(token), body, _subscription, deadline=deadline
            )
        path = f"{_SUBSCRIPTIONS}/{known}"
        await self._calls.send(
            "subscriptions.update", "PUT", path, bearer(token), {"subscription": wanted}, dict, deadline=deadline
        )
        return await self._calls.get("subscriptions.get", path, token, _subscription, deadline=deadline)

    async def test(self, token: SecretStr, subscription_id: str, *, deadline: timedelta) -> None:
        """Has a test event sent; ProcessorRefused when it was not taken there."""
        path = f"{_SUBSCRIPTIONS}/{quote(subscription_id, safe='')}/test"
        status = await self._calls.send(
            "subscriptions.test", "POST", path, bearer(token), {"event_type": "payment.updated"},
            lambda found: int(found["subscription_test_result"].get("status_code") or 0), deadline=deadline,
        )  # fmt: skip
        if not 200 <= status < 300:
            raise ProcessorRefused(status, "webhook_not_taken", f"the test event was answered with {status}")

    async def remove(self, token: SecretStr, subscription_id: str, *, deadline: timedelta) -> None:
        """Ends it; one that is gone already stays so."""
        path = f"{_SUBSCRIPTIONS}/{quote(subscription_id, safe='')}"
        await self._calls.end("subscriptions.delete", path, token, deadline=deadline)

    async def _subscribed(self, token: SecretStr, url: str, deadline: timedelta) -> str | None:
        """The subscription that has this address; an application has few enough for one page."""

        def read(found: Mapping[str, Any]) -> str | None:
            known = found.get("subscriptions") or ()
            return next((quote(each["id"], safe="") for each in known if each["notification_url"] == url), None)

        path = f"{_SUBSCRIPTIONS}?include_disabled=true&limit={_PAGE}"
        return await self._calls.get("subscriptions.list", path, token, read, deadline=deadline)


def _subscription(answer: Mapping[str, Any]) -> Subscription:
    return read_subscription(answer["subscription"])
