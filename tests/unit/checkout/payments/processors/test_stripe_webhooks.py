"""Signatures and envelopes of Stripe's webhooks (C-4)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from stripe import WebhookSignature

from chassis.signatures import SignatureInvalid, SignatureMissing
from checkout.payments.errors import ObjectStrange
from checkout.payments.processors.stripe_webhooks import object_path, read_webhook, shown, verify
from tests.unit.checkout.samples import NOW

pytestmark = pytest.mark.proves("C-4")

SECRET, OLD_SECRET = "whsec_new", "whsec_old"
EVENT: dict[str, Any] = {"id": "evt_1", "object": "event", "type": "charge.refunded", "livemode": False, "created": 10}
ODD: tuple[dict[str, Any], ...] = ({"created": []}, {"id": 1}, {"id": "evt_\0"}, {"id": "x" * 5000}, {"type": "a b"})


def signed(body: bytes, secret: str, *, age: float = 0) -> str:
    return str(WebhookSignature.generate_signature_header(body.decode(), secret, int(NOW.timestamp() - age)))


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
@pytest.mark.parametrize("age", [-300, 0, 300])
def test_any_of_the_secrets_counts_within_300_seconds_either_way(secret: str, age: int) -> None:
    verify(b"{}", signed(b"{}", secret, age=age), [SECRET, OLD_SECRET], now=NOW)


@pytest.mark.parametrize(
    "header",
    [
        signed(b"{}", "whsec_other"),
        signed(b"{ }", SECRET),
        signed(b"{}", SECRET, age=301),
        signed(b"{}", SECRET, age=-301),
        "t=,v1=",
        "t=²,v1=00",
        "v1=00",
        f"t={int(NOW.timestamp())}",
        f"t={'9' * 400},v1=00",
        f"t={'9' * 5000},v1=00",
        f"t={int(NOW.timestamp())},v1=ÿ",
        f"t={int(NOW.timestamp())},v1=\N{ARABIC-INDIC DIGIT ZERO}",
        "a," * 1000,
        "\x00",
    ],
)
def test_everything_else_is_refused(header: str) -> None:
    with pytest.raises(SignatureInvalid):
        verify(b"{}", header, [SECRET], now=NOW)


def test_no_signature_is_told_apart() -> None:
    with pytest.raises(SignatureMissing):
        verify(b"{}", "", [SECRET], now=NOW)


def test_bytes_that_are_no_text_are_refused_not_raised() -> None:
    with pytest.raises(SignatureInvalid):
        verify(b"\xff\xfe", signed(b"{}", SECRET), [SECRET], now=NOW)


def test_a_thin_event_and_its_snapshot_are_one_occasion() -> None:
    snapshot = read_webhook(json.dumps(EVENT).encode())
    thin = {
        **EVENT,
        "id": "evt_thin",
        "object": "v2.core.event",
        "type": "v1.charge.refunded",
        "created": "2026-11-21T12:00:00.000Z",
        "snapshot_event": "evt_1",
    }
    found = read_webhook(json.dumps(thin).encode())
    assert (found.occasion, found.type) == (snapshot.occasion, snapshot.type)
    assert (found.thin, found.account, snapshot.account) == (True, None, None)


@pytest.mark.parametrize(
    "event",
    [
        {**EVENT, "account": "acct_1"},
        {**EVENT, "object": "v2.core.event", "created": "2026-11-21T12:00:00.000Z", "context": "acct_1"},
    ],
)
def test_an_event_of_a_connected_account_says_so_in_both_forms(event: dict[str, Any]) -> None:
    body = json.dumps(event).encode()
    assert [read_webhook(body, connected=connected).account for connected in (True, False)] == ["acct_1", "acct_1"]


def test_at_the_door_of_connected_accounts_only_they_are_told_of() -> None:
    with pytest.raises(SignatureInvalid):
        read_webhook(json.dumps(EVENT).encode(), connected=True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"id": 1}',
        b"\xff",
        b"[" * 100_000,
        *(json.dumps({**EVENT, **odd}).encode() for odd in ODD),
    ],
)
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(SignatureInvalid):
        read_webhook(body)


def test_a_thin_event_is_read_where_its_object_is() -> None:
    assert object_path({"related_object": {"url": "/v1/checkout/sessions/cs_test_1"}}) == (
        "/v1/checkout/sessions/cs_test_1"
    )


@pytest.mark.proves("X-4")
@pytest.mark.parametrize(
    "named",
    [
        None,
        {},
        "/v1/charges/ch_1",
        {"url": None},
        {"url": ":8768/v1/charges/ch_1"},
        {"url": "@evil.example.com/v1/charges/ch_1"},
        {"url": "/../v1/charges/ch_1"},
        {"url": "/v1/charges/../account"},
        {"url": "/v1/charges/ch_1?expand[]=customer"},
        {"url": "//evil.example.com/v1/charges/ch_1"},
        {"url": "/v1/customers/cus_1"},
        {"url": "/v1/charges/ch_1\n"},
    ],
)
def test_a_thin_event_sends_our_key_nowhere_else(named: object) -> None:
    with pytest.raises(ObjectStrange):
        object_path({"related_object": named})
    with pytest.raises(ObjectStrange):
        object_path({})


@pytest.mark.proves("C-4", "C-12")
def test_staff_see_of_an_event_what_is_harmless_and_nothing_else() -> None:
    subject = {
        "id": "cs_test_1",
        "object": "checkout.session",
        "amount_total": 119800,
        "success_url": "https://tickets.example.com/success?order=1&token=secret-of-the-order",
        "cancel_url": "https://tickets.example.com/cancel?token=secret-of-the-order",
        "client_secret": "secret",
        "customer_email": "jordan@example.com",
        "customer_details": {"name": "Jordan Ellis", "email": "jordan@example.com", "address": {
            "city": "Ocala", "country": "US", "line1": "1 Sample Street", "postal_code": "34470", "state": "FL"}},
        "metadata": {"cityId": "dallas-jan-2027", "note": "call Jordan"},
        "custom_fields": [{"text": {"value": "Jordan"}}],
    }  # fmt: skip
    event = {**EVENT, "data": {"object": subject}, "request": {"idempotency_key": "secret"}}
    assert shown(json.dumps(event).encode()) == {
        **EVENT,
        "data": {
            "object": {
                "id": "cs_test_1",
                "object": "checkout.session",
                "amount_total": 119800,
                "customer_details": {"address": {"country": "US", "state": "FL"}},
                "metadata": {"cityId": "dallas-jan-2027"},
            }
        },
    }
