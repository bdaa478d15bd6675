"""Accounts that are connected to ours sell for themselves, and keep a fee for us (Connect)."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import stripe

from tests.contract.sandbox.support import STRIPE_CLIENT_ID, STRIPE_KEY, Hook, Running, session_params

pytestmark = pytest.mark.proves("S-1", "S-2", "S-4")
CARD = "4242424242424242"


def _session(sandbox: Running, account: str, *, fee: int | None = None, key: str = "") -> Any:
    data = {"payment_intent_data": {"application_fee_amount": fee}} if fee is not None else {}
    options: stripe.RequestOptions = {"stripe_account": account}
    if key:
        options["idempotency_key"] = key
    return sandbox.stripe.v1.checkout.sessions.create(session_params(**data), options)


def _came_to(path: str, hook: Hook) -> bool:
    return hook.path == path


def test_a_connected_account_sells_and_keeps_our_fee(sandbox: Running) -> None:
    client, receiver = sandbox.stripe, sandbox.receiver
    seller, other = (client.v1.accounts.create({"type": "standard"}).id for _ in range(2))
    theirs: stripe.RequestOptions = {"stripe_account": seller}
    ours = client.v1.webhook_endpoints.create(
        {"url": f"{receiver.url}/connect", "enabled_events": ["charge.succeeded"], "connect": True}
    )
    own = client.v1.webhook_endpoints.create(
        {"url": f"{receiver.url}/own", "enabled_events": ["charge.succeeded"]}, theirs
    )
    session = _session(sandbox, seller, fee=2_500, key="attempt-1")
    assert _session(sandbox, seller, fee=2_500, key="attempt-1").id == session.id
    assert _session(sandbox, other, key="attempt-1").id != session.id
    page = sandbox.http.get(f"{sandbox.url}/pay/{session.id}")
    assert "$958.40" in page.text
    assert sandbox.pay(session.id, CARD)["outcome"] == "paid"
    (charge,) = client.v1.charges.list({}, theirs).data
    assert (charge.amount, charge.application_fee_amount) == (95_840, 2_500)
    booked = client.v1.balance_transactions.retrieve(str(charge.balance_transaction), {}, theirs)
    assert (booked.net, {each.type: each.amount for each in booked.fee_details}) == (
        95_840 - 2_809 - 2_500,
        {"stripe_fee": 2_809, "application_fee": 2_500},
    )
    (fee,) = client.v1.application_fees.list().data
    assert (fee.account, fee.amount, fee.charge) == (seller, 2_500, charge.id)
    for path, secret in (("/connect", ours.secret), ("/own", own.secret)):
        (hook,) = receiver.wait(1, where=partial(_came_to, path))
        event = stripe.Webhook.construct_event(hook.body, hook.headers["stripe-signature"], secret)
        assert (event.account, event.data.object["id"]) == (seller, charge.id)
    refund = client.v1.refunds.create({"charge": charge.id, "amount": 47_920, "refund_application_fee": True}, theirs)
    assert client.v1.application_fees.retrieve(fee.id).amount_refunded == 1_250
    assert client.v1.refunds.retrieve(refund.id, {}, theirs).charge == charge.id


def test_what_one_account_has_another_does_not(sandbox: Running) -> None:
    client = sandbox.stripe
    seller, other = (client.v1.accounts.create({"type": "standard"}).id for _ in range(2))
    session = _session(sandbox, seller)
    sandbox.pay(session.id, CARD)
    (charge,) = client.v1.charges.list({}, {"stripe_account": seller}).data
    event = client.v1.events.list({"type": "charge.succeeded"}, {"stripe_account": seller}).data[0]
    for options in ({"stripe_account": other}, {}):
        named: Any = options
        for look, object_id in (
            (client.v1.charges.retrieve, charge.id), (client.v1.checkout.sessions.retrieve, session.id),
            (client.v1.events.retrieve, event.id),
        ):  # fmt: skip
            with pytest.raises(stripe.InvalidRequestError, match="No such"):
                look(object_id, {}, named)
        assert charge.id not in [each.id for each in client.v1.charges.list({}, named).data]
    assert client.v1.accounts.retrieve(seller).id == seller
    assert client.v1.accounts.retrieve_current({}, {"stripe_account": seller}).id == seller


def test_a_fee_is_taken_of_connected_accounts_only_and_no_more_than_is_paid(sandbox: Running) -> None:
    seller = sandbox.stripe.v1.accounts.create({"type": "standard"}).id
    for account, fee in (("", 100), (seller, 95_841)):
        with pytest.raises(stripe.InvalidRequestError, match="application"):
            _session(sandbox, account, fee=fee)


def test_an_account_that_may_not_charge_sells_nothing(sandbox: Running) -> None:
    seller = sandbox.stripe.v1.accounts.create({"type": "standard"}).id
    sandbox.control("POST", f"stripe/accounts/{seller}", {"chargesEnabled": False, "detailsSubmitted": False})
    with pytest.raises(stripe.InvalidRequestError, match="cannot currently make charges"):
        _session(sandbox, seller)
    sandbox.control("POST", f"stripe/accounts/{seller}", {"chargesEnabled": True, "detailsSubmitted": True})
    session = _session(sandbox, seller)
    sandbox.advance(25 * 3600)
    ended = sandbox.stripe.v1.checkout.sessions.retrieve(session.id, {}, {"stripe_account": seller})
    assert ended.status == "expired"


def _answered(sandbox: Running, **form: str) -> dict[str, list[str]]:
    """What an owner comes back with from the authorize page."""
    asked = {
        "client_id": STRIPE_CLIENT_ID, "response_type": "code", "scope": "read_write", "state": "s-1",
        "redirect_uri": "https://example.com/",
    }  # fmt: skip
    page = sandbox.http.get(f"{sandbox.url}/stripe/oauth/authorize?{urlencode(asked)}")
    answer = sandbox.http.post(page.url, form, allow_redirects=False)
    return parse_qs(urlsplit(answer.headers["location"]).query)


def test_an_owner_lets_us_use_an_account_until_it_is_ended(sandbox: Running) -> None:
    client = stripe.StripeClient(
        STRIPE_KEY,
        client_id=STRIPE_CLIENT_ID,
        base_addresses={"api": f"{sandbox.url}/stripe", "connect": f"{sandbox.url}/stripe"},
        max_network_retries=0,
    )
    back = _answered(sandbox, account="jpy", answer="allow")
    assert back["state"] == ["s-1"]
    given: Any = {"grant_type": "authorization_code", "code": back["code"][0]}
    token = client.oauth.token(given)
    seller = str(token.stripe_user_id)
    theirs: stripe.RequestOptions = {"stripe_account": seller}
    assert client.v1.accounts.retrieve_current({}, theirs).default_currency == "jpy"
    assert client.v1.accounts.retrieve_current({}, {"api_key": str(token.access_token)}).id == seller
    with pytest.raises(stripe.oauth_error.InvalidGrantError):
        client.oauth.token(given)
    client.oauth.deauthorize({"client_id": STRIPE_CLIENT_ID, "stripe_user_id": seller})
    with pytest.raises(stripe.oauth_error.InvalidClientError):
        client.oauth.deauthorize({"client_id": STRIPE_CLIENT_ID, "stripe_user_id": seller})
    with pytest.raises(stripe.PermissionError):
        client.v1.accounts.retrieve_current({}, theirs)
    again: Any = {
        "grant_type": "authorization_code",
        "code": _answered(sandbox, account=seller, answer="allow")["code"][0],
    }
    assert client.oauth.token(again).stripe_user_id == seller
    assert client.v1.accounts.retrieve_current({}, theirs).id == seller


def test_an_owner_may_say_no_and_a_strange_platform_is_not_asked_about(sandbox: Running) -> None:
    assert _answered(sandbox, answer="deny")["error"] == ["access_denied"]
    assert sandbox.http.get(f"{sandbox.url}/connect/stripe?client_id=unknown").status_code == 400


def test_a_connected_account_is_debited_once_for_a_key_where_its_losses_are_ours(sandbox: Running) -> None:
    client = sandbox.stripe
    seller = client.v1.accounts.create({"type": "express"}).id
    wanted: Any = {"amount": 1_234, "currency": "usd", "source": seller, "transfer_group": "commission-1"}
    wanted["metadata"] = {"collectionId": "1"}
    made, again = (client.v1.charges.create(wanted, {"idempotency_key": "c-1"}) for _ in range(2))
    assert (again.id, made.status, made.id[:3]) == (made.id, "succeeded", "py_")
    (found,) = client.v1.charges.list({"transfer_group": "commission-1"}).data
    assert (found.id, found.payment_intent, found.metadata["collectionId"]) == (made.id, None, "1")
    moved = client.v1.balance_transactions.retrieve(str(made.balance_transaction))
    assert (moved.type, moved.net) == ("payment", 1_234)
    (gone,) = client.v1.balance_transactions.list({}, {"stripe_account": seller}).data
    assert (gone.type, gone.net) == ("transfer", -1_234)
    seen = sandbox.control("GET", "state")["stripe"]
    assert {"id": made.id, "account": seller, "amount": 1_234} in seen["debits"]
    assert made.id not in [each["id"] for each in seen["charges"]], "it is no buyer's"


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        ("standard", {}, "responsible for negative balances"),
        ("express", {"amount": 49}, "at least"),
        ("express", {"currency": "eur"}, "default currency"),
        ("express", {"source": "acct_unknown"}, "No such token"),
    ],
)
def test_a_debit_that_stripe_would_refuse_is_refused(
    sandbox: Running, kind: Any, change: dict[str, Any], message: str
) -> None:
    seller = sandbox.stripe.v1.accounts.create({"type": kind}).id
    wanted: Any = {"amount": 1_234, "currency": "usd", "source": seller, **change}
    with pytest.raises(stripe.InvalidRequestError, match=message):
        sandbox.stripe.v1.charges.create(wanted)


def test_an_account_that_may_not_charge_is_not_debited(sandbox: Running) -> None:
    seller = sandbox.stripe.v1.accounts.create({"type": "express"}).id
    sandbox.control("POST", f"stripe/accounts/{seller}", {"chargesEnabled": False, "detailsSubmitted": True})
    with pytest.raises(stripe.InvalidRequestError, match="cannot currently make charges"):
        sandbox.stripe.v1.charges.create({"amount": 1_234, "currency": "usd", "source": seller})
