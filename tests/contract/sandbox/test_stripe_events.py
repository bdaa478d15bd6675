"""Stripe's own SDK against the stand-in: webhooks, retries, event lists, thin events, idempotency keys."""

from __future__ import annotations

import threading
from typing import Any, cast

import pytest
import stripe
from stripe.checkout import Session

from tests.contract.sandbox.support import STRIPE_KEY, STRIPE_SECRET, Receiver, Running, serving, session_params

pytestmark = pytest.mark.proves("S-1", "S-2")


def _complete(sandbox: Running) -> str:
    session = sandbox.new_session()
    sandbox.pay(session.id, "4242424242424242")
    return str(session.id)


def _key(name: str) -> stripe.RequestOptions:
    return {"idempotency_key": name}


def _replayed(session: Session) -> bool:
    assert session.last_response is not None
    return session.last_response.headers.get("Idempotent-Replayed") == "true"


def _only_sessions(sandbox: Running) -> None:
    """One webhook a payment, so that the receiver's answers meet the one that is looked at."""
    endpoint = sandbox.stripe.v1.webhook_endpoints.list().data[0]
    sandbox.stripe.v1.webhook_endpoints.update(endpoint.id, {"enabled_events": ["checkout.session.completed"]})


def test_a_webhook_that_failed_is_listed_and_tried_again_until_it_arrives(sandbox: Running) -> None:
    _only_sessions(sandbox)
    sandbox.receiver.answers = [500, 500]
    _complete(sandbox)
    sandbox.receiver.wait_for_stripe("checkout.session.completed")
    undelivered = sandbox.stripe.v1.events.list({"delivery_success": False, "types": ["checkout.session.completed"]})
    assert [event.pending_webhooks for event in undelivered.data] == [1]
    assert sandbox.stripe.v1.events.list({"delivery_success": True, "type": "checkout.session.*"}).data == []
    sandbox.advance(300)
    sandbox.receiver.wait_for_stripe("checkout.session.completed", 2)
    sandbox.advance(1800)
    hooks = sandbox.receiver.wait_for_stripe("checkout.session.completed", 3)
    assert len({hook.json()["id"] for hook in hooks}) == 1
    for hook in hooks:
        stripe.Webhook.construct_event(hook.body, hook.headers["stripe-signature"], STRIPE_SECRET)
    assert sandbox.stripe.v1.events.list({"delivery_success": False}).data == []


def test_a_webhook_is_given_up_after_three_days(sandbox: Running) -> None:
    _only_sessions(sandbox)
    sandbox.receiver.answers = [500] * 50
    _complete(sandbox)
    sandbox.receiver.wait_for_stripe("checkout.session.completed")
    sandbox.advance(4 * 86_400)
    tries = [hook for hook in sandbox.receiver.hooks if hook.json()["type"] == "checkout.session.completed"]
    assert len(tries) == 10
    assert sandbox.control("GET", "state?summary=1")["webhooks"]["givenUp"] == {"stripe": 1}
    assert len(sandbox.stripe.v1.events.list({"delivery_success": False}).data) == 1


def test_all_events_are_kept_whoever_asked_for_them(sandbox: Running) -> None:
    _complete(sandbox)
    kinds = [event.type for event in sandbox.stripe.v1.events.list().data]
    assert kinds == [
        "checkout.session.completed",
        "payment_intent.succeeded",
        "charge.succeeded",
        "payment_intent.created",
    ]
    event = sandbox.stripe.v1.events.list().data[0]
    assert sandbox.stripe.v1.events.retrieve(event.id).type == event.type
    assert event.api_version == stripe.api_version


def test_an_event_shows_the_object_as_it_was_then(sandbox: Running) -> None:
    session = sandbox.new_session()
    sandbox.pay(session.id, "debit_succeeds")
    sandbox.advance(181)
    by_kind = {event.type: event.data.object for event in sandbox.stripe.v1.events.list({"limit": 50}).data}
    assert by_kind["checkout.session.completed"]["payment_status"] == "unpaid"
    assert by_kind["checkout.session.async_payment_succeeded"]["payment_status"] == "paid"


