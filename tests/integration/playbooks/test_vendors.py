"""Playbooks about vendors, rehearsed: the vendor fails, each command runs, and what "Verify" says is seen."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from http import HTTPStatus

import aiohttp
import pytest

from chassis.clock import SystemClock
from chassis.database import Database
from stack import environment
from tests.fixtures.hands import ask, control
from tests.fixtures.ledger import connect, sell
from tests.fixtures.stack import WholeStack
from tests.integration.playbooks.hands import bought, buy, order_of, set_wrongly
from tests.integration.playbooks.providers import (
    CONNECTIONS,
    SQUARE_REFUSES,
    appointment_paid,
    connected,
    kept_settings,
    settled,
)
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
    settled(vendors, provider, {})
    control(vendors, "POST", "faults", SQUARE_REFUSES)
    made = connected(vendors, provider, "EAAAsandbox-elm")
    words = {"PROVIDER": str(provider), "CONNECTION": str(made["id"])}
    rehearsal = Rehearsal(stack=vendors, name="processor-connection-failure", words=words)
    failed = f"connection {made['id']} of provider {provider} to square is error"
    seen = until(rehearsal.look, f"Connection {made['id']} of provider {provider}", failed)
    assert "Checks passed: 5/6" in seen
    assert "Issues found: 1" in seen
    control(vendors, "DELETE", "faults")
    assert "Fallback is on" in rehearsal.act()
    verified = until(rehearsal.verify, "is connected", "Checks passed: 6/6")
    assert f"connection {made['id']} of provider {provider} to square has no webhook url" in verified
    assert "A test event has come in." in rehearsal.aside("fullhouse connections webhook register CONNECTION")
    assert "payments read" in rehearsal.aside("fullhouse connections sync CONNECTION")
    assert "healthy: True" in rehearsal.aside("fullhouse payments trace --connection CONNECTION")
    rehearsal.aside("fullhouse payments emergency fallback")
    rehearsal.aside("fullhouse payments emergency restore")
    gone = f"{vendors.gateway_url}{CONNECTIONS}/{made['id']}"
    assert ask(gone, "DELETE", token=token)[0] == 200


@pytest.mark.proves("O-3", "A-5", "P-9", "P-12")
def test_payment_routing_failures(vendors: WholeStack) -> None:
    """A processor refuses a provider without fallback; all go to the platform, and back exactly as they were."""
    settled(vendors, 11, {"payment_mode": "decentralized", "fallback_enabled": False})
    settled(vendors, 12, {"payment_mode": "hybrid", "min_external_amount": "60.00"})
    settled(vendors, 13, {"payment_mode": "centralized", "fallback_enabled": False})
    control(vendors, "POST", "faults", SQUARE_REFUSES)
    connection, before = connected(vendors, 11, "EAAAsandbox-oak")["id"], kept_settings(vendors)
    begin = f"{vendors.gateway_url}/api/admin/monitor/jobs/provider-payments-check/run"
    until(lambda: str(ask(begin, "POST", token=vendors.token())[0]), "200")
    alerts = f"{vendors.gateway_url}/api/alerts?rule=payments_check_failed"
    until(
        lambda: str(ask(alerts, token=vendors.token())[1]),
        f"Provider 11: Nobody can take this payment: connection {connection}",
    )
    rehearsal = Rehearsal(stack=vendors, name="payment-routing-failures")
    assert "✗ routing" in rehearsal.look()
    acted = rehearsal.act()
    assert "decentralized → centralized" in acted
    assert {each["payment_mode"] for each in kept_settings(vendors).values()} == {"centralized"}
    assert "off → on" in rehearsal.aside("fullhouse payments emergency fallback")
    control(vendors, "DELETE", "faults")
    validate = f"{vendors.gateway_url}{CONNECTIONS}/{connection}/validate"
    until(lambda: str(ask(validate, "POST", token=vendors.token())), "'connected'")
    verified = rehearsal.verify()
    assert "centralized → decentralized" in verified
    assert "external (square)" in verified
    assert kept_settings(vendors) == before
    until(lambda: str(ask(alerts, token=vendors.token())[1]), "'status': 'resolved'")
    assert "providers_emergency" in rehearsal.aside("fullhouse audit --action providers_emergency")


@pytest.mark.proves("O-3", "P-4", "P-10")
def test_what_happened_to_a_payment_is_seen_and_it_goes_back(vendors: WholeStack) -> None:
    """By the playbooks' words: an order at the platform, and an appointment at its provider's own processor."""
    order = bought(vendors, "traced@example.com")
    until(lambda: str(order_of(vendors, order)["state"]), "paid")
    settled(vendors, 14, {"payment_mode": "decentralized"})
    connection = connected(vendors, 14, "EAAAsandbox-elm")["id"]
    validate = f"{vendors.gateway_url}{CONNECTIONS}/{connection}/validate"
    until(lambda: str(ask(validate, "POST", token=vendors.token())), "'connected'")
    number = appointment_paid(vendors, 14)
    words = {"ORDER": order_of(vendors, order)["number"], "APPOINTMENT": str(number), "ID": str(number)}
    rehearsal = Rehearsal(stack=vendors, name="payment-routing-failures", words=words)
    traced = rehearsal.aside("fullhouse payments trace ORDER")
    assert [step in traced for step in ("WEBHOOK", "PROCESSOR_CALL", "LEDGER")] == [True] * 3
    traced = rehearsal.aside("fullhouse payments trace --appointment APPOINTMENT")
    assert [step in traced for step in ("ROUTING_DECISION", "PROCESSOR_CALL", "LEDGER")] == [True] * 3
    assert f"connection_id: {connection}" in traced

    odd = Rehearsal(stack=vendors, name="second-charge", words=words)
    assert "LEDGER" in odd.aside("fullhouse payments trace --appointment ID")
    assert "80.00 USD is" in odd.aside('fullhouse payments refund ID --reason "it came twice" --yes')
    assert "kind: refund" in until(lambda: odd.aside("fullhouse payments trace --appointment ID"), "REFUND")
    gone = f"{vendors.gateway_url}{CONNECTIONS}/{connection}"
    assert ask(gone, "DELETE", token=vendors.token())[0] == 200


@pytest.mark.proves("O-3", "P-7")
def test_commission_failure(vendors: WholeStack) -> None:
    """A provider's account has too little in it, until it has enough."""
    provider, token = 4702, vendors.token()
    asyncio.run(owe(vendors, provider))
    too_little = {"vendor": "stripe", "kind": "vendor_code", "operation": "charges.create"}
    control(vendors, "POST", "faults", {**too_little, "code": "balance_insufficient"})
    collections = f"{vendors.gateway_url}/api/v1/platform-collections"
    status, made = ask(collections, "POST", {"provider": provider}, token=token)
    assert status == 200, made
    words = {"COLLECTION": str(made["data"][0]["id"])}
    rehearsal = Rehearsal(stack=vendors, name="commission-failure", words=words)
    seen = until(rehearsal.look, "balance_insufficient")
    assert "✓ commission" in seen, "one is no issue yet"
    control(vendors, "DELETE", "faults")
    assert "Commission 20.00 of 100.00 USD" in rehearsal.act()
    verified = until(rehearsal.verify, "completed")
    assert f"Collection {words['COLLECTION']} is right." in verified
    assert "is completed with 20.00 USD" in rehearsal.aside("fullhouse commission recalculate COLLECTION")


