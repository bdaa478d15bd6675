"""Webhooks of PayPal's stand-in, by plain HTTP and code of our own: the SDK has none."""

from __future__ import annotations

import base64
import zlib
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.contract.sandbox.paypal_client import Seller
from tests.contract.sandbox.support import Hook

pytestmark = pytest.mark.proves("S-1", "S-2", "S-4")


def _hooks(seller: Seller, path: str, count: int) -> list[Hook]:
    return seller.sandbox.receiver.wait(count, where=lambda hook: hook.path == path)


def _signed(seller: Seller, hook: Hook, webhook_id: str) -> bool:
    """PayPal's scheme, by the certificate that the webhook names."""
    address = urlsplit(hook.headers["paypal-cert-url"])
    pem = seller.sandbox.http.get(f"{seller.sandbox.url}{address.path}").content
    key = x509.load_pem_x509_certificate(pem).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    sent, moment = hook.headers["paypal-transmission-id"], hook.headers["paypal-transmission-time"]
    message = f"{sent}|{moment}|{webhook_id}|{zlib.crc32(hook.body)}".encode()
    signature = base64.b64decode(hook.headers["paypal-transmission-sig"])
    try:
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def test_webhooks_are_signed_by_paypals_certificate(seller: Seller) -> None:
    webhook = seller.subscribed("/hooks/signed", "PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.REFUNDED")
    capture = seller.paid()
    seller.sandbox.control("POST", f"paypal/captures/{capture.id}/refund", {"amount": 1000}, status=201)
    hooks = {hook.json()["event_type"]: hook for hook in _hooks(seller, "/hooks/signed", 2)}
    completed, refunded = hooks["PAYMENT.CAPTURE.COMPLETED"], hooks["PAYMENT.CAPTURE.REFUNDED"]
    event = completed.json()
    assert event["resource"]["id"] == capture.id
    assert (refunded.json()["resource_type"], refunded.json()["resource"]["amount"]["value"]) == ("refund", "10.00")
    assert _signed(seller, completed, webhook["id"])
    assert not _signed(seller, completed, "ANOTHER")
    checked = {
        "auth_algo": completed.headers["paypal-auth-algo"], "cert_url": completed.headers["paypal-cert-url"],
        "transmission_id": completed.headers["paypal-transmission-id"],
        "transmission_sig": completed.headers["paypal-transmission-sig"],
        "transmission_time": completed.headers["paypal-transmission-time"], "webhook_id": webhook["id"],
        "webhook_event": event,
    }  # fmt: skip
    path = "v1/notifications/verify-webhook-signature"
    assert seller.call("POST", path, checked)["verification_status"] == "SUCCESS"
    forged = checked | {"webhook_event": event | {"summary": "Another"}}
    assert seller.call("POST", path, forged)["verification_status"] == "FAILURE"
    seller.sandbox.fault(vendor="paypal", operation="PAYMENT.CAPTURE.REVERSED", kind="bad_signature", count=1)
    seller.subscribed("/hooks/bad", "PAYMENT.CAPTURE.REVERSED")
    seller.sandbox.control("POST", f"paypal/captures/{seller.paid().id}/reverse", status=201)
    (bad,) = _hooks(seller, "/hooks/bad", 1)
    assert not _signed(seller, bad, webhook["id"])


def test_webhooks_are_listed_changed_and_tried_out(seller: Seller) -> None:
    webhook = seller.subscribed("/hooks/first")
    path = f"v1/notifications/webhooks/{webhook['id']}"
    seller.call(
        "POST", "v1/notifications/webhooks", {"url": webhook["url"], "event_types": [{"name": "*"}]}, status=400
    )
    assert [each["id"] for each in seller.call("GET", "v1/notifications/webhooks")["webhooks"]] == [webhook["id"]]
    moved = [{"op": "replace", "path": "/url", "value": f"{seller.sandbox.receiver.url}/hooks/second"}]
    assert seller.call("PATCH", path, moved)["url"].endswith("/hooks/second")
    event = {"webhook_id": webhook["id"], "event_type": "PAYMENT.CAPTURE.COMPLETED"}
    seller.call("POST", "v1/notifications/simulate-event", event, status=202)
    (hook,) = _hooks(seller, "/hooks/second", 1)
    assert _signed(seller, hook, webhook["id"])
    seller.call("DELETE", path, status=204)
    seller.call("GET", path, status=404)
