"""Playbooks about what Stripe and banks say of payments, rehearsed as those about vendors."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.fixtures.cities import write
from tests.fixtures.hands import ask, control
from tests.fixtures.stack import WholeStack
from tests.integration.playbooks.hands import (
    DECLINED,
    PASS,
    another_page,
    bought,
    buy,
    early_page,
    enable_webhooks,
    mailed,
    order_of,
    pay,
    place,
    send_again,
    set_wrongly,
)
from tests.integration.playbooks.rehearsal import Rehearsal, until

pytestmark = pytest.mark.proves("O-3")


def test_webhook_forgery(vendors: WholeStack) -> None:
    status, refused = ask(f"{vendors.gateway_url}/api/webhooks/stripe", "POST", {"id": "evt_forged"})
    assert (status, refused["code"]) == (400, "signature_missing")
    rehearsal = Rehearsal(stack=vendors, name="webhook-forgery")
    until(rehearsal.look, "signature_missing vendor=stripe")
    bought(vendors, "taken@example.com")
    until(rehearsal.verify, "webhook_received")


def test_webhook_failures(vendors: WholeStack) -> None:
    """All three at once: some that nobody can handle, then refused ones, then none."""
    odd = place(vendors, "odd@example.com")
    for _ in range(5):  # fewer are no share
        pay(vendors, another_page(vendors, odd, cents=100))
    logs = Rehearsal(stack=vendors, name="webhook-failures").look
    failed = re.search(r"webhook_processing_failed webhook_id=(\S+)", until(logs, "webhook_processing_failed"))
    assert failed
    alerts = f"{vendors.gateway_url}/api/alerts"
    until(lambda: str(ask(alerts, token=vendors.token())[1]), "webhook_success_low")
    rehearsal = Rehearsal(stack=vendors, name="webhook-failures", words={"EVENT_ID": failed[1]})
    # Nor is anything asked for meanwhile, which would mend it.
    wrong = {"STRIPE_WEBHOOK_SECRET": "whsec_ofanotherendpoint", "CHECKOUT_POLL_SECONDS": "86400"}
    with set_wrongly(vendors, "checkout", **wrong):
        refused = bought(vendors, "refused.webhook@example.com")
        until(rehearsal.look, "webhook_signature_invalid vendor=stripe")
        enable_webhooks(vendors, enabled=False)
        silent = bought(vendors, "no.webhook@example.com")
        assert "/api/webhooks/stripe is disabled" in rehearsal.look()
        assert {order_of(vendors, each)["state"] for each in (refused, silent)} == {"awaiting_payment"}
        enable_webhooks(vendors, enabled=True)
    assert f"{failed[1]} is closed." in rehearsal.act()
    for other in open_webhooks(vendors):
        close = f"{vendors.gateway_url}/api/admin/webhooks/stripe/{other}/close"
        assert ask(close, "POST", {"reason": "a test"}, token=vendors.token())[0] == 200
    for each in (refused, silent):
        send_again(vendors, each)
    paid = [f"payment_successful order_id={each.id}" for each in (refused, silent)]
    until(rehearsal.verify, "✓ endpoint", "webhook_received", *paid)
    state = ask(f"{vendors.gateway_url}/api/admin/webhooks?state=failed", token=vendors.token())[1]
    assert failed[1] not in str(state)


def open_webhooks(stack: WholeStack) -> list[str]:
    """The ids of those that nobody can handle."""
    found = ask(f"{stack.gateway_url}/api/admin/webhooks?state=failed", token=stack.token())[1]["data"]
    return [each["eventId"] for each in found]


@pytest.mark.proves("C-9", "C-8", "A-5", "R-3")
def test_missing_pass(vendors: WholeStack) -> None:
    """One whose webhook is lost, and one that was paid on a page of an earlier system."""
    email = "no.pass@example.com"
    control(vendors, "POST", "faults", {"vendor": "stripe", "kind": "drop_webhook"})
    customer = {"firstName": "Jordan", "lastName": "Ellis", "email": email, "businessType": "barber"}
    wish = {"passId": PASS, "isSixFBMember": False, "customerData": customer}
    status, made = ask(f"{vendors.gateway_url}/api/passes/buy", "POST", wish)
    assert status == 200, made
    pay(vendors, made["sessionId"])
    early = early_page(vendors, "Ten classes", cents=made["amount"])
    pay(vendors, early)
    words = {"EMAIL": email, "PASS": PASS, "SESSION": early}
    rehearsal = Rehearsal(stack=vendors, name="missing-pass", words=words)
    assert "→ fullhouse reconcile --order" in rehearsal.look()
    acted = rehearsal.act()
    assert f"{email} has the pass {PASS}" in acted
    until(lambda: str(ask_passes(vendors, email)), "2")
    assert until(rehearsal.verify, f"pass {PASS} of ").count(f"pass {PASS} of ") >= 2


def ask_passes(stack: WholeStack, email: str) -> int:
    """How many passes an address has that can be used."""
    found = ask(f"{stack.gateway_url}/api/admin/passes?email={email}&state=active", token=stack.token())[1]
    return len(found["data"])


def test_slow_payments(vendors: WholeStack) -> None:
    """Stripe is slow, and its webhooks are lost: what was paid is there as soon as somebody asks."""
    control(vendors, "POST", "faults", {"vendor": "stripe", "kind": "latency", "delayMs": 2500, "count": 3})
    control(vendors, "POST", "faults", {"vendor": "stripe", "kind": "drop_webhook"})
    order = bought(vendors, "slowly@example.com")
    rehearsal = Rehearsal(stack=vendors, name="slow-payments")
    until(rehearsal.look, "slow_request", "checkout_session_created")
    assert order_of(vendors, order)["state"] in {"awaiting_payment", "paid"}
    assert "payments were asked about" in rehearsal.act()
    until(rehearsal.verify, f"payment_successful order_id={order.id}")


@pytest.mark.proves("C-11", "A-6")
def test_suspicious_buyer(vendors: WholeStack) -> None:
    """From another address than this machine's, whose buyers in a sandbox are not counted."""
    address, email = "203.0.113.40", "tries.cards@example.com"
    tried = place(vendors, email, address=address)
    for _ in range(6):
        control(vendors, "POST", f"stripe/sessions/{tried.session}/pay", {"card": DECLINED})
    blocks = f"{vendors.gateway_url}/api/admin/blocks"
    until(lambda: str(ask(blocks, token=vendors.token())[1]), "declined_cards")
    status, refused = buy(vendors, email, address=address)
    assert (status, refused["code"]) == (403, "buyer_blocked")
    (block,) = (each["blockId"] for each in ask(blocks, token=vendors.token())[1]["data"] if each["mark"] == "email")
    words = {"EMAIL": email, "BLOCK": block, "ADDRESS": "198.51.100.40"}
    rehearsal = Rehearsal(stack=vendors, name="suspicious-buyer", words=words)
    until(rehearsal.look, "fraud_suspected", "declined_cards", "203.0.113.0")
    acted = rehearsal.act()
    assert "t***@example.com can buy again." in acted
    assert "198.51.100.0 can buy nothing until" in acted
    assert "lifted by" in until(rehearsal.verify, "buyer_blocked")
    assert buy(vendors, email, address="203.0.114.41")[0] == 200


