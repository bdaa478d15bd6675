"""Stripe's own SDK against the stand-in: sessions, their parameters and their life."""

from __future__ import annotations

import time
from typing import Any, cast

import pytest
import stripe
from stripe.checkout import Session

from tests.contract.sandbox.support import Running, session_params

pytestmark = pytest.mark.proves("S-1", "S-2")


def test_a_session_has_every_field_that_the_sdk_knows_and_no_other(sandbox: Running) -> None:
    session = sandbox.new_session()
    assert isinstance(session, Session)
    known = set(Session.__annotations__)
    left_out = {"line_items", "optional_items", "name_collection", "OBJECT_NAME"}
    assert set(session.to_dict()) <= known
    missing = {name for name in known - set(session.to_dict()) - left_out if not name.startswith("_")}
    assert not missing
    assert (session.object, session.status, session.payment_status) == ("checkout.session", "open", "unpaid")
    assert (session.amount_total, session.currency, session.livemode) == (95_840, "usd", False)
    assert session.id.startswith("cs_test_")
    assert cast("Any", session.metadata).orderId == "order-1"
    assert session.payment_intent is None


def test_line_items_come_with_expand_and_by_themselves(sandbox: Running) -> None:
    session = sandbox.new_session()
    items = sandbox.stripe.v1.checkout.sessions.line_items.list(session.id).data
    assert [(item.quantity, item.amount_total, item.description) for item in items] == [(2, 95_840, "Dallas, GA")]
    again = sandbox.stripe.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items.data.price.product"]})
    assert again.line_items is not None
    price = again.line_items.data[0].price
    assert price is not None
    assert price.unit_amount == 47_920
    assert isinstance(price.product, stripe.Product)
    assert price.product.name == "Dallas, GA"


def _priced(currency: str, amount: int) -> dict[str, Any]:
    return _item(currency=currency, unit_amount=amount, product_data={"name": "GA"})


