from __future__ import annotations

import base64
import hmac
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator

from chassis.clock import TEST_EPOCH as NOW
from chassis.ids import uuid7
from chassis.signatures import SignatureInvalid, SignatureMissing
from notifier.callbacks.signatures import PagerDutySignature, SendGridSignature, SlackSignature, TwilioSignature
from notifier.contacts.domain import opt_out
from notifier.receipts.domain import sendgrid_receipt, twilio_receipt, unwanted

URL, PATH = "https://tickets.example.com", "/api/webhooks/twilio/status?delivery=1"
FORM = ImmutableMultiDict([("MessageSid", "SM1"), ("MessageStatus", "delivered")])
KEY = generate_private_key(SECP256R1())
PUBLIC, OTHERS = (
    base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    for key in (KEY, generate_private_key(SECP256R1()))
)
BODY = b'[{"event":"delivered"}]\r\n'


@pytest.mark.proves("N-8")
def test_twilios_signature_covers_the_public_address_and_the_form() -> None:
    check = TwilioSignature([SecretStr("new"), SecretStr("token")], URL)
    good = RequestValidator("token").compute_signature(f"{URL}{PATH}", FORM)
    check.check(PATH, FORM, good)
    with pytest.raises(SignatureMissing):
        check.check(PATH, FORM, None)
    changed = ImmutableMultiDict([("MessageSid", "SM1"), ("MessageStatus", "failed")])
    for path, form, signature in ((PATH, changed, good), (PATH + "2", FORM, good), (PATH, FORM, "nonsense")):
        with pytest.raises(SignatureInvalid):
            check.check(path, form, signature)


def signed(body: bytes, timestamp: str) -> str:
    return base64.b64encode(KEY.sign(timestamp.encode() + body, ECDSA(hashes.SHA256()))).decode()


@pytest.mark.proves("N-8", "X-4")
def test_sendgrids_signature_covers_time_and_body() -> None:
    check, now = SendGridSignature([OTHERS, PUBLIC]), str(int(NOW.timestamp()))
    check.check(BODY, signature=signed(BODY, now), timestamp=now, now=NOW)
    with pytest.raises(SignatureMissing):
        check.check(BODY, signature=None, timestamp=now, now=NOW)
    old = str(int((NOW - timedelta(seconds=301)).timestamp()))
    wrong = (
        (BODY + b" ", signed(BODY, now), now),
        (BODY, signed(BODY, old), old),
        (BODY, signed(BODY, "soon"), "soon"),
        (BODY, "%%%", now),
        (b"\xff", signed(BODY, now), now),
    )
    for body, signature, timestamp in wrong:
        with pytest.raises(SignatureInvalid):
            check.check(body, signature=signature, timestamp=timestamp, now=NOW)


@pytest.mark.proves("N-8")
def test_without_a_key_no_event_is_believed() -> None:
    now = str(int(NOW.timestamp()))
    with pytest.raises(SignatureInvalid, match="SENDGRID_WEBHOOK_PUBLIC_KEY"):
        SendGridSignature([]).check(BODY, signature=signed(BODY, now), timestamp=now, now=NOW)


@pytest.mark.proves("O-9", "X-4")
def test_slack_and_pagerduty_may_sign_with_either_of_two_secrets() -> None:
    now, secrets = str(int(NOW.timestamp())), [SecretStr("new"), SecretStr("old")]
    for each in secrets:
        key = each.get_secret_value().encode()
        for_slack = hmac.new(key, b"v0:" + now.encode() + b":" + BODY, "sha256").hexdigest()
        SlackSignature(secrets).check(BODY, signature=f"v0={for_slack}", timestamp=now, now=NOW)
        for_pagerduty = hmac.new(key, BODY, "sha256").hexdigest()
        PagerDutySignature(secrets).check(BODY, signature=f"v1=nonsense, v1={for_pagerduty}")
    with pytest.raises(SignatureInvalid):
        SlackSignature(secrets[:1]).check(BODY, signature=f"v0={for_slack}", timestamp=now, now=NOW)
    with pytest.raises(SignatureInvalid):
        PagerDutySignature(secrets[:1]).check(BODY, signature=f"v1={for_pagerduty}")


@pytest.mark.proves("N-8")
def test_a_twilio_callback_names_its_delivery_and_repeats_are_told() -> None:
    delivery = uuid7()
    first, again = (twilio_receipt({"MessageSid": "SM1", "MessageStatus": "sent"}, str(delivery)) for _ in range(2))
    assert first is not None
    assert (first.delivery_id, first.provider_id, first.status) == (delivery, "SM1", "sent")
    assert first == again
    hostile = twilio_receipt({"MessageSid": "SM1", "MessageStatus": "sent"}, "' OR 1=1")
    assert hostile is not None
    assert hostile.delivery_id is None
    assert twilio_receipt({"MessageSid": "SM1"}, None) is None


@pytest.mark.proves("N-8")
def test_a_sendgrid_event_names_its_delivery() -> None:
    delivery = uuid7()
    event = {"event": "bounce", "status": "5.1.1", "sg_message_id": "abc.recvd-1", "delivery_id": str(delivery)}
    receipt = sendgrid_receipt(event)
    assert receipt is not None
    assert (receipt.delivery_id, receipt.provider_id, receipt.error_code) == (delivery, "abc", "5.1.1")
    assert receipt.dedup == (sendgrid_receipt(dict(event)) or receipt).dedup
    assert sendgrid_receipt({"event": {}}) is None


@pytest.mark.proves("N-8")
def test_who_wants_no_more_mail() -> None:
    events: list[dict[str, object]] = [
        {"event": "bounce", "type": "bounce", "email": "gone@example.com"},
        {"event": "bounce", "type": "blocked", "email": "full@example.com"},
        {"event": "spamreport", "email": "angry@example.com"},
        {"event": "delivered", "email": "fine@example.com"},
        {"event": "unsubscribe", "email": 7},
        {"event": "bounce", "email": "no address"},
    ]
    assert unwanted(events) == {"gone@example.com": "bounce", "angry@example.com": "spam_report"}


@pytest.mark.proves("N-8")
@pytest.mark.parametrize(
    ("form", "out"),
    [
        ({"Body": " Stop "}, True),
        ({"Body": "something", "OptOutType": "STOP"}, True),
        ({"Body": "REVOKE"}, True),
        ({"Body": "OptOut"}, True),
        ({"Body": "START"}, False),
        ({"Body": "ACK 4471"}, None),
        ({"Body": "please stop"}, None),
        ({}, None),
    ],
)
def test_stop_and_start(form: dict[str, str], out: bool | None) -> None:
    assert opt_out(form) is out