@pytest.mark.proves("A-5", "R-1", "R-2")
def test_reconciliation_found(vendors: WholeStack) -> None:
    """Somebody pays another amount than the order's; nobody can mend that."""
    order = place(vendors, "another.amount@example.com")
    page = another_page(vendors, order, cents=100)
    pay(vendors, page)
    rehearsal = Rehearsal(stack=vendors, name="reconciliation-found", words={"SESSION": page})
    acted = rehearsal.act()
    assert f"amount_differs {page}: 1.00 USD were paid" in acted
    assert f"Do: fullhouse orders show {order.id}" in acted
    until(rehearsal.verify, "Payments and what there is did not agree")
    assert "stripe: " in rehearsal.look()


@pytest.mark.proves("A-5", "R-1")
def test_reconciliation_finds_nothing(vendors: WholeStack) -> None:
    """The key may read nothing any more: that is said loudly, and not that nothing is missing."""
    control(
        vendors,
        "POST",
        "faults",
        {"vendor": "stripe", "kind": "error", "operation": "checkout.sessions.list", "status": 401},
    )
    rehearsal = Rehearsal(stack=vendors, name="reconciliation-finds-nothing")
    assert "NOT READ: stripe, sessions from the beginning" in rehearsal.look()
    until(rehearsal.look, "Account stripe can't be read")
    control(vendors, "DELETE", "faults")
    assert "NOT READ" not in rehearsal.act()
    assert "NOT READ" not in rehearsal.verify()


