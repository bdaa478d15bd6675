"""Every operation that the four documents name, knocked at with the wrong keys (C-12)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from chassis.keys import SigningKey
from chassis.tokens import Role, TokenSigner
from stack.layout import SERVICES
from tests.fixtures.stack import WholeStack

pytestmark = pytest.mark.proves("C-12", "C-13")

METHODS = frozenset({"get", "post", "put", "patch", "delete"})
NOBODYS_ID = "0190b3a0-0000-7000-8000-000000000000"
# Open on purpose, with what an empty request from nobody is answered: buyers and vendors have other proofs.
HEALTH = "GET /api/health"
OPEN = {
    "GET /api/config/public": 200,
    "POST /api/create-checkout-session": 422,
    "POST /api/waitlist": 422,
    "POST /api/activity": 422,
    "POST /api/feedback": 422,
    "POST /api/support": 422,
    "GET /api/passes": 404,
    "POST /api/passes/buy": 422,
    "POST /api/verify-member": 422,
    "GET /api/orders/{order_id}": 404,
    "GET /api/orders/{order_id}/checkout": 404,
    "GET /api/orders/{order_id}/events": 404,
    "GET /api/orders/{order_id}/calendar.ics": 404,
    "POST /api/webhooks/stripe": 400,
    "POST /api/webhooks/stripe/connect": 400,
    "POST /api/v1/webhooks/{processor}/{connection_id}": 422,
    "GET /api/inventory": 200,
    "GET /api/inventory/{city_id}": 404,
    "POST /api/webhooks/twilio/status": 415,
    "POST /api/webhooks/twilio/inbound": 415,
    "POST /api/webhooks/sendgrid": 400,
    "POST /api/webhooks/slack": 415,
    "POST /api/webhooks/pagerduty": 400,
    HEALTH: 200,
    "POST /api/auth/login": 422,
    "POST /api/auth/refresh": 401,
    "POST /api/auth/logout": 204,
}
WRONG_KEYS = {
    "none": (401, "token_missing"),
    "nonsense": (401, "token_invalid"),
    "expired": (401, "token_expired"),
    "foreign": (401, "token_invalid"),
    "provider": (403, "role_missing"),
}


@dataclass(frozen=True, slots=True)
class Door:
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def knock(self, stack: WholeStack, token: str | None) -> tuple[int, str | None]:
        """Status of an empty request, and the code of its refusal."""
        path = "/".join(NOBODYS_ID if part.startswith("{") else part for part in self.path.split("/"))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(stack.gateway_url + path, method=self.method, headers=headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 our own gateway
                return answer.status, None
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.load(refusal).get("code")


def doors(stack: WholeStack) -> Iterator[Door]:
    for service in SERVICES:
        url = f"{stack.gateway_url}/api/{service}/openapi.json"
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 our own gateway
            paths: dict[str, Any] = json.load(answer)["paths"]
        for path, operations in paths.items():
            yield from (Door(method.upper(), path) for method in operations if method in METHODS)


def wrong_keys(stack: WholeStack) -> Mapping[str, str | None]:
    own = TokenSigner(SigningKey.parse(stack.value("AUTH_SIGNING_KEY")))
    stranger = TokenSigner(SigningKey.generate("s1"))
    return {
        "none": None,
        "nonsense": "nonsense",
        "expired": own.issue("ann", email="a@example.com", role=Role.ADMIN, lifetime=timedelta(seconds=-60)),
        "foreign": stranger.issue("ann", email="a@example.com", role=Role.ADMIN),
        "provider": own.issue("pat", email="p@example.com", role=Role.PROVIDER, provider="p1"),
    }


def test_what_is_not_open_on_purpose_opens_to_no_wrong_key(stack: WholeStack) -> None:
    keys = wrong_keys(stack)
    found = list(doors(stack))
    closed = [door for door in found if str(door) not in OPEN]
    assert len(closed) >= 10
    assert {str(door) for door in found} >= OPEN.keys()
    seen = {(str(door), name): door.knock(stack, token) for door in closed for name, token in keys.items()}
    assert {at: told for at, told in seen.items() if told != WRONG_KEYS[at[1]]} == {}


@pytest.mark.proves("X-3")
@pytest.mark.parametrize(
    "address",
    [
        "/api/orders?state=paid",
        "/api/admin/webhooks?kind=charge.refunded",
        "/api/admin/inventory/transactions?city=dallas",
        "/api/notifications?status=sent",
        "/api/notifications/suppressions?reason=stop",
        "/api/alerts?state=firing",
        "/api/stream?topics=orders",
        "/api/admin/checkout/dlq?name=x",
    ],
)
def test_a_filter_that_is_not_there_is_refused_to_whoever_may_ask(stack: WholeStack, address: str) -> None:
    door = Door("GET", address)
    assert door.knock(stack, None) == (401, "token_missing")
    assert door.knock(stack, stack.token()) == (422, "invalid_request")


def test_what_is_open_answers_nobody_with_what_is_not_theirs(stack: WholeStack) -> None:
    seen = {str(door): door.knock(stack, None)[0] for door in doors(stack) if str(door) in OPEN}
    # On a busy machine a part may be late, and health says so.
    assert seen.pop(HEALTH) in {200, 503}
    assert seen == {door: status for door, status in OPEN.items() if door != HEALTH}
