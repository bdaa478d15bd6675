"""Callbacks with a vendor's own signature and whatever content a test likes."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Mapping
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator

from tests.integration.notifier.harness import World

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


async def by_twilio(world: World, path: str, form: Mapping[str, str]) -> int:
    url = f"{world.values['PUBLIC_URL']}/api/webhooks/twilio/{path}"
    validator = RequestValidator(world.values["TWILIO_AUTH_TOKEN"])
    signature = validator.compute_signature(url, ImmutableMultiDict(form.items()))
    return await _post(world, f"twilio/{path}", urlencode(form).encode(), {**FORM, "X-Twilio-Signature": signature})


async def by_sendgrid(world: World, body: bytes) -> int:
    key = load_der_private_key(base64.b64decode(world.values["SANDBOX_SENDGRID_SIGNING_KEY"]), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    now = str(int(time.time()))
    signature = base64.b64encode(key.sign(now.encode() + body, ECDSA(hashes.SHA256()))).decode()
    names = "X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp"
    return await _post(world, "sendgrid", body, {**JSON, names[0]: signature, names[1]: now})


async def by_slack(world: World, payload: str) -> int:
    now, body = str(int(time.time())), urlencode({"payload": payload}).encode()
    signature = f"v0={_mac(world.values['SLACK_SIGNING_SECRET'], b'v0:' + now.encode() + b':' + body)}"
    headers = {**FORM, "X-Slack-Signature": signature, "X-Slack-Request-Timestamp": now}
    return await _post(world, "slack", body, headers)


async def by_pagerduty(world: World, body: bytes) -> int:
    signature = f"v1={_mac(world.values['PAGERDUTY_WEBHOOK_SECRET'], body)}"
    return await _post(world, "pagerduty", body, {**JSON, "X-PagerDuty-Signature": signature})


def _mac(secret: str, text: bytes) -> str:
    return hmac.new(secret.encode(), text, "sha256").hexdigest()


async def _post(world: World, path: str, body: bytes, headers: Mapping[str, str]) -> int:
    async with world.http.post(
        f"{world.values['PUBLIC_URL']}/api/webhooks/{path}", data=body, headers=headers
    ) as answer:
        return answer.status