@pytest.mark.proves("A-5", "C-10")
def test_calls_for_help(vendors: WholeStack) -> None:
    """Two who paid miss something; one of them finds no e-mail."""
    order = bought(vendors, "missing.tickets@example.com")
    until(lambda: order_of(vendors, order)["state"], "paid")
    place(vendors, "another@example.com")
    calls = [call_for_help(vendors, "missing.tickets@example.com"), call_for_help(vendors, "another@example.com")]
    words = {"CALL": calls[0], "EMAIL": "missing.tickets@example.com", "ORDER": order_of(vendors, order)["number"]}
    rehearsal = Rehearsal(stack=vendors, name="calls-for-help", words=words)
    alerts = f"{vendors.gateway_url}/api/alerts"
    until(lambda: str(ask(alerts, token=vendors.token())[1]), "missing_purchase_reports")
    until(rehearsal.look, calls[0], calls[1], "Where are they?", f"→ fullhouse support show {calls[0]}")
    assert "Closed: sent the tickets again" in rehearsal.act()
    ask(
        f"{vendors.gateway_url}/api/admin/support/{calls[1]}/close", "POST", {"reason": "a test"}, token=vendors.token()
    )
    assert "Nobody waits for help." in rehearsal.verify()


@pytest.mark.proves("A-5", "R-3", "R-4")
def test_many_missing_passes(vendors: WholeStack) -> None:
    """Stripe sends us nothing any more, nor is anything asked for; the alert of two who call names the endpoint."""
    with set_wrongly(vendors, "checkout", CHECKOUT_POLL_SECONDS="86400"):
        enable_webhooks(vendors, enabled=False)
        orders = {
            email: bought(vendors, email) for email in ("first.missing@example.com", "second.missing@example.com")
        }
        calls = [call_for_help(vendors, email) for email in orders]
        alert = until_named(vendors, "/api/webhooks/stripe is disabled")
        email, order = next(iter(orders.items()))
        words = {"ALERT": alert, "EMAIL": email, "CALL": calls[0]}
        rehearsal = Rehearsal(stack=vendors, name="many-missing-passes", words=words)
        until(rehearsal.look, "✗ endpoint", *calls)
        enable_webhooks(vendors, enabled=True)
        assert "were handled" in rehearsal.act()
        until(lambda: str(order_of(vendors, order)["state"]), "paid")
        until(rehearsal.verify, "✓ endpoint")
    vendors.stop("checkout")
    vendors.start("checkout")
    close = f"{vendors.gateway_url}/api/admin/support/{calls[1]}/close"
    assert ask(close, "POST", {"reason": "a test"}, token=vendors.token())[0] == 200


def until_named(stack: WholeStack, said: str) -> str:
    """The alert of missing purchases whose evidence says so. One of an earlier rehearsal is ended: the rule, which
    still holds, raises the next.
    """
    alerts, token = f"{stack.gateway_url}/api/alerts", stack.token()

    def newest() -> str:
        found = ask(f"{alerts}?rule=missing_purchase_reports&status=firing", token=token)[1]["data"]
        for each in found:
            if said not in str(each["evidence"]):
                ask(f"{alerts}/{each['id']}/resolve", "POST", {"reason": "a test"}, token=token)
        return str([each["id"] for each in found if said in str(each["evidence"])])

    return str(json.loads(until(newest, "-").replace("'", '"'))[0])


