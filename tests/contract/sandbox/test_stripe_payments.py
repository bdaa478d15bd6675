"""Stripe's own SDK against the stand-in: payments, refunds, disputes, and the events they make."""

from __future__ import annotations

import pytest
import stripe

from tests.contract.sandbox.support import STRIPE_SECRET, Hook, Running

pytestmark = pytest.mark.proves("S-1", "S-2", "S-4")


def _event(hook: Hook) -> stripe.Event:
    """Verified and parsed by the SDK."""
    event: stripe.Event = stripe.Webhook.construct_event(hook.body, hook.headers["stripe-signature"], STRIPE_SECRET)
    return event


def _charge_of(sandbox: Running, session: str) -> stripe.Charge:
    expand = ["payment_intent.latest_charge.balance_transaction"]
    intent = sandbox.stripe.v1.checkout.sessions.retrieve(session, {"expand": expand}).payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert isinstance(intent.latest_charge, stripe.Charge)
    return intent.latest_charge


def test_a_paid_session_is_complete_everywhere(sandbox: Running) -> None:
    session = sandbox.new_session()
    assert sandbox.pay(session.id, "4242 4242 4242 4242")["outcome"] == "paid"
    event = _event(sandbox.receiver.wait_for_stripe("checkout.session.completed")[0])
    paid = event.data.object
    assert (paid["id"], paid["status"], paid["payment_status"]) == (session.id, "complete", "paid")
    assert paid["customer_details"]["email"] == "jordan.ellis@example.com"
    charge = _charge_of(sandbox, session.id)
    assert (charge.status, charge.amount, charge.amount_captured, charge.paid) == ("succeeded", 95_840, 95_840, True)
    assert charge.metadata["orderId"] == "order-1"
    assert isinstance(charge.balance_transaction, stripe.BalanceTransaction)
    assert charge.balance_transaction.net == 95_840 - charge.balance_transaction.fee
    for resource in (charge, charge.balance_transaction):
        assert set(resource.to_dict()) <= set(type(resource).__annotations__)
    sandbox.control("POST", f"stripe/sessions/{session.id}/pay", {"card": "4242424242424242"}, status=409)


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("4000000000000002", "generic_decline"),
        ("4000000000009995", "insufficient_funds"),
        ("4000000000009979", "stolen_card"),
    ],
)
def test_a_declined_card_leaves_the_session_open(sandbox: Running, card: str, code: str) -> None:
    session = sandbox.new_session()
    paid = sandbox.pay(session.id, card)
    assert (paid["outcome"], paid["error"], paid["status"]) == ("declined", code, "open")
    failed = _event(sandbox.receiver.wait_for_stripe("payment_intent.payment_failed")[0]).data.object
    assert failed["last_payment_error"]["decline_code"] == code
    assert failed["metadata"]["orderId"] == "order-1"
    assert sandbox.pay(session.id, "4242424242424242")["outcome"] == "paid"
    charges = sandbox.stripe.v1.charges.list({"payment_intent": failed["id"]}).data
    assert [charge.status for charge in charges] == ["succeeded", "failed"]


@pytest.mark.parametrize(("answer", "outcome"), [("approve", "paid"), ("refuse", "declined")])
def test_a_card_that_asks_for_authentication(sandbox: Running, answer: str, outcome: str) -> None:
    session = sandbox.new_session()
    asked = sandbox.pay(session.id, "4000002500003155")
    assert (asked["outcome"], asked["status"]) == ("requires_action", "open")
    intent = sandbox.stripe.v1.payment_intents.retrieve(asked["paymentIntent"])
    assert intent.next_action is not None
    assert sandbox.pay(session.id, "4000002500003155", authentication=answer)["outcome"] == outcome
    kind = "checkout.session.completed" if outcome == "paid" else "payment_intent.payment_failed"
    sandbox.receiver.wait_for_stripe(kind)


@pytest.mark.parametrize(
    ("card", "kind", "status"),
    [
        ("debit_succeeds", "checkout.session.async_payment_succeeded", "paid"),
        ("debit_fails", "checkout.session.async_payment_failed", "unpaid"),
    ],
)
def test_a_bank_debit_settles_after_three_minutes(sandbox: Running, card: str, kind: str, status: str) -> None:
    session = sandbox.new_session()
    assert sandbox.pay(session.id, card)["outcome"] == "pending"
    completed = _event(sandbox.receiver.wait_for_stripe("checkout.session.completed")[0]).data.object
    assert (completed["status"], completed["payment_status"]) == ("complete", "unpaid")
    sandbox.advance(179)
    assert not [hook for hook in sandbox.receiver.hooks if hook.json()["type"] == kind]
    sandbox.advance(2)
    assert _event(sandbox.receiver.wait_for_stripe(kind)[0]).data.object["payment_status"] == status


def test_a_session_for_cards_only_takes_no_debit(sandbox: Running) -> None:
    session = sandbox.new_session(allowed_payment_method_types=["card"])
    assert session.payment_method_types == ["card"]
    sandbox.control("POST", f"stripe/sessions/{session.id}/pay", {"card": "debit_fails"}, status=409)


