"""Square's webhooks: what an application subscribed, signed over its address and the body."""

from __future__ import annotations

import base64
import hmac
import json
import uuid

from sandbox.core.http import Record, dumps
from sandbox.core.webhooks import Callbacks, Delivery, RetryPlan
from sandbox.square.state import Seller, SquareState

OPERATIONS = (
    "dispute.created",
    "dispute.state.updated",
    "oauth.authorization.revoked",
    "payment.created",
    "payment.updated",
    "refund.created",
    "refund.updated",
)
# Eleven more tries within a day, as Square's page on webhooks says.
_PLAN = RetryPlan(
    waits=(60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3840.0, 7680.0, 15360.0, 21600.0, 21600.0), timeout=10.0
)
TEST_SELLER = Seller("test", "Test", "US", "USD")


class SquareWebhooks(Callbacks):
    """One event to each subscription of an application that hears of the seller."""

    def __init__(self, state: SquareState) -> None:
        self._state = state
        state.world.webhooks.serve("square", self)

    def tell(self, kind: str, seller: Seller, name: str, subject: Record) -> None:
        """`kind` is the event's type, `name` what its object is called there."""
        self._send(kind, seller, {"type": name, "id": subject["id"], "object": {name: subject}})

    def revoked(self, seller: Seller, application: str, by: str) -> None:
        """Only the application whose permission is over hears of that."""
        revocation = {"revoked_at": self._state.now, "revoker_type": by}
        data = {"type": "revocation", "id": str(uuid.uuid4()), "object": {"revocation": revocation}}
        self._send("oauth.authorization.revoked", seller, data, only=application)

    async def test(self, subscription: Record, kind: str) -> tuple[Record, int]:
        """An event that never happened, to one subscription; the event, and what was answered (0: nothing)."""
        event = self._event(kind, TEST_SELLER, {"type": "test", "id": str(uuid.uuid4()), "object": {}})
        delivery = _delivery(subscription, event, self._url(subscription))
        return event, await self._state.world.webhooks.try_once(delivery)

    def _send(self, kind: str, seller: Seller, data: Record, *, only: str = "") -> None:
        hearing = {only} if only else self._state.permitted(seller)
        event = self._event(kind, seller, data)
        for subscription in list(self._state.subscriptions.values()):
            subscribed = subscription["enabled"] and kind in subscription["event_types"]
            if subscribed and subscription["application"] in hearing:
                self._state.world.webhooks.send(_delivery(subscription, event, self._url(subscription)))

    def _event(self, kind: str, seller: Seller, data: Record) -> Record:
        return {
            "merchant_id": seller.id, "type": kind, "event_id": str(uuid.uuid4()), "created_at": self._state.now,
            "data": json.loads(json.dumps(data)),
        }  # fmt: skip

    def _url(self, subscription: Record) -> str:
        return self._state.world.settings.callback_url("square", subscription["notification_url"])

    def headers(self, delivery: Delivery, *, genuine: bool) -> dict[str, str]:
        key = delivery.notes["key"] + ("" if genuine else "-not")
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Square Connect v2",
            "Square-Environment": "Sandbox",
            "X-Square-HmacSha256-Signature": signature(key, delivery.notes["url"], delivery.body),
        }
        if delivery.attempts > 1:
            headers |= {"Square-Retry-Number": str(delivery.attempts - 1), "Square-Retry-Reason": "http_error"}
        return headers


def signature(key: str, url: str, body: bytes) -> str:
    """Base64 of the HMAC-SHA256 over the subscription's address and the body."""
    return base64.b64encode(hmac.digest(key.encode(), url.encode() + body, "sha256")).decode()


def _delivery(subscription: Record, event: Record, url: str) -> Delivery:
    return Delivery(
        vendor="square",
        operation=event["type"],
        url=url,
        body=dumps(event),
        plan=_PLAN,
        notes={"key": subscription["signature_key"], "url": subscription["notification_url"]},
    )