def call_for_help(stack: WholeStack, email: str) -> str:
    asked = {"kind": "missing_purchase", "email": email, "text": "I paid. Where are they?"}
    status, taken = ask(f"{stack.gateway_url}/api/support", "POST", asked)
    assert status == 200, taken
    return str(taken["requestId"])


def test_payment_inquiry(vendors: WholeStack) -> None:
    order = place(vendors, "asked@example.com")
    charge = pay(vendors, order.session)
    inquiry = control(vendors, "POST", f"stripe/charges/{charge}/dispute", {"inquiry": True})["id"]
    rehearsal = Rehearsal(stack=vendors, name="payment-inquiry")
    until(rehearsal.look, f"payment_inquiry order_id={order.id}", "fullhouse playbook payment-inquiry")
    rehearsal.act()
    control(vendors, "POST", f"stripe/disputes/{inquiry}/close", {"outcome": "won"})
    until(rehearsal.verify, "type=charge.dispute.closed")
    assert order_of(vendors, order)["state"] == "paid"


def test_second_charge(vendors: WholeStack) -> None:
    """One is given back by itself; the other the processor refuses, and a person does it."""
    rehearsal = Rehearsal(stack=vendors, name="second-charge")
    order = place(vendors, "twice@example.com")
    pay(vendors, order.session)
    until(lambda: order_of(vendors, order)["state"], "paid")
    cents = order_of(vendors, order)["amount"]
    pay(vendors, another_page(vendors, order, cents=cents))
    until(rehearsal.look, f"second_charge_refunded order_id={order.id}")
    fault = {
        "vendor": "stripe",
        "kind": "error",
        "operation": "refunds.create",
        "status": 400,
        "code": "charge_disputed",
    }
    control(vendors, "POST", "faults", fault)
    second = pay(vendors, another_page(vendors, order, cents=cents))
    until(
        rehearsal.look,
        f"refund_refused order_id={order.id}",
        "second_charge_refused",
        "fullhouse playbook second-charge",
    )
    rehearsal.act()
    control(vendors, "POST", f"stripe/charges/{second}/refund", {})
    until(rehearsal.verify, "type=charge.refunded")
    assert order_of(vendors, order)["state"] == "paid"


def test_refund_refused(vendors: WholeStack) -> None:
    """The processor refuses once, and does it when somebody asks again."""
    order = bought(vendors, "refused@example.com")
    until(lambda: order_of(vendors, order)["state"], "paid")
    fault = {"vendor": "stripe", "kind": "error", "operation": "refunds.create", "status": 400, "count": 1}
    control(vendors, "POST", "faults", {**fault, "code": "balance_insufficient"})
    asked = {"reason": "The buyer can't come", "returnSeats": True}
    address = f"{vendors.gateway_url}/api/admin/orders/{order.id}/refund"
    assert ask(address, "POST", asked, token=vendors.token())[0] == 202
    rehearsal = Rehearsal(stack=vendors, name="refund-refused", words={"ORDER": order.id})
    until(rehearsal.look, f"refund_refused order_id={order.id}", "refused", "fullhouse playbook refund-refused")
    assert "went back." in rehearsal.act()
    until(rehearsal.verify, "done", f"refund_done order_id={order.id}")
    assert order_of(vendors, order)["state"] == "refunded"


def test_refund_failed(vendors: WholeStack) -> None:
    """The bank sends the money back, and a second refund arrives."""
    order = bought(vendors, "came.back@example.com")
    until(lambda: order_of(vendors, order)["state"], "paid")
    address = f"{vendors.gateway_url}/api/admin/orders/{order.id}/refund"
    asked = {"reason": "The buyer can't come", "returnSeats": True}
    assert ask(address, "POST", asked, token=vendors.token())[0] == 202
    until(lambda: order_of(vendors, order)["state"], "refunded")
    newest = control(vendors, "GET", "state")["stripe"]["refunds"][-1]
    control(vendors, "POST", f"stripe/refunds/{newest['id']}/fail", {})
    rehearsal = Rehearsal(stack=vendors, name="refund-failed", words={"ORDER": order.id})
    until(rehearsal.look, f"refund_failed order_id={order.id}", "failed", "fullhouse playbook refund-failed")
    assert "went back." in rehearsal.act()
    until(rehearsal.verify, "done", f"refund_done order_id={order.id}")
    assert order_of(vendors, order)["state"] == "refunded"