def test_an_endpoint_of_ones_own_gets_what_it_asked_for(sandbox: Running) -> None:
    endpoint = sandbox.stripe.v1.webhook_endpoints.create(
        {"url": f"{sandbox.receiver.url}/own", "enabled_events": ["charge.succeeded"]}
    )
    assert endpoint.secret is not None
    _complete(sandbox)
    hook = sandbox.receiver.wait(1, where=lambda each: each.path == "/own")[0]
    event = stripe.Webhook.construct_event(hook.body, hook.headers["stripe-signature"], endpoint.secret)
    assert event.type == "charge.succeeded"
    sandbox.stripe.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    _complete(sandbox)
    sandbox.receiver.wait_for_stripe("checkout.session.completed", 2)
    assert len([each for each in sandbox.receiver.hooks if each.path == "/own"]) == 1
    assert sandbox.stripe.v1.webhook_endpoints.delete(endpoint.id).deleted


def test_thin_events_are_parsed_and_fetched_by_the_sdk(receiver: Receiver) -> None:
    with serving(receiver, SANDBOX_STRIPE_EVENTS="both") as sandbox:
        session = _complete(sandbox)
        snapshot = receiver.wait_for_stripe("checkout.session.completed")[0].json()
        hook = receiver.wait_for_stripe("v1.checkout.session.completed")[0]
        note = sandbox.stripe.parse_event_notification(hook.body, hook.headers["stripe-signature"], STRIPE_SECRET)
        assert isinstance(note, stripe.events.V1CheckoutSessionCompletedEventNotification)
        assert note.related_object.id == session
        assert note.fetch_related_object().payment_status == "paid"
        event = cast("Any", note.fetch_event())
        assert event.snapshot_event == snapshot["id"]
        assert set(event.to_dict()) - {"related_object"} <= set(stripe.v2.core.Event.__annotations__)


def test_an_event_destination_may_ask_for_thin_events(sandbox: Running) -> None:
    made = sandbox.stripe.v2.core.event_destinations.create(
        {
            "name": "thin",
            "type": "webhook_endpoint",
            "event_payload": "thin",
            "enabled_events": ["v1.charge.refunded"],
            "webhook_endpoint": {"url": f"{sandbox.receiver.url}/thin"},
            "include": ["webhook_endpoint.signing_secret", "webhook_endpoint.url"],
        }
    )
    assert made.webhook_endpoint is not None
    secret = made.webhook_endpoint.signing_secret
    session = _complete(sandbox)
    charge = sandbox.stripe.v1.charges.list().data[0]
    sandbox.stripe.v1.refunds.create({"charge": charge.id})
    hook = sandbox.receiver.wait(1, where=lambda each: each.path == "/thin")[0]
    note = sandbox.stripe.parse_event_notification(hook.body, hook.headers["stripe-signature"], secret)
    assert (note.type, cast("Any", note).related_object.id) == ("v1.charge.refunded", charge.id)
    assert session


def test_an_endpoint_hears_of_connected_accounts_or_of_our_own(sandbox: Running) -> None:
    """Each event names the account that it is of, and is in that account's list only."""
    client, secrets = sandbox.stripe, {}
    for path, connect in (("/connect", True), ("/own", False)):
        url = f"{sandbox.receiver.url}{path}"
        made = client.v1.webhook_endpoints.create(
            {"url": url, "enabled_events": ["account.updated", "charge.succeeded"], "connect": connect}
        )
        secrets[path] = made.secret
    thin = client.v2.core.event_destinations.create(
        {
            "name": "theirs",
            "type": "webhook_endpoint",
            "event_payload": "thin",
            "enabled_events": ["v1.account.updated", "v1.charge.succeeded"],
            "events_from": ["@accounts"],
            "webhook_endpoint": {"url": f"{sandbox.receiver.url}/thin"},
            "include": ["webhook_endpoint.signing_secret"],
        }
    )
    account = client.v1.accounts.create({"type": "standard"})
    for _ in range(2):
        sandbox.control("POST", f"stripe/accounts/{account.id}", {"chargesEnabled": False, "detailsSubmitted": True})
    _complete(sandbox)
    hooks = sandbox.receiver.wait(3, where=lambda each: each.path in {"/connect", "/own", "/thin"})
    by_path = {hook.path: hook for hook in hooks}
    assert len(by_path) == len(hooks)
    theirs, ours = (
        stripe.Webhook.construct_event(by_path[path].body, by_path[path].headers["stripe-signature"], secrets[path])
        for path in ("/connect", "/own")
    )
    assert (theirs.type, theirs.account, theirs.data.object["charges_enabled"]) == (
        "account.updated",
        account.id,
        False,
    )
    assert theirs.data.to_dict()["previous_attributes"] == {"charges_enabled": True, "payouts_enabled": True}
    assert (ours.type, getattr(ours, "account", None)) == ("charge.succeeded", None)
    assert thin.webhook_endpoint is not None
    hook = by_path["/thin"]
    signed = client.parse_event_notification(
        hook.body, hook.headers["stripe-signature"], thin.webhook_endpoint.signing_secret
    )
    assert (signed.type, str(signed.context)) == ("v1.account.updated", account.id)
    named: stripe.RequestOptions = {"stripe_account": account.id}
    assert [event.id for event in client.v1.events.list(options=named).data] == [theirs.id]
    assert theirs.id not in [event.id for event in client.v1.events.list({"limit": 100}).data]
    sandbox.control("POST", "stripe/accounts/acct_other", {}, status=404)


