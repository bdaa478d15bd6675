"""N-4's table, row by row, and what the gateways make of responses."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr
from sendgrid.helpers.mail import (
    Attachment as SdkAttachment,
)
from sendgrid.helpers.mail import (
    ContentId,
    Disposition,
    FileContent,
    FileName,
    FileType,
    Mail,
)

from chassis.clock import TEST_EPOCH as NOW
from chassis.http_client import VendorClient, VendorResponse, VendorTimeout, VendorUnavailable
from chassis.ids import uuid7
from notifier.channels.domain import Accepted, CannotTell, Lookup, Lost, NotThere, Progress, Refused, Verdict
from notifier.channels.email import Attachment, EmailMessage
from notifier.channels.pagerduty_events import PAGERDUTY
from notifier.channels.responses import Vendor
from notifier.channels.sendgrid import SENDGRID, SendGridAccount, SendGridEmail, mail_json
from notifier.channels.slack_history import SlackHistory, metadata
from notifier.channels.slack_responses import SLACK
from notifier.channels.sms import SmsMessage
from notifier.channels.twilio import TWILIO, TwilioAccount, TwilioSms

ACCOUNT = TwilioAccount(
    sid="AC" + "0" * 32,
    token=SecretStr("secret"),
    sender="+13525550199",
    callback_url="https://tickets.example.com/api/webhooks/twilio/status",
)
MAIL_ACCOUNT = SendGridAccount(
    api_key=SecretStr("SG.x"), from_email="tickets@example.com", from_name="6FB Workshops", reply_to="help@example.com"
)
SMS = SmsMessage(
    delivery_id=uuid7(), to="+13525550100", text="Sold. Order 7K3M-2QXD", segments=1,
    valid_for=timedelta(hours=20),
)  # fmt: skip
LOOKUP = Lookup(delivery_id=uuid7(), to="+13525550100", marker="Order 7K3M-2QXD", provider_id=None, created_at=NOW)


class Client(VendorClient):
    """Answers in order; keeps what it was asked."""

    def __init__(self, *responses: VendorResponse | Exception) -> None:
        super().__init__("twilio", "http://vendor.example.com")
        self.responses = list(responses)
        self.asked: list[tuple[str, str, bytes | None]] = []

    async def request(self, method: str, path: str, *, body: bytes | None = None, **_rest: object) -> VendorResponse:
        self.asked.append((method, path, body))
        response = self.responses.pop(0)
        if isinstance(response, Exception):
            raise response
        return response


def response(status: int, body: Any = None, **headers: str) -> VendorResponse:
    return VendorResponse(status, headers, json.dumps(body or {}).encode(), 0.041)


@pytest.mark.proves("N-4")
@pytest.mark.parametrize(
    ("vendor", "status", "code", "verdict"),
    [
        (TWILIO, 500, None, Verdict.PASSING),
        (TWILIO, 429, "20429", Verdict.PASSING),
        (TWILIO, 429, None, Verdict.PASSING),
        (TWILIO, 400, "21211", Verdict.PERMANENT),
        (TWILIO, 400, "21614", Verdict.PERMANENT),
        (TWILIO, 400, "21608", Verdict.PERMANENT),
        (TWILIO, 400, "21610", Verdict.PERMANENT),
        (TWILIO, 400, "21606", Verdict.ACCOUNT),
        (TWILIO, 403, "30002", Verdict.ACCOUNT),
        (TWILIO, 401, "20003", Verdict.ACCOUNT),
        (TWILIO, 401, None, Verdict.ACCOUNT),
        (TWILIO, 400, "99999", Verdict.PERMANENT),
        (TWILIO, 503, "99999", Verdict.PASSING),
        (SENDGRID, 400, None, Verdict.PERMANENT),
        (SENDGRID, 403, None, Verdict.PERMANENT),
        (SENDGRID, 413, None, Verdict.PERMANENT),
        (SENDGRID, 401, None, Verdict.ACCOUNT),
        (SENDGRID, 429, None, Verdict.PASSING),
        (SENDGRID, 502, None, Verdict.PASSING),
        (SLACK, 200, "invalid_auth", Verdict.ACCOUNT),
        (SLACK, 200, "ratelimited", Verdict.PASSING),
        (SLACK, 200, "channel_not_found", Verdict.PERMANENT),
        (SLACK, 200, "never_heard_of", Verdict.PERMANENT),
        (SLACK, 503, None, Verdict.PASSING),
        (SLACK, 429, None, Verdict.PASSING),
        (SLACK, 403, "invalid_token", Verdict.PERMANENT),
        (SLACK, 410, "channel_is_archived", Verdict.PERMANENT),
        (PAGERDUTY, 400, "invalid_routing_key", Verdict.ACCOUNT),
        (PAGERDUTY, 400, None, Verdict.PERMANENT),
        (PAGERDUTY, 429, None, Verdict.PASSING),
        (PAGERDUTY, 500, None, Verdict.PASSING),
    ],
)
def test_the_table(vendor: Vendor, status: int, code: str | None, verdict: Verdict) -> None:
    treated = vendor.refusal(status=status, code=code)
    assert treated.verdict is verdict
    assert treated.reason.endswith(".")
    assert treated.opted_out is (code == "21610")


@pytest.mark.asyncio
@pytest.mark.proves("N-2", "N-3")
async def test_an_sms_goes_out_with_the_sdks_parameter_names() -> None:
    vendor = Client(response(201, {"sid": "SM1", "status": "queued", "num_segments": "1", "price": None}))
    sent = await TwilioSms(vendor, ACCOUNT).send(SMS)
    assert sent == Accepted(provider_id="SM1", status="queued", response_ms=41, segments=1)
    [(_, path, body)] = vendor.asked
    assert path == f"/2010-04-01/Accounts/{ACCOUNT.sid}/Messages.json"
    assert parse_qs((body or b"").decode()) == {
        "To": [SMS.to],
        "From": [ACCOUNT.sender],
        "Body": [SMS.text],
        "StatusCallback": [f"{ACCOUNT.callback_url}?delivery={SMS.delivery_id}"],
        "ValidityPeriod": ["36000"],
    }


@pytest.mark.asyncio
@pytest.mark.proves("N-3", "N-4")
@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        (VendorTimeout("twilio", "messages.create", ambiguous=True, reason="no answer within 10 s"), Lost),
        (VendorUnavailable("twilio", "messages.create", ambiguous=True, reason="ServerDisconnectedError"), Lost),
        (VendorUnavailable("twilio", "messages.create", ambiguous=False, reason="ClientConnectorError"), Refused),
    ],
)
async def test_only_what_may_have_arrived_is_lost(failure: Exception, outcome: type[object]) -> None:
    assert isinstance(await TwilioSms(Client(failure), ACCOUNT).send(SMS), outcome)


@pytest.mark.asyncio
@pytest.mark.proves("N-4")
async def test_retry_after_is_honoured() -> None:
    headers = {"retry-after": "17"}
    refused = await TwilioSms(Client(response(429, {"code": 20429}, **headers)), ACCOUNT).send(SMS)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.retry_after) == ("20429", timedelta(seconds=17))


def listed(*bodies: str, date: str = "Sat, 21 Nov 2026 12:00:05 +0000", following: str | None = None) -> VendorResponse:
    messages = [
        {"sid": f"SM{at}", "body": body, "direction": "outbound-api", "date_created": date, "status": "sent"}
        for at, body in enumerate(bodies)
    ]
    return response(200, {"messages": messages, "next_page_uri": following})


@pytest.mark.asyncio
@pytest.mark.proves("N-3")
async def test_twilio_is_searched_by_our_marker_page_by_page() -> None:
    vendor = Client(listed("Something else", following="/page2"), listed("Sold … Order 7K3M-2QXD"))
    found = await TwilioSms(vendor, ACCOUNT).find(LOOKUP)
    assert isinstance(found, Accepted)
    assert vendor.asked[1][1] == "/page2"


@pytest.mark.asyncio
@pytest.mark.proves("N-3")
async def test_the_search_ends_at_older_messages_at_the_lists_end_or_in_doubt() -> None:
    older = listed("Something else", date="Sat, 21 Nov 2026 11:00:00 +0000", following="/page2")
    assert isinstance(await TwilioSms(Client(older), ACCOUNT).find(LOOKUP), NotThere)
    assert isinstance(await TwilioSms(Client(listed()), ACCOUNT).find(LOOKUP), NotThere)
    endless = [listed("Something else", following="/more") for _ in range(10)]
    assert isinstance(await TwilioSms(Client(*endless), ACCOUNT).find(LOOKUP), CannotTell)


@pytest.mark.asyncio
@pytest.mark.proves("N-3")
@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (response(200, {"messages": [{"msg_id": "abc.recvd-1", "status": "delivered"}]}), Accepted),
        (response(200, {"messages": []}), NotThere),
        (response(403), CannotTell),
        (response(500), Refused),
    ],
)
async def test_sendgrid_is_asked_by_the_custom_argument(given: VendorResponse, outcome: type[object]) -> None:
    found = await SendGridEmail(Client(given), MAIL_ACCOUNT).find(LOOKUP)
    assert isinstance(found, outcome)
    if isinstance(found, Accepted):
        assert found.provider_id == "abc"


def said(**page: Any) -> VendorResponse:
    return response(200, {"ok": True, **page})


CHANNELS = said(channels=[{"id": "C1", "name": "other"}, {"id": "C2", "name": "alerts"}])
NOTHING = said(messages=[{"ts": "1.2", "metadata": metadata(uuid7())}], response_metadata={"next_cursor": "more"})
POSTED = said(messages=[{"ts": "1.1", "metadata": metadata(LOOKUP.delivery_id)}])


@pytest.mark.asyncio
@pytest.mark.proves("N-3")
@pytest.mark.parametrize(
    ("responses", "outcome"),
    [
        ((CHANNELS, NOTHING, POSTED), Accepted),
        ((CHANNELS, NOTHING, said(messages=[])), NotThere),
        ((said(channels=[]),), NotThere),
        ((CHANNELS, *[NOTHING] * 10), CannotTell),
        ((CHANNELS, response(200, {"ok": False, "error": "missing_scope"})), CannotTell),
        ((response(429, {"ok": False, "error": "ratelimited"}),), Refused),
        ((CHANNELS, VendorTimeout("slack", "conversations.history", ambiguous=True, reason="no answer")), Lost),
    ],
)
async def test_slack_is_asked_by_the_metadata(responses: tuple[VendorResponse | Exception, ...], outcome: type) -> None:
    vendor = Client(*responses)
    found = await SlackHistory(vendor, SecretStr("xoxb-1")).find(replace(LOOKUP, to="#alerts"))
    assert isinstance(found, outcome)
    if isinstance(found, Accepted):
        assert found.provider_id == "C2:1.1"
        assert parse_qs((vendor.asked[1][2] or b"").decode())["channel"] == ["C2"]


@pytest.mark.proves("N-2")
def test_a_mail_has_the_shape_that_the_sdk_makes() -> None:
    message = EmailMessage(
        delivery_id=uuid7(), to="jordan.ellis@example.com", to_name="Jordan Ellis", subject="Your seat", text="Hi",
        html="<p>Hi</p>", attachments=(Attachment(filename="a.png", content_type="image/png", content=b"hi",
        content_id="ticket-1"),),
    )  # fmt: skip
    sdk = Mail(("tickets@example.com", "6FB Workshops"), [("jordan.ellis@example.com", "Jordan Ellis")])
    sdk.subject, sdk.reply_to = "Your seat", "help@example.com"
    sdk.add_content("Hi", "text/plain")
    sdk.add_content("<p>Hi</p>", "text/html")
    sdk.add_attachment(
        SdkAttachment(
            FileContent("aGk="), FileName("a.png"), FileType("image/png"), Disposition("inline"), ContentId("ticket-1")
        )
    )
    ours, theirs = mail_json(message, MAIL_ACCOUNT), sdk.get()
    assert ours["personalizations"][0].pop("custom_args") == {"delivery_id": str(message.delivery_id)}
    assert ours.pop("tracking_settings")["click_tracking"] == {"enable": False, "enable_text": False}
    assert ours == theirs


@pytest.mark.proves("N-8")
@pytest.mark.parametrize(
    ("vendor", "word", "step"),
    [
        (TWILIO, "queued", Progress.UNDER_WAY),
        (TWILIO, "sent", Progress.HANDED_ON),
        (TWILIO, "delivered", Progress.DELIVERED),
        (TWILIO, "undelivered", Progress.FAILED),
        (TWILIO, "bounce", Progress.UNDER_WAY),
        (SENDGRID, "bounce", Progress.FAILED),
        (SENDGRID, "deferred", Progress.UNDER_WAY),
        (SENDGRID, "open", Progress.DELIVERED),
        (SENDGRID, "something new", Progress.UNDER_WAY),
        (SLACK, "posted", Progress.UNDER_WAY),
    ],
)
def test_vendors_words(vendor: Vendor, word: str, step: Progress) -> None:
    assert vendor.progress_of(word) is step
