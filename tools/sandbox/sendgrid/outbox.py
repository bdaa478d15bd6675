"""Mails that were taken, and what became of them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sandbox.core.faults import Kind
from sandbox.core.http import Record
from sandbox.core.messages import KEPT, Channel, Message
from sandbox.sendgrid.errors import DELIVERY_CODES, SendgridRefusedError
from sandbox.sendgrid.events import EventWebhook
from sandbox.sendgrid.keys import EventKey
from sandbox.sendgrid.mail import Mail, Recipient
from sandbox.world import World

ARRIVES_AFTER = 0.1
"""Seconds."""
# A delivery's event: what the message store shows, and what the activity list calls it.
_STATUS = {
    "processed": ("processed", "processed"), "delivered": ("delivered", "delivered"), "open": ("opened", "delivered"),
    "bounce": ("bounced", "not_delivered"), "blocked": ("blocked", "not_delivered"),
    "deferred": ("deferred", "processed"), "dropped": ("dropped", "not_delivered"),
    "spamreport": ("spam report", "delivered"),
}  # fmt: skip
_FACTS: dict[str, Record] = {
    "delivered": {"response": "250 2.0.0 OK"},
    "bounce": {"type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 The email account that you tried to reach does"
               " not exist.", "bounce_classification": "Invalid Address"},
    "blocked": {"event": "bounce", "type": "blocked", "status": "5.7.1", "reason": "550 5.7.1 Message blocked.",
                "bounce_classification": "Content"},
    "deferred": {"response": "451 4.3.0 Try again later", "attempt": "1"},
    "dropped": {"reason": "Bounced Address", "status": "5.0.0"},
}  # fmt: skip


@dataclass(slots=True)
class Sent:
    """One mail to one recipient."""

    id: str
    mail: Mail
    recipient: Recipient
    activity: str
    last_event: float
    opens: int = 0


class Outbox:
    """Takes mails, moves them on, and tells the event webhook."""

    def __init__(self, world: World, key: EventKey) -> None:
        self._world = world
        self._webhook = EventWebhook(world, key)
        self.sent: dict[str, Sent] = world.keep.shelf("sendgrid.sent", Sent)
        world.timers.names(mail_arrives=self._arrive)

    def take(self, mail: Mail) -> str:
        """The `X-Message-Id`. Raises SendgridRefusedError for a sender that isn't ours."""
        self._check_sender(mail)
        message_id = self._world.ids.base62("", 22)
        if mail.only_checked:
            return message_id
        for at, recipient in enumerate(mail.recipients):
            sent = Sent(f"{message_id}.recvd-sandbox-{at}", mail, recipient, "processed", self._world.timers.wall())
            self.sent[sent.id] = sent
            if len(self.sent) > KEPT:
                del self.sent[next(iter(self.sent))]
            self._show(sent)
            self._tell(sent, "processed")
            self._world.timers.later(ARRIVES_AFTER, "mail_arrives", sent.id, self._fate())
        return message_id

    def opened(self, sent_id: str) -> None:
        """Somebody looks at the mail in the inbox; SendGrid's pixel would tell."""
        sent = self.sent.get(sent_id)
        if sent is None or sent.activity != "delivered":
            return
        sent.opens += 1
        if sent.opens == 1:
            self._tell(sent, "open")

    def _check_sender(self, mail: Mail) -> None:
        ours = self._world.settings.sendgrid_from_email
        if ours and mail.sender.rpartition("@")[2].lower() != ours.rpartition("@")[2].lower():
            raise SendgridRefusedError(
                403,
                "The from address does not match a verified Sender Identity. Mail cannot be sent until this error is"
                " resolved. Visit https://sendgrid.com/docs/for-developers/sending-email/sender-identity/ to see the"
                " Sender Identity requirements",
                field="from",
            )

    def _fate(self) -> str:
        struck = self._world.faults.striking(
            "sendgrid", "mail.send", frozenset({Kind.VENDOR_CODE}), only=lambda fault: fault.code in DELIVERY_CODES
        )
        return struck[0].code or "delivered" if struck else "delivered"

    async def _arrive(self, sent_id: str, event: str) -> None:
        sent = self.sent.get(sent_id)
        if sent is None:
            return
        if event == "spamreport":
            self._tell(sent, "delivered")
        self._tell(sent, event)

    def _show(self, sent: Sent) -> None:
        mail, recipient = sent.mail, sent.recipient
        self._world.messages.add(
            Message(
                id=sent.id,
                channel=Channel.EMAIL,
                to=recipient.email,
                sender=mail.sender,
                text=mail.text,
                status="processed",
                timestamp=self._world.timers.wall(),
                html=mail.html,
                subject=recipient.subject,
                attachments=mail.attachments,
                headers=_headers(mail, recipient),
                facts={"senderName": mail.sender_name, **({"replyTo": mail.reply_to} if mail.reply_to else {})},
            )
        )

    def _tell(self, sent: Sent, event: str) -> None:
        shown, sent.activity = _STATUS[event]
        sent.last_event = self._world.timers.wall()
        self._world.messages.set_status(sent.id, shown)
        record: Record = {
            **sent.recipient.custom_args,
            "email": sent.recipient.email, "event": event, "sg_event_id": self._world.ids.base62("", 22),
            "sg_message_id": sent.id, "smtp-id": f"<{sent.id.partition('.')[0]}@sandbox.example.com>",
            "timestamp": int(sent.last_event),
        }  # fmt: skip
        if sent.mail.categories:
            record["category"] = list(sent.mail.categories)
        self._webhook.add(record | _FACTS.get(event, {}))


def _headers(mail: Mail, recipient: Recipient) -> dict[str, str]:
    headers = dict(recipient.headers)
    if recipient.custom_args:
        headers["X-SMTPAPI"] = json.dumps({"unique_args": recipient.custom_args})
    if mail.categories:
        headers["X-Categories"] = ", ".join(mail.categories)
    return headers