@pytest.mark.proves("O-3", "P-7")
def test_commission_failure_of_an_invoice(vendors: WholeStack) -> None:
    """A provider without an account at Stripe has no address, then gets an invoice, and pays it."""
    provider, token = 4703, vendors.token()
    asyncio.run(owe(vendors, provider, connects=False))
    collections = f"{vendors.gateway_url}/api/v1/platform-collections"
    status, made = ask(collections, "POST", {"provider": provider}, token=token)
    assert status == 200, made
    number = made["data"][0]["id"]
    words = {"COLLECTION": str(number), "PROVIDER": str(provider), "NAME": "Sam", "EMAIL": "sam@example.com"}
    rehearsal = Rehearsal(stack=vendors, name="commission-failure", words=words)
    until(rehearsal.look, "no_account")
    rehearsal.aside("fullhouse providers set PROVIDER --name NAME --email EMAIL")
    rehearsal.act()
    until(rehearsal.act, "to be paid by")
    found = ask(f"{collections}/{number}", token=token)[1]
    control(vendors, "POST", f"stripe/invoices/{found['invoice_url'].rsplit('/', 1)[1]}/pay", {})
    until(rehearsal.verify, f"{number} ", f"Collection {number} is right.")
    assert ask(f"{collections}/{number}", token=token)[1]["status"] == "completed"
    asyncio.run(give_back(vendors, found["invoice_url"].rsplit("/", 1)[1], amount=700))
    until(
        lambda: rehearsal.aside("fullhouse alerts list --rule commission_back"), "1 refunds, disputes and credit notes"
    )
    shown = rehearsal.aside("fullhouse commission show COLLECTION")
    assert "Of it 7.00 USD are due again, 0.00 are not owed any more" in shown


async def give_back(stack: WholeStack, invoice: str, *, amount: int) -> None:
    """Somebody does it in Stripe's dashboard, with a part of what an invoice brought."""
    stripe, headers = f"{stack.sandbox_url}/stripe/v1", {"Authorization": f"Bearer {stack.value('STRIPE_SECRET_KEY')}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.get(f"{stripe}/invoice_payments", params={"invoice": invoice}) as found:
            [paid] = (await found.json())["data"]
        refund = {"payment_intent": paid["payment"]["payment_intent"], "amount": str(amount)}
        async with http.post(f"{stripe}/refunds", data=refund) as made:
            assert made.status == HTTPStatus.OK, await made.text()


async def owe(stack: WholeStack, provider: int, *, connects: bool = True) -> None:
    """What a provider sold elsewhere, and, if it connects one, an account at Stripe that may be debited."""
    key = stack.value("STRIPE_SECRET_KEY")
    accounts, headers = f"{stack.sandbox_url}/stripe/v1/accounts", {"Authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(headers=headers) as http, http.post(accounts, data={"type": "express"}) as made:
        account = await made.json()
    database = await Database.connect(stack.database_url("checkout"), application="test", pool_size=1)
    if connects:
        await connect(database, provider, account["id"])
    await sell(database, provider, 10_000, at=SystemClock().now() - timedelta(days=1))
    await database.close()
