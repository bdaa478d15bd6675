"""Square's own SDK against the stand-in: subscriptions, and the check of signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from square import Square
from square.utils.webhooks_helper import verify_signature

from sandbox.square.state import PERSONAL
from tests.contract.sandbox.square_client import ELM, Connect, charge, granted, refused
from tests.contract.sandbox.support import SQUARE_APPLICATION, SQUARE_SECRET, SQUARE_TOKEN, Hook, Running

pytestmark = pytest.mark.proves("S-1", "S-2", "S-4")
ALL = ["dispute.created", "oauth.authorization.revoked", "payment.created", "payment.updated", "refund.created",
       "refund.updated"]  # fmt: skip


def _subscribed(square: Running, connect: Connect, **more: Any) -> tuple[str, str, Square]:
    """An address of its own, the key, and the application that hears of what is sent to it."""
    app, url = connect(SQUARE_TOKEN), f"{square.receiver.url}/square/{uuid4()}"
    wanted: Any = {"name": "Payments", "event_types": ALL, "notification_url": url} | more
    made = app.webhooks.subscriptions.create(subscription=wanted, idempotency_key=str(uuid4())).subscription
    assert made is not None
    return url, str(made.signature_key), app


def _at(url: str) -> Callable[[Hook], bool]:
    return lambda hook: hook.path == urlsplit(url).path


def _genuine(hook: Hook, key: str, url: str) -> bool:
    return verify_signature(
        request_body=hook.body.decode(), signature_key=key, notification_url=url,
        signature_header=hook.headers["x-square-hmacsha256-signature"],
    )  # fmt: skip


def test_webhooks_are_signed_as_the_sdk_checks_them(square: Running, connect: Connect) -> None:
    square.control("DELETE", "faults")
    url, key, _ = _subscribed(square, connect)
    token = connect().o_auth.obtain_token(
        client_id=SQUARE_APPLICATION, client_secret=SQUARE_SECRET, grant_type="authorization_code",
        code=granted(square),
    )  # fmt: skip
    square.fault(vendor="square", operation="payment.created", kind="bad_signature", count=1)
    square.fault(vendor="square", operation="payment.updated", kind="duplicate_webhook", count=1)
    payment = charge(connect(token.access_token), 500)
    (first,) = square.receiver.wait(1, where=_at(url))
    assert not _genuine(first, key, url)
    square.control("POST", f"square/payments/{payment.id}/refund", {"amount": 200})
    hooks = square.receiver.wait(4, where=_at(url))
    assert all(_genuine(hook, key, url) for hook in hooks[1:])
    kinds = sorted(hook.json()["type"] for hook in hooks)
    assert kinds == ["payment.created", "payment.updated", "payment.updated", "refund.created"]
    twice = {hook.json()["event_id"] for hook in hooks if hook.json()["type"] == "payment.updated"}
    assert len(twice) == 1
    event = first.json()
    assert (event["merchant_id"], event["data"]["object"]["payment"]["id"]) == (ELM.id, payment.id)
    square.control("POST", f"square/sellers/{ELM.id}/revoke", {})
    revoked = square.receiver.wait(1, where=lambda hook: _at(url)(hook) and "revoked" in hook.json()["type"])[0]
    assert revoked.json()["data"]["object"]["revocation"]["revoker_type"] == "MERCHANT"


def test_subscriptions_are_changed_tested_and_ended(square: Running, connect: Connect) -> None:
    url, key, app = _subscribed(square, connect, enabled=False)
    hidden = [each.notification_url for each in app.webhooks.subscriptions.list()]
    assert url not in hidden
    known = next(
        each for each in app.webhooks.subscriptions.list(include_disabled=True) if each.notification_url == url
    )
    subscription_id: Any = known.id
    app.webhooks.subscriptions.update(subscription_id=subscription_id, subscription={"enabled": True})
    read = app.webhooks.subscriptions.get(subscription_id=subscription_id).subscription
    assert read is not None
    assert (read.enabled, read.signature_key) == (True, key)
    result = app.webhooks.subscriptions.test(
        subscription_id=subscription_id, event_type="payment.created"
    ).subscription_test_result
    assert result is not None
    assert result.status_code == 200
    (hook,) = square.receiver.wait(1, where=_at(url))
    assert _genuine(hook, key, url)
    app.webhooks.subscriptions.delete(subscription_id=subscription_id)
    assert refused(lambda: app.webhooks.subscriptions.get(subscription_id=subscription_id))[2] == "NOT_FOUND"
    seller = connect(PERSONAL + ELM.short)
    assert url not in [each.notification_url for each in seller.webhooks.subscriptions.list(include_disabled=True)]
