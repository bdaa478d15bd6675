"""Playbooks about vendors, rehearsed: the vendor fails, each command runs, and what "Verify" says is seen."""

from __future__ import annotations

import pytest

from stack import environment
from tests.fixtures.hands import ask, control
from tests.fixtures.stack import WholeStack
from tests.integration.playbooks.hands import bought, buy, set_wrongly
from tests.integration.playbooks.rehearsal import Rehearsal, until

pytestmark = pytest.mark.proves("O-3")


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
    order = bought(vendors, "late@example.com").id
    until(rehearsal.verify, f"checkout_session_created order_id={order}", f"payment_successful order_id={order}")


def test_payment_page_silent(vendors: WholeStack) -> None:
    slow = {"vendor": "stripe", "kind": "timeout_before", "operation": "checkout.sessions.create"}
    control(vendors, "POST", "faults", slow)
    assert buy(vendors, "waits@example.com")[0] in {502, 503}
    rehearsal = Rehearsal(stack=vendors, name="payment-page-silent")
    seen = rehearsal.look()
    assert "api_timeout vendor=stripe" in seen
    assert "slow_request" in seen
    acted = rehearsal.act()
    assert acted.index("Our payment processor is slow.") < acted.index("Purchases go on")
    control(vendors, "DELETE", "faults")
    order = bought(vendors, "through@example.com").id
    until(rehearsal.verify, f"checkout_session_created order_id={order}", f"payment_successful order_id={order}")


def test_checkout_session_fails(vendors: WholeStack) -> None:
    rehearsal = Rehearsal(stack=vendors, name="checkout-session-fails")
    with set_wrongly(vendors, "checkout", STRIPE_SECRET_KEY="sk_test_sandboxofanotheraccount"):
        assert buy(vendors, "refused@example.com")[0] == 502
        seen = rehearsal.look()
        assert "Stripe refuses STRIPE_SECRET_KEY (HTTP 401)" in seen
        assert "stripe_api_errors" in seen
        assert "status=401" in seen
    rehearsal.act()
    order = bought(vendors, "served@example.com").id
    verified = until(
        rehearsal.verify, f"checkout_session_created order_id={order}", f"payment_successful order_id={order}"
    )
    assert "✓ stripe" in verified


def test_sms_failures(vendors: WholeStack) -> None:
    control(vendors, "POST", "faults", {"vendor": "twilio", "kind": "error", "status": 503})
    order = bought(vendors, "sms@example.com").id
    rehearsal = Rehearsal(stack=vendors, name="sms-failures")
    until(rehearsal.look, "Twilio is in trouble (HTTP 503)", "delivery_retried", f"order={order}")
    control(vendors, "DELETE", "faults")
    until(rehearsal.verify, "sms_notification_sent", "delivery_receipt")


def test_sms_misconfigured(vendors: WholeStack) -> None:
    rehearsal = Rehearsal(stack=vendors, name="sms-misconfigured")
    file = vendors.layout.env_file
    with set_wrongly(vendors, "notifier", TWILIO_AUTH_TOKEN="0" * 32):
        order = bought(vendors, "sms.waits@example.com").id
        until(
            rehearsal.look,
            "Twilio refuses TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (HTTP 401)",
            "vendor_account_trouble",
        )
        right = environment.read(file)
        environment.write(file, {**right, "SMS_TARGET_NUMBERS": "555-01"})
        assert "✗ sms targets" in rehearsal.look()
    assert "Taken, there known as SM" in rehearsal.act()
    verified = until(rehearsal.verify, "sms_notification_sent", f"order={order}", "delivery_receipt")
    assert all(f"✓ {check}" in verified for check in ("variables", "twilio", "sms targets"))


def test_email_failures(vendors: WholeStack) -> None:
    control(vendors, "POST", "faults", {"vendor": "sendgrid", "kind": "error", "status": 503})
    order = bought(vendors, "mail@example.com").id
    rehearsal = Rehearsal(stack=vendors, name="email-failures")
    until(rehearsal.look, "SendGrid is in trouble (HTTP 503)", "delivery_retried", f"order={order}")
    control(vendors, "DELETE", "faults")
    assert "Taken, there known as" in rehearsal.act()
    until(rehearsal.verify, "✓ sendgrid", "email_notification_sent", "delivery_receipt")


@pytest.mark.proves("O-3", "A-5", "P-12")
def test_processor_connection_failure(vendors: WholeStack) -> None:
    """The processor refuses a provider's credentials, and takes them again when somebody asks."""
    provider, token = 4701, vendors.token()
    known = {"name": "Elm Street Barbers", "email": "elm@example.com"}
    assert ask(f"{vendors.gateway_url}/api/admin/providers/{provider}", "PUT", known, token=token)[0] == 200
    control(
        vendors,
        "POST",
        "faults",
        {"vendor": "square", "kind": "error", "operation": "locations.list", "status": 401, "code": "UNAUTHORIZED"},
    )
    wish = {"provider": provider, "processor": "square", "credentials": {"access_token": "EAAAsandbox-elm"}}
    status, made = ask(f"{vendors.gateway_url}/api/v1/external-payments/connections", "POST", wish, token=token)
    assert status == 200, made
    words = {"PROVIDER": str(provider), "CONNECTION": str(made["id"])}
    rehearsal = Rehearsal(stack=vendors, name="processor-connection-failure", words=words)
    failed = f"connection {made['id']} of provider {provider} to square is error"
    seen = until(rehearsal.look, f"Connection {made['id']} of provider {provider}", failed)
    assert "Checks passed: 4/5" in seen
    assert "Issues found: 1" in seen
    control(vendors, "DELETE", "faults")
    assert "Fallback is on" in rehearsal.act()
    verified = until(rehearsal.verify, "is connected", "Checks passed: 5/5")
    assert f"connection {made['id']} of provider {provider} to square has no webhook url" in verified
    gone = f"{vendors.gateway_url}/api/v1/external-payments/connections/{made['id']}"
    assert ask(gone, "DELETE", token=token)[0] == 200
