"""Playbooks about vendors, rehearsed: the vendor fails, each command runs, and what "Verify" says is seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.fixtures.hands import ask, control
from tests.fixtures.stack import WholeStack
from tests.integration.playbooks.rehearsal import Rehearsal

pytestmark = pytest.mark.proves("O-3")

CITY = "thread-playbooks"
PATIENCE = 90


def buy(stack: WholeStack, email: str) -> tuple[int, Any]:
    customer = {"firstName": "Jordan", "lastName": "Ellis", "email": email, "businessType": "barber"}
    wish = {"ticketType": "GA", "quantity": 1, "isSixFBMember": False, "customerData": customer, "cityId": CITY}
    return ask(f"{stack.gateway_url}/api/create-checkout-session", "POST", wish)


def pay(stack: WholeStack, email: str) -> str:
    """The order's id."""
    status, made = buy(stack, email)
    assert status == 200, made
    control(stack, "POST", f"stripe/sessions/{made['sessionId']}/pay", {"card": "4242424242424242"})
    return str(made["orderId"])


def until(seen: Callable[[], str], *words: str) -> str:
    """What is shown, once all the words are in it."""
    deadline = time.monotonic() + PATIENCE
    while not all(word in (shown := seen()) for word in words):
        assert time.monotonic() < deadline, shown
        time.sleep(0.5)
    return shown


def test_payment_failure(vendors: WholeStack) -> None:
    control(vendors, "POST", "faults", {"vendor": "stripe", "kind": "error", "status": 503})
    assert buy(vendors, "early@example.com")[0] == 502
    rehearsal = Rehearsal(stack=vendors, name="payment-failure")
    seen = rehearsal.look()
    assert "Stripe is in trouble (HTTP 503)" in seen
    assert "payment_processing_failed" in seen
    acted = rehearsal.act()
    assert acted.index("Our payment processor is out of order.") < acted.index("Purchases go on")
    control(vendors, "DELETE", "faults")
    order = pay(vendors, "late@example.com")
    until(rehearsal.verify, f"checkout_session_created order_id={order}", f"payment_successful order_id={order}")


def test_sms_failures(vendors: WholeStack) -> None:
    control(vendors, "POST", "faults", {"vendor": "twilio", "kind": "error", "status": 503})
    order = pay(vendors, "sms@example.com")
    rehearsal = Rehearsal(stack=vendors, name="sms-failures")
    until(rehearsal.look, "Twilio is in trouble (HTTP 503)", "delivery_retried", f"order={order}")
    control(vendors, "DELETE", "faults")
    until(rehearsal.verify, "sms_notification_sent", "delivery_receipt")


def test_webhook_forgery(vendors: WholeStack) -> None:
    status, refused = ask(f"{vendors.gateway_url}/api/webhooks/stripe", "POST", {"id": "evt_forged"})
    assert (status, refused["code"]) == (400, "signature_missing")
    rehearsal = Rehearsal(stack=vendors, name="webhook-forgery")
    until(rehearsal.look, "signature_missing vendor=stripe")
    pay(vendors, "taken@example.com")
    until(rehearsal.verify, "webhook_received")