def test_the_same_key_gives_the_same_answer(sandbox: Running) -> None:
    params, key = session_params(), _key("attempt-1")
    first = sandbox.stripe.v1.checkout.sessions.create(params, key)
    again = sandbox.stripe.v1.checkout.sessions.create(params, key)
    assert first.id == again.id
    assert _replayed(again)
    assert not _replayed(first)
    with pytest.raises(stripe.IdempotencyError) as other:
        sandbox.stripe.v1.checkout.sessions.create(params | {"customer_email": "other@example.com"}, key)
    assert other.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        sandbox.stripe.v1.refunds.create({"charge": "ch_1"}, key)
    sandbox.advance(86_400)
    assert sandbox.stripe.v1.checkout.sessions.create(params, key).id != first.id


def test_an_error_is_repeated_under_its_key_but_a_refused_parameter_is_not_kept(sandbox: Running) -> None:
    sandbox.fault(vendor="stripe", operation="checkout.sessions.create", kind="error", status=500, count=1)
    key = _key("attempt-2")
    for replayed in (None, "true"):
        with pytest.raises(stripe.APIError) as failed:
            sandbox.stripe.v1.checkout.sessions.create(session_params(), key)
        assert failed.value.http_status == 500
        assert failed.value.headers is not None
        assert failed.value.headers.get("Idempotent-Replayed") == replayed
    key = _key("attempt-3")
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.stripe.v1.checkout.sessions.create(session_params(seats=1), key)
    assert sandbox.stripe.v1.checkout.sessions.create(session_params(), key).id


def test_a_repeat_while_the_first_still_runs_is_409(sandbox: Running) -> None:
    sandbox.fault(vendor="stripe", kind="latency", delayMs=600, count=1)
    key, params, first = _key("attempt-4"), session_params(), []
    slow = threading.Thread(
        target=lambda: first.append(sandbox.stripe.v1.checkout.sessions.create(params, key)), daemon=True
    )
    slow.start()
    while not sandbox.control("GET", "state?summary=1")["calls"]:
        pass
    with pytest.raises(stripe.APIError) as running:
        sandbox.stripe.v1.checkout.sessions.create(params, key)
    assert running.value.http_status == 409
    assert running.value.error is not None
    assert running.value.error.code == "idempotency_key_in_use"
    slow.join()
    assert len(first) == 1


def test_an_answer_that_got_lost_is_found_again_under_its_key(sandbox: Running) -> None:
    sandbox.fault(vendor="stripe", operation="checkout.sessions.create", kind="timeout_after", delayMs=50, count=1)
    key, params = _key("attempt-5"), session_params()
    with pytest.raises(stripe.APIConnectionError):
        sandbox.stripe.v1.checkout.sessions.create(params, key)
    found = sandbox.stripe.v1.checkout.sessions.create(params, key)
    assert _replayed(found)
    assert len(sandbox.stripe.v1.checkout.sessions.list().data) == 1


def test_a_call_without_an_answer_may_never_have_happened(sandbox: Running) -> None:
    sandbox.fault(vendor="stripe", operation="checkout.sessions.create", kind="timeout_before", delayMs=50, count=1)
    with pytest.raises(stripe.APIConnectionError):
        sandbox.new_session()
    assert sandbox.stripe.v1.checkout.sessions.list().data == []


def test_stripes_own_pace(receiver: Receiver) -> None:
    with serving(receiver, SANDBOX_LIKE_STRIPE="1") as sandbox:
        statuses: list[int] = []

        def call() -> None:
            answer = sandbox.http.get(
                f"{sandbox.url}/stripe/v1/account", headers={"Authorization": f"Bearer {STRIPE_KEY}"}
            )
            statuses.append(answer.status_code)

        callers = [threading.Thread(target=call, daemon=True) for _ in range(40)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert 25 <= statuses.count(200) < 40
        assert statuses.count(429) == 40 - statuses.count(200)