@pytest.mark.proves("A-10", "A-7")
def test_many_refunds(vendors: WholeStack) -> None:
    """A buyer's reason is found, and the buyer kept out."""
    email = "over.and.over@example.com"
    order = bought(vendors, email)
    until(lambda: order_of(vendors, order)["state"], "paid")
    address = f"{vendors.gateway_url}/api/admin/orders/{order.id}/refund"
    asked = {"reason": "Found another date", "returnSeats": True}
    assert ask(address, "POST", asked, token=vendors.token())[0] == 202
    rehearsal = Rehearsal(stack=vendors, name="many-refunds", words={"EMAIL": email})
    until(rehearsal.look, "Found another date", email)
    assert "can buy nothing until" in rehearsal.act()
    until(rehearsal.verify, "by_hand", "refunded")
    assert buy(vendors, email)[0] == 403


@pytest.mark.proves("A-6")
def test_fewer_buyers(vendors: WholeStack) -> None:
    """Somebody forgot that purchases pause."""
    pause = f"{vendors.gateway_url}/api/admin/maintenance"
    asked = {"enabled": True, "reason": "We count the chairs."}
    assert ask(pause, "POST", asked, token=vendors.token())[0] == 200
    rehearsal = Rehearsal(stack=vendors, name="fewer-buyers")
    until(rehearsal.look, "We count the chairs.", "✓ stripe")
    rehearsal.act()
    place(vendors, "buys.again@example.com")
    until(rehearsal.verify, "Purchases are not paused.", "buys.again@example.com")


@pytest.mark.proves("C-7", "C-2")
def test_cancelled_workshop(vendors: WholeStack, tmp_path: Path) -> None:
    """One comes to another city, one is still on the payment page, and all others have their money back."""
    city = "thread-cancelled"
    refunded, moved = (bought(vendors, f"{name}@example.com", city=city) for name in ("stays.home", "comes.later"))
    is_open = place(vendors, "not.yet@example.com", city=city)
    for each in (refunded, moved):
        until(lambda each=each: str(order_of(vendors, each)["state"]), "paid")  # type: ignore[misc]
    words = {
        "CITY": city,
        "FOLDER": str(without(city, tmp_path / "config")),
        "ORDER": moved.id,
        "OTHERCITY": "thread-playbooks",
        "OTHERTIER": "ga",
        "ORDERTWO": is_open.id,
    }
    rehearsal = Rehearsal(stack=vendors, name="cancelled-workshop", words=words)
    until(rehearsal.look, "stays.home@example.com", "not.yet@example.com", "Nobody waits.")
    acted = rehearsal.act()
    assert f"{city}: 1 of 1 orders were asked for; their refunds: 1 done." in acted
    assert buy(vendors, "too.late@example.com", city=city)[0] >= 400
    verified = until(rehearsal.verify, "stays.home@example.com", "There is no such order.")
    assert "comes.later@example.com" not in verified
    assert [order_of(vendors, each)["state"] for each in (moved, is_open)] == ["paid", "cancelled"]
    until(lambda: mailed(vendors, "comes.later@example.com"), "You have new tickets, Jordan.")


def without(city: str, folder: Path) -> Path:
    """The tests' configuration, in which the city is not."""
    write(folder)
    path = folder / "catalogue.yaml"
    catalogue = yaml.safe_load(path.read_text())
    del catalogue["cities"][city]
    path.write_text(yaml.safe_dump(catalogue, sort_keys=False))
    return folder