def _item(**price_data: Any) -> dict[str, Any]:
    return {"quantity": 1, "price_data": price_data}


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"seats": 2}, "parameter_unknown", "seats"),
        ({"line_items": [{"qty": 2}]}, "parameter_unknown", "line_items[0][qty]"),
        (
            {"line_items": [_item(unit_amount=5000, product_data={"name": "GA"})]},
            "parameter_missing",
            "line_items[0][price_data][currency]",
        ),
        (
            {"line_items": [_item(currency="usd", unit_amount=5000, product_data={"description": "x"})]},
            "parameter_missing",
            "line_items[0][price_data][product_data][name]",
        ),
        ({"line_items": []}, "parameter_missing", "line_items"),
        ({"expires_at": "soon"}, "parameter_invalid_integer", "expires_at"),
        ({"customer_email": "jordan"}, "email_invalid", "customer_email"),
        ({"success_url": "tickets"}, "url_invalid", "success_url"),
        ({"mode": "gift"}, None, "mode"),
        ({"metadata": {"k": "v" * 501}}, None, "metadata[k]"),
        ({"expand": ["seats"]}, None, "expand"),
    ],
)
def test_what_stripe_refuses_is_refused(
    sandbox: Running, changes: dict[str, Any], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.new_session(**changes)
    assert refused.value.http_status == 400
    assert refused.value.code == code
    assert str(refused.value.param).startswith(param)


@pytest.mark.parametrize(("minutes", "fits"), [(29, False), (30, True), (24 * 60, True), (24 * 60 + 1, False)])
def test_a_session_lives_from_30_minutes_to_24_hours(sandbox: Running, minutes: int, fits: bool) -> None:
    params = session_params(expires_at=int(time.time()) + minutes * 60)
    if fits:
        assert sandbox.stripe.v1.checkout.sessions.create(params).expires_at == params["expires_at"]
        return
    with pytest.raises(stripe.InvalidRequestError, match="expires_at"):
        sandbox.stripe.v1.checkout.sessions.create(params)


@pytest.mark.parametrize(
    ("currency", "amount", "code"),
    [
        ("usd", 49, "amount_too_small"),
        ("czk", 1499, "amount_too_small"),
        ("usd", 100_000_000, "amount_too_large"),
        ("idr", 1_000_000_000_000, "amount_too_large"),
        ("kwd", 152_992, "parameter_invalid_integer"),
        ("isk", 5_990_050, "parameter_invalid_integer"),
    ],
)
def test_a_total_that_the_currency_does_not_know_is_refused(
    sandbox: Running, currency: str, amount: int, code: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.new_session(line_items=[_priced(currency, amount)])
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("currency", "amount"), [("usd", 50), ("gbp", 30), ("idr", 999_999_999_999), ("kwd", 152_990), ("isk", 5_990_000)]
)
def test_the_least_the_most_and_a_whole_step_are_taken(sandbox: Running, currency: str, amount: int) -> None:
    assert sandbox.new_session(line_items=[_priced(currency, amount)]).amount_total == amount


def test_only_an_open_session_expires(sandbox: Running) -> None:
    session = sandbox.new_session()
    assert sandbox.stripe.v1.checkout.sessions.expire(session.id).status == "expired"
    hook = sandbox.receiver.wait_for_stripe("checkout.session.expired")[0]
    assert hook.json()["data"]["object"]["id"] == session.id
    with pytest.raises(stripe.InvalidRequestError, match="status of expired"):
        sandbox.stripe.v1.checkout.sessions.expire(session.id)
    paid = sandbox.new_session()
    sandbox.pay(paid.id, "4242424242424242")
    with pytest.raises(stripe.InvalidRequestError, match="status of complete"):
        sandbox.stripe.v1.checkout.sessions.expire(paid.id)
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        sandbox.stripe.v1.checkout.sessions.expire("cs_test_none")
    assert (unknown.value.http_status, unknown.value.code) == (404, "resource_missing")


def test_a_session_ends_by_itself(sandbox: Running) -> None:
    session = sandbox.new_session()
    sandbox.advance(35 * 60)
    assert sandbox.stripe.v1.checkout.sessions.retrieve(session.id).status == "expired"
    sandbox.receiver.wait_for_stripe("checkout.session.expired")


def test_lists_page_and_filter_as_the_sdk_expects(sandbox: Running) -> None:
    made = [sandbox.new_session().id for _ in range(5)]
    sandbox.pay(made[1], "4242424242424242")
    sessions = sandbox.stripe.v1.checkout.sessions
    first = sessions.list({"limit": 2})
    assert [each.id for each in first.data] == made[:2:-1]
    assert first.has_more
    assert [each.id for each in first.auto_paging_iter()] == made[::-1]
    assert [each.id for each in sessions.list({"ending_before": made[2], "limit": 1}).data] == [made[3]]
    assert [each.id for each in sessions.list({"status": "complete"}).data] == [made[1]]
    assert not sessions.list({"created": {"gt": int(time.time()) + 60}}).data
    assert len(sessions.list({"customer_details": {"email": "jordan.ellis@example.com"}}).data) == 5
    with pytest.raises(stripe.InvalidRequestError):
        sessions.list({"limit": 101})


def test_a_wrong_key_and_none_are_401(sandbox: Running) -> None:
    stranger = stripe.StripeClient(
        "sk_test_stranger", base_addresses={"api": f"{sandbox.url}/stripe"}, max_network_retries=0
    )
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key"):
        stranger.v1.checkout.sessions.list()
    answer = sandbox.http.get(f"{sandbox.url}/stripe/v1/account")
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert sandbox.http.get(f"{sandbox.url}/stripe/v1/account", auth=("sk_test_contract", "")).status_code == 200


def test_what_playbooks_ask_is_answered(sandbox: Running) -> None:
    sandbox.new_session()
    account = sandbox.stripe.v1.accounts.retrieve_current()
    assert account.charges_enabled
    assert [product.name for product in sandbox.stripe.v1.products.list().data] == ["Dallas, GA"]
    assert sandbox.stripe.v1.charges.list().data == []
    endpoint = sandbox.stripe.v1.webhook_endpoints.list().data[0]
    assert endpoint.url == f"{sandbox.receiver.url}/api/webhooks/stripe"
    assert "checkout.session.completed" in endpoint.enabled_events
    status = sandbox.http.get(f"{sandbox.url}/stripe/api/v2/status.json").json()
    assert status["status"]["indicator"] == "none"
    sandbox.fault(vendor="stripe", kind="error", status=503, statusPage="major")
    assert sandbox.http.get(f"{sandbox.url}/stripe/api/v2/status.json").json()["status"]["indicator"] == "major"
