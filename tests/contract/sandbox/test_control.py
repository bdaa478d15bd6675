"""The control API: messages, faults, clock, state (S-4, X-7)."""

from __future__ import annotations

import time
from typing import Any

import pytest
import stripe

from tests.contract.sandbox.support import OUR_NUMBER, STRIPE_SECRET, Hook, Running

pytestmark = pytest.mark.proves("S-4")


def _text(sandbox: Running, body: str, to: str = "+13525550142") -> None:
    sandbox.twilio.messages.create(to=to, from_=OUR_NUMBER, body=body)


def _few_webhooks(sandbox: Running) -> None:
    """One webhook a payment and one a refund, so that a fault with a count of one meets the one that is looked at."""
    endpoint = sandbox.stripe.v1.webhook_endpoints.list().data[0]
    kinds: list[Any] = ["checkout.session.completed", "charge.refunded"]
    sandbox.stripe.v1.webhook_endpoints.update(endpoint.id, {"enabled_events": kinds})


def _paid(sandbox: Running) -> str:
    _few_webhooks(sandbox)
    session = sandbox.new_session()
    sandbox.pay(session.id, "4242424242424242")
    return str(session.id)


def _genuine(hook: Hook) -> bool:
    try:
        stripe.Webhook.construct_event(hook.body, hook.headers["stripe-signature"], STRIPE_SECRET)
    except stripe.SignatureVerificationError:
        return False
    return True


def test_messages_are_listed_newest_first_filtered_and_cleared(sandbox: Running) -> None:
    for at in range(4):
        _text(sandbox, f"Text {at}", to="+13525550142" if at % 2 else "+18135550101")
    since = time.time()
    _text(sandbox, "Text 4")
    assert [message["text"] for message in sandbox.messages(channel="sms")] == [f"Text {at}" for at in range(4, -1, -1)]
    assert [message["text"] for message in sandbox.messages(to="+18135550101")] == ["Text 2", "Text 0"]
    assert [message["text"] for message in sandbox.messages(since=str(since))] == ["Text 4"]
    message = sandbox.messages(limit="1")[0]
    assert set(message) >= {"id", "channel", "to", "from", "text", "attachments", "status", "timestamp"}
    since_then = sandbox.messages(since=message["timestamp"])
    assert [each["id"] for each in since_then] == [message["id"]]
    first = sandbox.control("GET", "messages?limit=3")
    rest = sandbox.control("GET", f"messages?limit=3&cursor={first['nextCursor']}")
    assert (len(first["data"]), len(rest["data"]), rest["nextCursor"]) == (3, 2, None)
    assert sandbox.control("DELETE", "messages") == {"deleted": 5}
    assert sandbox.messages() == []
    sandbox.control("GET", "messages?channel=smoke", status=422)


