"""SendGrid's own SDK against the stand-in."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient
from sendgrid.helpers.eventwebhook import EventWebhook
from sendgrid.helpers.mail import (
    Attachment,
    Category,
    ContentId,
    CustomArg,
    Disposition,
    FileContent,
    FileName,
    FileType,
    From,
    Mail,
    To,
)

from sandbox.sendgrid.keys import EventKey, new_private_key
from tests.contract.sandbox.support import Hook, Receiver, Running, serving

pytestmark = pytest.mark.proves("S-1", "S-2", "S-4")

BUYER = "jordan.ellis@example.com"


def _mail(**changes: Any) -> Mail:
    params: dict[str, Any] = {
        "from_email": From("tickets@example.com", "Workshops"),
        "to_emails": BUYER,
        "subject": "Your 2 seats",
        "plain_text_content": "You are in.",
        "html_content": '<p>You are in.</p><img src="cid:qr1"><script>parent.alert(1)</script>',
    }
    return Mail(**params | changes)


def _attachment(name: str, kind: str, content: bytes, content_id: str | None = None) -> Attachment:
    made = Attachment(FileContent(base64.b64encode(content).decode()), FileName(name), FileType(kind))
    made.disposition = Disposition("inline" if content_id else "attachment")
    if content_id:
        made.content_id = ContentId(content_id)
    return made


def _verified(sandbox: Running, hook: Hook) -> bool:
    key = json.loads(sandbox.sendgrid.client.user.webhooks.event.settings.signed.get().body)["public_key"]
    return bool(
        EventWebhook(key).verify_signature(
            hook.body.decode(),
            hook.headers["x-twilio-email-event-webhook-signature"],
            hook.headers["x-twilio-email-event-webhook-timestamp"],
        )
    )


def test_a_mail_arrives_with_its_attachments_and_its_events(sandbox: Running) -> None:
    mail = _mail()
    mail.add_attachment(_attachment("qr1.png", "image/png", b"png", "qr1"))
    mail.add_attachment(_attachment("dallas.ics", "text/calendar", b"BEGIN:VCALENDAR"))
    mail.add_custom_arg(CustomArg("deliveryId", "d-1"))
    mail.add_category(Category("confirmation"))
    answer = sandbox.sendgrid.send(mail)
    assert answer.status_code == 202
    assert answer.body == b""
    message_id = answer.headers["X-Message-Id"]
    hooks = sandbox.receiver.wait(2)
    assert all(_verified(sandbox, hook) for hook in hooks)
    # Each event is a call of its own, so they may overtake each other.
    events = [event for hook in hooks for event in hook.json()]
    assert {event["event"] for event in events} == {"processed", "delivered"}
    assert {event["sg_message_id"].partition(".")[0] for event in events} == {message_id}
    assert {(event["email"], event["deliveryId"], event["category"][0]) for event in events} == {
        (BUYER, "d-1", "confirmation")
    }
    message = sandbox.messages(channel="email", to="Jordan.Ellis@example.com")[0]
    assert (message["subject"], message["text"], message["from"]) == (
        "Your 2 seats",
        "You are in.",
        "tickets@example.com",
    )
    assert message["status"] == "delivered"
    by_name = {each["filename"]: each for each in message["attachments"]}
    assert by_name["qr1.png"]["contentId"] == "qr1"
    assert base64.b64decode(by_name["dallas.ics"]["content"]) == b"BEGIN:VCALENDAR"


@pytest.mark.parametrize(
    ("body", "field", "status"),
    [
        ({"personalizations": []}, "personalizations", 400),
        ({"personalizations": [{"to": []}]}, "personalizations.0.to", 400),
        ({"personalizations": [{"to": [{"email": "nobody"}]}]}, "personalizations.0.to.0.email", 400),
        ({"personalizations": [{"to": [{"email": BUYER}], "cc": [{"email": BUYER}]}]}, "personalizations", 400),
        ({"from": {}}, "from.email", 400),
        ({"from": {"email": "tickets@elsewhere.example"}}, "from", 403),
        ({"subject": ""}, "subject", 400),
        ({"content": []}, "content", 400),
        ({"content": [{"type": "text/html", "value": "x"}, {"type": "text/plain", "value": "x"}]}, "content", 400),
        ({"attachments": [{"filename": "a", "content": "not base64!"}]}, "attachments.0.content", 400),
        ({"colour": "red"}, "colour", 400),
        ({"personalizations": ["nobody"]}, None, 400),
        ({"attachments": 7}, None, 400),
    ],
)
def test_what_sendgrid_refuses_is_refused(
    sandbox: Running, body: dict[str, Any], field: str | None, status: int
) -> None:
    with pytest.raises(HTTPError) as refused:
        sandbox.sendgrid.client.mail.send.post(request_body=_mail().get() | body)
    assert refused.value.status_code == status
    assert json.loads(refused.value.body)["errors"][0]["field"] == field
    assert sandbox.messages() == []


def test_every_recipient_gets_a_mail_of_his_own(sandbox: Running) -> None:
    sandbox.sendgrid.send(_mail(to_emails=[To(BUYER), To("owner@example.com")], is_multiple=True))
    assert {message["to"] for message in sandbox.messages(channel="email")} == {BUYER, "owner@example.com"}


@pytest.mark.parametrize("code", ["bounce", "dropped", "deferred", "spamreport"])
def test_a_mail_that_does_not_arrive(sandbox: Running, code: str) -> None:
    sandbox.fault(vendor="sendgrid", operation="mail.send", kind="vendor_code", code=code, count=1)
    assert sandbox.sendgrid.send(_mail()).status_code == 202
    hooks = sandbox.receiver.wait(2)
    assert [event["event"] for hook in hooks for event in hook.json()][-1] == code


def test_the_activity_list_finds_a_mail_by_its_custom_argument(sandbox: Running) -> None:
    for at in range(3):
        mail = _mail(subject=f"Seat {at}")
        mail.add_custom_arg(CustomArg("deliveryId", f"d-{at}"))
        sandbox.sendgrid.send(mail)
    sandbox.advance(1)
    query = {"query": 'unique_args[\'deliveryId\']="d-1" AND to_email="' + BUYER + '"', "limit": 10}
    found = json.loads(sandbox.sendgrid.client.messages.get(query_params=query).body)["messages"]
    assert [(each["subject"], each["status"]) for each in found] == [("Seat 1", "delivered")]
    newest = json.loads(sandbox.sendgrid.client.messages.get(query_params={"limit": 2}).body)["messages"]
    assert [each["subject"] for each in newest] == ["Seat 2", "Seat 1"]
    one = sandbox.sendgrid.client.messages._(newest[0]["msg_id"]).get()
    assert json.loads(one.body)["subject"] == "Seat 2"


def test_what_playbooks_ask_is_answered_and_a_wrong_key_is_401(sandbox: Running) -> None:
    assert json.loads(sandbox.sendgrid.client.user.account.get().body)["type"] == "paid"
    with pytest.raises(HTTPError) as refused:
        SendGridAPIClient("SG.stranger", host=f"{sandbox.url}/sendgrid").send(_mail())
    assert refused.value.status_code == 401


def test_the_signing_key_can_be_given(receiver: Receiver) -> None:
    private = new_private_key()
    with serving(receiver, SANDBOX_SENDGRID_SIGNING_KEY=private) as sandbox:
        signed = sandbox.sendgrid.client.user.webhooks.event.settings.signed.get()
        assert json.loads(signed.body)["public_key"] == EventKey(private).public


def test_a_batch_that_was_refused_comes_again(sandbox: Running) -> None:
    sandbox.receiver.answers = [503]
    sandbox.sendgrid.send(_mail())
    sandbox.receiver.wait(2)
    sandbox.advance(300)
    events = [event["event"] for hook in sandbox.receiver.wait(3) for event in hook.json()]
    assert sorted(events) == ["delivered", "processed", "processed"]


def test_only_checking_sends_nothing(sandbox: Running) -> None:
    body = _mail().get() | {"mail_settings": {"sandbox_mode": {"enable": True}}}
    assert sandbox.sendgrid.client.mail.send.post(request_body=body).status_code == 200
    assert sandbox.messages() == []