def test_methods_that_are_excluded_are_not_offered_and_one_must_be_left(sandbox: Running) -> None:
    session = sandbox.new_session(excluded_payment_method_types=["us_bank_account", "sepa_debit"])
    assert session.payment_method_types == ["card"]
    with pytest.raises(stripe.InvalidRequestError, match="No valid payment method types") as refused:
        sandbox.new_session(excluded_payment_method_types=["card", "us_bank_account"])
    assert refused.value.param == "excluded_payment_method_types"


def test_a_refund_that_fails_later_brings_the_money_back(sandbox: Running) -> None:
    session = sandbox.new_session()
    sandbox.pay(session.id, "4242424242424242")
    charge = _charge_of(sandbox, session.id)
    made = sandbox.stripe.v1.refunds.create({"charge": charge.id})
    answer = sandbox.control("POST", f"stripe/refunds/{made.id}/fail", {"reason": "lost_or_stolen_card"})
    assert answer == {"id": made.id, "status": "failed", "charge": charge.id}
    failed = sandbox.stripe.v1.refunds.retrieve(made.id)
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    assert set(failed.to_dict()) <= set(stripe.Refund.__annotations__)
    (moved,) = sandbox.stripe.v1.balance_transactions.list({"type": "refund_failure"}).data
    assert (moved.id, moved.amount, moved.source) == (failed.failure_balance_transaction, 95_840, made.id)
    now = _charge_of(sandbox, session.id)
    assert (now.amount_refunded, now.refunded) == (0, False)
    (told,) = sandbox.receiver.wait_for_stripe("refund.failed")
    assert _event(told).data.object["failure_reason"] == "lost_or_stolen_card"
    assert sandbox.control("POST", f"stripe/refunds/{made.id}/fail", status=409)["code"] == "refund_not_succeeded"
    assert sandbox.control("POST", "stripe/refunds/re_none/fail", status=404)["code"] == "unknown_refund"


def test_refunds_in_parts_until_nothing_is_left(sandbox: Running) -> None:
    session = sandbox.new_session()
    sandbox.pay(session.id, "4242424242424242")
    charge = _charge_of(sandbox, session.id)
    part = sandbox.stripe.v1.refunds.create({"charge": charge.id, "amount": 47_920, "metadata": {"seat": "1"}})
    assert (part.status, part.amount, part.charge) == ("succeeded", 47_920, charge.id)
    assert set(part.to_dict()) <= set(stripe.Refund.__annotations__)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        sandbox.stripe.v1.refunds.create({"charge": charge.id, "amount": 47_921})
    assert isinstance(charge.payment_intent, str)
    sandbox.stripe.v1.refunds.create({"payment_intent": charge.payment_intent})
    with pytest.raises(stripe.InvalidRequestError) as again:
        sandbox.stripe.v1.refunds.create({"charge": charge.id})
    assert again.value.code == "charge_already_refunded"
    first, second = (_event(hook).data.object for hook in sandbox.receiver.wait_for_stripe("charge.refunded", 2))
    assert sorted((each["amount_refunded"], each["refunded"]) for each in (first, second)) == [
        (47_920, False),
        (95_840, True),
    ]
    assert [each.amount for each in sandbox.stripe.v1.refunds.list({"charge": charge.id}).data] == [47_920, 47_920]
    moved = sandbox.stripe.v1.balance_transactions.list({"type": "refund"}).data
    assert [each.amount for each in moved] == [-47_920, -47_920]


@pytest.mark.parametrize(("evidence", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_a_dispute_is_decided_by_its_evidence(sandbox: Running, evidence: str, status: str) -> None:
    session = sandbox.new_session()
    sandbox.pay(session.id, "4242424242424242")
    charge = _charge_of(sandbox, session.id)
    made = sandbox.control("POST", f"stripe/charges/{charge.id}/dispute", {}, status=201)
    created = _event(sandbox.receiver.wait_for_stripe("charge.dispute.created")[0]).data.object
    assert (created["id"], created["charge"], created["status"]) == (made["id"], charge.id, "needs_response")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.stripe.v1.refunds.create({"charge": charge.id})
    assert refused.value.code == "charge_disputed"
    decided = sandbox.stripe.v1.disputes.update(made["id"], {"evidence": {"uncategorized_text": evidence}})
    assert decided.status == status
    assert set(decided.to_dict()) <= set(stripe.Dispute.__annotations__)
    assert _event(sandbox.receiver.wait_for_stripe("charge.dispute.closed")[0]).data.object["status"] == status


def test_a_disputed_test_card_is_disputed_by_itself(sandbox: Running) -> None:
    session = sandbox.new_session()
    sandbox.pay(session.id, "4000000000000259")
    sandbox.receiver.wait_for_stripe("charge.dispute.created")
    assert sandbox.stripe.v1.disputes.list().data[0].reason == "fraudulent"


def test_a_refund_made_by_hand_tells_us(sandbox: Running) -> None:
    session = sandbox.new_session()
    sandbox.pay(session.id, "4242424242424242")
    charge = _charge_of(sandbox, session.id)
    sandbox.control("POST", f"stripe/charges/{charge.id}/refund", {"amount": 100}, status=201)
    assert _event(sandbox.receiver.wait_for_stripe("charge.refunded")[0]).data.object["amount_refunded"] == 100