@pytest.mark.parametrize(
    "fault",
    [
        {"vendor": "clover", "kind": "error"},
        {"vendor": "stripe", "kind": "explode"},
        {"vendor": "stripe", "kind": "error", "operation": "seats.create"},
        {"vendor": "stripe", "kind": "error", "share": 1.5},
        {"vendor": "stripe", "kind": "error", "count": 0},
        {"vendor": "stripe", "kind": "error", "status": 200},
        {"vendor": "stripe", "kind": "vendor_code"},
        {"vendor": "stripe", "kind": "error", "colour": "red"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_with_a_sentence(sandbox: Running, fault: dict[str, Any]) -> None:
    problem = sandbox.control("POST", "faults", fault, status=422)
    assert problem["code"] == "invalid_request"
    assert problem["errors"]
    assert sandbox.control("GET", "faults")["data"] == []


def test_a_fault_hits_as_often_as_it_was_asked_for(sandbox: Running) -> None:
    sandbox.fault(vendor="stripe", operation="checkout.sessions.create", kind="error", status=503, count=2)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            sandbox.new_session()
    assert sandbox.new_session().id
    fault = sandbox.control("GET", "faults")["data"][0]
    assert (fault["hits"], fault["spent"]) == (2, True)
    sandbox.control("DELETE", f"faults/{fault['id']}")
    sandbox.control("DELETE", f"faults/{fault['id']}", status=404)


def test_a_share_is_drawn_the_same_with_the_same_seed(sandbox: Running) -> None:
    drawn = []
    for _ in range(2):
        sandbox.fault(vendor="stripe", operation="account.retrieve", kind="rate_limit", share=0.5, seed=7)
        drawn.append([_limited(sandbox) for _ in range(20)])
        assert sandbox.control("DELETE", "faults") == {"deleted": 1}
    assert drawn[0] == drawn[1]
    assert 0 < sum(drawn[0]) < 20


def _limited(sandbox: Running) -> bool:
    try:
        sandbox.stripe.v1.accounts.retrieve_current()
    except stripe.RateLimitError:
        return True
    return False


def test_a_dropped_webhook_is_lost_but_found_by_the_events_list(sandbox: Running) -> None:
    sandbox.fault(vendor="stripe", operation="checkout.session.completed", kind="drop_webhook", count=1)
    _paid(sandbox)
    sandbox.advance(4 * 86_400)
    assert sandbox.receiver.hooks == []
    lost = sandbox.stripe.v1.events.list({"delivery_success": False}).data
    assert [event.type for event in lost] == ["checkout.session.completed"]
    sandbox.control("POST", f"stripe/events/{lost[0].id}/resend", {}, status=202)
    assert sandbox.receiver.wait_for_stripe("checkout.session.completed")[0].json()["id"] == lost[0].id


def test_a_webhook_comes_twice(sandbox: Running) -> None:
    sandbox.fault(vendor="stripe", operation="checkout.session.completed", kind="duplicate_webhook", count=1)
    _paid(sandbox)
    first, second = sandbox.receiver.wait_for_stripe("checkout.session.completed", 2)
    assert first.body == second.body


def test_webhooks_change_their_order(sandbox: Running) -> None:
    sandbox.fault(
        vendor="stripe", operation="checkout.session.completed", kind="reorder_webhooks", delayMs=60_000, count=1
    )
    _paid(sandbox)
    charge = sandbox.stripe.v1.charges.list().data[0]
    sandbox.stripe.v1.refunds.create({"charge": charge.id})
    hooks = sandbox.receiver.wait(2)
    assert [hook.json()["type"] for hook in hooks] == ["charge.refunded", "checkout.session.completed"]


def test_a_webhook_comes_late(sandbox: Running) -> None:
    sandbox.fault(vendor="stripe", kind="late_webhook", delayMs=60_000, count=1)
    _paid(sandbox)
    assert sandbox.receiver.hooks == []
    sandbox.advance(61)
    assert len(sandbox.receiver.wait_for_stripe("checkout.session.completed")) == 1


def test_a_bad_signature_is_followed_by_a_good_one(sandbox: Running) -> None:
    sandbox.receiver.answers = [400]
    sandbox.fault(vendor="stripe", kind="bad_signature", count=1)
    _paid(sandbox)
    assert not _genuine(sandbox.receiver.wait(1)[0])
    sandbox.advance(300)
    assert _genuine(sandbox.receiver.wait(2)[1])


def test_latency_waits_and_then_answers(sandbox: Running) -> None:
    sandbox.fault(vendor="stripe", kind="latency", delayMs=150, count=1)
    started = time.monotonic()
    sandbox.stripe.v1.accounts.retrieve_current()
    assert time.monotonic() - started >= 0.15


def test_a_code_of_stripes_own(sandbox: Running) -> None:
    sandbox.fault(vendor="stripe", kind="vendor_code", code="api_key_expired", count=1)
    with pytest.raises(stripe.AuthenticationError) as refused:
        sandbox.stripe.v1.accounts.retrieve_current()
    assert refused.value.error is not None
    assert refused.value.error.code == "api_key_expired"


def test_the_state_says_what_money_there_is(sandbox: Running) -> None:
    session = _paid(sandbox)
    sandbox.new_session()
    charge = sandbox.stripe.v1.charges.list().data[0]
    sandbox.stripe.v1.refunds.create({"charge": charge.id, "amount": 840})
    state = sandbox.control("GET", "state")
    money = state["stripe"]
    assert money["sessionsByStatus"] == {"complete": 1, "open": 1}
    assert (money["amountPaid"], money["amountRefunded"]) == (95_840, 840)
    assert [each["metadata"]["orderId"] for each in money["sessions"] if each["paymentStatus"] == "paid"] == ["order-1"]
    assert [each["session"] for each in money["charges"]] == [session]
    assert state["calls"]["stripe.checkout.sessions.create"] == 2
    sandbox.advance(10)
    assert sandbox.control("GET", "state?summary=1")["clock"]["advancedSeconds"] >= 10


def test_a_history_has_dates_of_the_past_and_only_what_was_lost_is_undelivered(sandbox: Running) -> None:
    _few_webhooks(sandbox)
    now = int(time.time())
    days = {name: now - ago * 86_400 for name, ago in {"made": 40, "paid": 39, "back": 3, "failed": 1}.items()}
    deeds = [
        {"deed": "pay", "at": str(days["paid"])},
        {"deed": "refund", "at": str(days["back"]), "amount": 840},
        {"deed": "failRefund", "at": str(days["failed"])},
        {"deed": "dispute", "at": str(days["failed"]), "lost": True},
    ]
    purchase = {"at": str(days["made"]), "email": "jordan.ellis@example.com", "unitAmount": 47_920, "quantity": 2}
    lost = {**purchase, "at": str(now - 7_200), "deeds": [{"deed": "pay", "at": str(now - 7_000), "lost": True}]}
    debit = {"card": "debit_succeeds"}
    debited = [{"deed": "pay", "at": str(days["paid"]), **debit}, {"deed": "settle", "at": str(days["back"]), **debit}]
    left = [{"deed": "expire", "at": str(days["paid"])}]
    more = [{**purchase, "deeds": each} for each in (debited, left)]
    made = sandbox.control("POST", "stripe/history", {"purchases": [{**purchase, "deeds": deeds}, lost, *more]})["data"]

    stripe_ = sandbox.stripe.v1
    sessions = [stripe_.checkout.sessions.retrieve(each["sessionId"]) for each in made]
    assert [each.payment_status for each in sessions] == ["paid", "paid", "paid", "unpaid"]
    assert [each.status for each in sessions] == ["complete", "complete", "complete", "expired"]
    assert [each.created for each in sessions] == [days["made"], now - 7_200, days["made"], days["made"]]
    moved = [(each.type, each.created) for each in stripe_.balance_transactions.list().data if each.amount < 0]
    assert moved == [("adjustment", days["failed"]), ("refund", days["back"])]
    assert stripe_.refunds.retrieve(made[0]["refunds"][0]).status == "failed"
    undelivered = stripe_.events.list({"delivery_success": False}).data
    assert [(each.type, each.created) for each in undelivered] == [("checkout.session.completed", now - 7_000)]
    oldest = min(each.created for each in stripe_.events.list({"limit": 100}).data)
    assert oldest == days["back"], "the processor keeps its events for 30 days"
    assert sandbox.receiver.hooks == []
    assert sandbox.control("POST", "stripe/history", {"purchases": [{**purchase, "at": str(now + 60)}]}, status=422)
    late = [{"deed": "refund", "at": str(days["back"])}]
    assert sandbox.control("POST", "stripe/history", {"purchases": [{**purchase, "deeds": late}]}, status=409)


def test_refusals_are_problem_documents(sandbox: Running) -> None:
    unknown = sandbox.control("POST", "stripe/sessions/cs_none/pay", {"card": "4242424242424242"}, status=404)
    assert unknown["code"] == "unknown_session"
    session = sandbox.new_session()
    assert sandbox.control("POST", f"stripe/sessions/{session.id}/pay", {"card": "1234"}, status=422)["errors"]["card"]
    assert sandbox.control("PUT", "faults", status=405)["code"] == "method_not_allowed"
    assert sandbox.control("GET", "seats", status=404)["code"] == "not_found"
    sandbox.control("POST", "clock/advance", {"seconds": -1}, status=422)
    answer = sandbox.http.post(f"{sandbox.url}/_sandbox/faults", data="{")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
