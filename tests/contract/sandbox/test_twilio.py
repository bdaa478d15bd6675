"""Twilio's own SDK against the stand-in."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from tests.contract.sandbox.support import OUR_NUMBER, TWILIO_SID, TWILIO_TOKEN, Hook, Running

pytestmark = pytest.mark.proves("S-1", "S-2", "S-4")

OWNER = "+13525550142"
_VALIDATOR = RequestValidator(TWILIO_TOKEN)


def _send(sandbox: Running, *, to: str = OWNER, sender: str = OUR_NUMBER, body: str = "Sold: 2 GA, Dallas") -> str:
    callback = f"{sandbox.receiver.url}/api/webhooks/twilio/status"
    return str(sandbox.twilio.messages.create(to=to, from_=sender, body=body, status_callback=callback).sid)


def _signed(sandbox: Running, hook: Hook) -> bool:
    url = sandbox.receiver.url + hook.path
    return bool(_VALIDATOR.validate(url, hook.form(), hook.headers["x-twilio-signature"]))


def test_a_text_is_queued_sent_and_delivered(sandbox: Running) -> None:
    made = sandbox.twilio.messages.create(to="+1 (352) 555-0142", from_=OUR_NUMBER, body="Sold: 2 GA")
    assert (made.status, made.to, made.direction, made.price) == ("queued", OWNER, "outbound-api", None)
    assert made.sid is not None
    assert made.sid.startswith("SM")
    sid = _send(sandbox)
    hooks = sandbox.receiver.wait(2)
    assert [hook.form()["MessageStatus"] for hook in hooks] == ["sent", "delivered"]
    assert all(_signed(sandbox, hook) for hook in hooks)
    fetched = sandbox.twilio.messages(sid).fetch()
    assert (fetched.status, fetched.error_code, fetched.num_segments) == ("delivered", None, "1")
    assert fetched.price == "-0.00790"
    assert isinstance(fetched.date_sent, dt.datetime)
    assert fetched.date_sent.tzinfo is not None
    assert sandbox.messages()[0]["status"] == "delivered"


@pytest.mark.parametrize(
    ("to", "sender", "code"),
    [
        ("+15005550001", OUR_NUMBER, 21211),
        ("+15005550002", OUR_NUMBER, 21612),
        ("+15005550003", OUR_NUMBER, 21408),
        ("+15005550004", OUR_NUMBER, 21610),
        ("+15005550009", OUR_NUMBER, 21614),
        (OWNER, "+15005550001", 21212),
        (OWNER, "+15005550007", 21606),
        (OWNER, "+15005550008", 21611),
        (OWNER, "+18135550199", 21606),
        ("+1-555-MANAGER", OUR_NUMBER, 21211),
        ("12", OUR_NUMBER, 21211),
    ],
)
def test_magic_and_wrong_numbers(sandbox: Running, to: str, sender: str, code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        _send(sandbox, to=to, sender=sender)
    assert refused.value.code == code
    assert sandbox.messages() == []


def test_the_magic_sender_may_send(sandbox: Running) -> None:
    assert _send(sandbox, sender="+15005550006")


@pytest.mark.parametrize(("missing", "code"), [("to", 21604), ("from_", 21603), ("body", 21602)])
def test_what_is_missing_is_named(sandbox: Running, missing: str, code: int) -> None:
    params = {"to": OWNER, "from_": OUR_NUMBER, "body": "Sold"} | {missing: ""}
    with pytest.raises(TwilioRestException) as refused:
        sandbox.twilio.messages.create(**params)
    assert (refused.value.status, refused.value.code) == (400, code)


@pytest.mark.parametrize(
    ("code", "status"), [("20003", 401), ("20429", 429), ("429", 429), ("21608", 400), ("21610", 400)]
)
def test_a_code_asked_for_answers_the_call(sandbox: Running, code: str, status: int) -> None:
    sandbox.fault(vendor="twilio", operation="messages.create", kind="vendor_code", code=code, count=1)
    answer = sandbox.http.post(
        f"{sandbox.url}/twilio/2010-04-01/Accounts/{TWILIO_SID}/Messages.json",
        data={"To": OWNER, "From": OUR_NUMBER, "Body": "Sold"},
        auth=(TWILIO_SID, TWILIO_TOKEN),
    )
    assert answer.status_code == status
    if code != "429":
        assert answer.json()["code"] == int(code)
    assert _send(sandbox)


@pytest.mark.parametrize(("code", "status"), [(30002, "failed"), (30003, "undelivered"), (30006, "undelivered")])
def test_a_code_of_a_delivery_shows_on_the_message(sandbox: Running, code: int, status: str) -> None:
    sandbox.fault(vendor="twilio", kind="vendor_code", code=code, count=1)
    sid = _send(sandbox)
    hook = sandbox.receiver.wait(1, where=lambda each: "ErrorCode" in each.form())[0]
    assert (hook.form()["MessageStatus"], hook.form()["ErrorCode"]) == (status, str(code))
    assert _signed(sandbox, hook)
    fetched = sandbox.twilio.messages(sid).fetch()
    assert (fetched.status, fetched.error_code) == (status, code)


def test_a_reply_comes_in_signed_and_twiml_answers_it(sandbox: Running) -> None:
    sandbox.receiver.body = b"<?xml version='1.0'?><Response><Message>Taken &amp; noted.</Message></Response>"
    sandbox.control("POST", "twilio/reply", {"from": OWNER, "to": OUR_NUMBER, "body": "ACK 4471"}, status=201)
    hook = sandbox.receiver.wait(1)[0]
    assert hook.path == "/api/webhooks/twilio/inbound"
    assert _signed(sandbox, hook)
    form = hook.form()
    assert (form["From"], form["To"], form["Body"], form["SmsStatus"]) == (OWNER, OUR_NUMBER, "ACK 4471", "received")
    sandbox.advance(5)
    answered = [message for message in sandbox.messages(to=OWNER) if not message["inbound"]]
    assert [message["text"] for message in answered] == ["Taken & noted."]


def test_stop_opts_out_until_start(sandbox: Running) -> None:
    sandbox.control("POST", "twilio/reply", {"from": OWNER, "body": "Stop"})
    assert sandbox.receiver.wait(1)[0].form()["OptOutType"] == "STOP"
    with pytest.raises(TwilioRestException) as refused:
        _send(sandbox)
    assert refused.value.code == 21610
    sandbox.control("POST", "twilio/reply", {"from": OWNER, "body": "START"})
    assert _send(sandbox)


def test_lists_filter_and_page(sandbox: Running) -> None:
    for at in range(7):
        _send(sandbox, body=f"Text {at}", to=OWNER if at % 2 else "+18135550101")
    assert [message.body for message in sandbox.twilio.messages.list(page_size=3)] == [
        f"Text {at}" for at in range(6, -1, -1)
    ]
    assert len(sandbox.twilio.messages.list(to=OWNER)) == 3
    assert sandbox.twilio.messages.list(from_="+15005550006") == []
    sandbox.advance(5)
    since = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    assert len(sandbox.twilio.messages.list(date_sent_after=since)) == 7
    assert sandbox.twilio.messages.list(date_sent_before=since) == []


def test_what_playbooks_ask_is_answered(sandbox: Running) -> None:
    assert [account.sid for account in sandbox.twilio.api.accounts.list()] == [TWILIO_SID]
    assert sandbox.twilio.api.accounts(TWILIO_SID).fetch().status == "active"
    before = Decimal(str(sandbox.twilio.api.account.balance.fetch().balance))
    _send(sandbox)
    sandbox.advance(1)
    assert Decimal(str(sandbox.twilio.api.account.balance.fetch().balance)) == before - Decimal("0.0079")


def test_wrong_credentials_are_20003(sandbox: Running) -> None:
    stranger = Client(TWILIO_SID, "another token")
    stranger.api.base_url = f"{sandbox.url}/twilio"
    with pytest.raises(TwilioRestException) as refused:
        stranger.messages.create(to=OWNER, from_=OUR_NUMBER, body="Sold")
    assert (refused.value.status, refused.value.code) == (401, 20003)
    with pytest.raises(TwilioRestException) as unknown:
        sandbox.twilio.messages("SM" + "0" * 32).fetch()
    assert (unknown.value.status, unknown.value.code) == (404, 20404)
