"""The stand-in's messages: sent, delivered or not, and answered (S-1)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from email.utils import format_datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode, urlsplit

from sandbox.core.faults import Kind
from sandbox.core.http import Record
from sandbox.core.keeping import RECORDS, Facts
from sandbox.core.messages import Channel, Message
from sandbox.core.webhooks import Callbacks, Delivery, RetryPlan
from sandbox.twilio.errors import FAILED_BEFORE_SENDING, UNDELIVERED, TwilioFaultAnswers, TwilioRefusedError
from sandbox.twilio.segments import PRICE, segments
from sandbox.twilio.signature import sign, signed_text
from sandbox.twilio.twiml import replies_in
from sandbox.world import World

INBOUND_PATH = "/api/webhooks/twilio/inbound"
API_VERSION = "2010-04-01"
SENT_AFTER = 0.05
"""Seconds until a message leaves; it arrives after as many again, times three."""
# Twilio tries a callback once more when it can't connect, not when the receiver answers an error.
_CALLBACK_PLAN = RetryPlan(waits=(2.0,), on_status=False, timeout=15.0)
_NO_NOTES: Final[Mapping[str, str]] = MappingProxyType({})
_MOST_LETTERS = 1600
_NUMBER = re.compile(r"\+[1-9]\d{7,14}\Z")
_FORMATTING = re.compile(r"[\s().-]")
# https://www.twilio.com/docs/iam/test-credentials: the magic numbers, as recipients and as senders.
_MAGIC_TO = {"+15005550001": 21211, "+15005550002": 21612, "+15005550003": 21408, "+15005550004": 21610,
             "+15005550009": 21614}  # fmt: skip
_MAGIC_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
_MAGIC_SENDER = "+15005550006"
_STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_START = frozenset({"start", "yes", "unstop"})


@dataclass(frozen=True, slots=True)
class Sms:
    """A message to send, checked."""

    to: str
    sender: str
    body: str
    callback: str


class TwilioAccount(Callbacks):
    """One account, one number, its messages and who opted out."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sid = world.settings.twilio_account_sid
        self.messages: dict[str, Record] = world.keep.shelf("twilio.messages", RECORDS)
        self._opted_out: dict[str, list[str]] = world.keep.shelf("twilio.opted_out", RECORDS)
        self.spent = sum((-Decimal(message["price"] or 0) for message in self.messages.values()), Decimal(0))
        self.created = Facts(world.keep, "twilio.facts").get("created", world.timers.wall)
        world.timers.names(text_leaves=self._leave, text_arrives=self._arrive)
        world.webhooks.serve("twilio", self)

    @property
    def number(self) -> str:
        return self.world.settings.twilio_phone_number or _MAGIC_SENDER

    @property
    def opted_out(self) -> list[str]:
        """Numbers of people who want nothing more from us."""
        return sorted(number for _, number in self._opted_out.values())

    def send(self, form: dict[str, str]) -> Record:
        """Queue a message. Raises TwilioRefusedError."""
        sms = self._checked(form)
        message = self._new(sms.sender, sms.to, sms.body, direction="outbound-api", status="queued")
        self._show(message, inbound=False)
        code = self._delivery_code()
        self.world.timers.later(SENT_AFTER, "text_leaves", message["sid"], sms.callback, code)
        return message

    def reply(self, *, sender: str, to: str, body: str) -> Record:
        """A person writes to our number; Twilio looks after STOP and START itself, and tells us in any case."""
        message = self._new(sender, to, body, direction="inbound", status="received")
        self._show(message, inbound=True)
        word = body.strip().lower()
        if word in _STOP:
            self._opted_out[f"{to} {sender}"] = [to, sender]
        elif word in _START:
            self._opted_out.pop(f"{to} {sender}", None)
        self._tell_inbound(message, word)
        return message

    def _checked(self, form: dict[str, str]) -> Sms:
        to, sender = _plain(form.get("To", "")), _plain(form.get("From", ""))
        body = form.get("Body", "")
        if not to:
            raise TwilioRefusedError(21604)
        if not sender:
            raise TwilioRefusedError(21603)
        if not body and "MediaUrl" not in form and "ContentSid" not in form:
            raise TwilioRefusedError(21602)
        if len(body) > _MOST_LETTERS:
            raise TwilioRefusedError(21617)
        self._check_numbers(to, sender)
        callback = form.get("StatusCallback", "")
        if callback and urlsplit(callback).scheme not in ("http", "https"):
            raise TwilioRefusedError(21609, callback=callback)
        return Sms(to=to, sender=sender, body=body, callback=callback)

    def _check_numbers(self, to: str, sender: str) -> None:
        code = _MAGIC_FROM.get(sender) or _MAGIC_TO.get(to)
        if code is None and not _is_number(to):
            code = 21211
        if code is None and not _is_number(sender):
            code = 21212
        if code is None and sender not in (self.number, _MAGIC_SENDER):
            code = 21606
        if code is None and f"{sender} {to}" in self._opted_out:
            code = 21610
        if code is not None:
            raise TwilioRefusedError(code, to=to, sender=sender)

    def _delivery_code(self) -> int | None:
        """The code that a fault puts on the message."""
        struck = self.world.faults.striking(
            "twilio", "messages.create", frozenset({Kind.VENDOR_CODE}),
            only=lambda fault: not TwilioFaultAnswers().refuses(fault.code or ""),
        )  # fmt: skip
        return int(struck[0].code or 30008) if struck else None

    async def _leave(self, sid: str, callback: str, code: int | None) -> None:
        message = self.messages[sid]
        if code in FAILED_BEFORE_SENDING:
            self._move(message, "failed", callback, code)
            return
        cost = PRICE * int(message["num_segments"])
        self.spent += cost
        message |= {"price": f"-{cost:.5f}", "date_sent": self._now()}
        self._move(message, "sent", callback, None)
        self.world.timers.later(3 * SENT_AFTER, "text_arrives", sid, callback, code)

    async def _arrive(self, sid: str, callback: str, code: int | None) -> None:
        self._move(self.messages[sid], "undelivered" if code else "delivered", callback, code)

    def _move(self, message: Record, status: str, callback: str, code: int | None) -> None:
        message |= {"status": status, "error_code": code, "date_updated": self._now()}
        message["error_message"] = UNDELIVERED.get(code, "Unknown error") if code else None
        self.world.messages.set_status(message["sid"], status)
        if callback:
            self._call_back(callback, "status_callback", self._status_form(message))

    def _status_form(self, message: Record) -> dict[str, str]:
        form = {
            "AccountSid": self.sid, "ApiVersion": API_VERSION, "From": message["from"], "MessageSid": message["sid"],
            "MessageStatus": message["status"], "SmsSid": message["sid"], "SmsStatus": message["status"],
            "To": message["to"],
        }  # fmt: skip
        return form | {"ErrorCode": str(message["error_code"])} if message["error_code"] else form

    def _tell_inbound(self, message: Record, word: str) -> None:
        form = {
            "AccountSid": self.sid, "ApiVersion": API_VERSION, "Body": message["body"], "From": message["from"],
            "FromCity": "", "FromCountry": "US", "FromState": "", "FromZip": "", "MessageSid": message["sid"],
            "NumMedia": "0", "NumSegments": message["num_segments"], "SmsMessageSid": message["sid"],
            "SmsSid": message["sid"], "SmsStatus": "received", "To": message["to"], "ToCountry": "US",
        }  # fmt: skip
        if word in _STOP | _START:
            form["OptOutType"] = "STOP" if word in _STOP else "START"
        url = self.world.settings.public_url + INBOUND_PATH
        self._call_back(url, "inbound", form, {"answers": message["sid"]})

    def answered(self, delivery: Delivery, body: bytes) -> None:
        """The texts that the answer's TwiML asks for go back to the writer."""
        if "answers" not in delivery.notes:
            return
        message = self.messages[delivery.notes["answers"]]
        for text in replies_in(body):
            back = self._new(message["to"], message["from"], text, direction="outbound-reply", status="queued")
            self._show(back, inbound=False)
            self.world.timers.later(SENT_AFTER, "text_leaves", back["sid"], "", None)

    def headers(self, delivery: Delivery, *, genuine: bool) -> Mapping[str, str]:
        return sign(self.world.settings.twilio_auth_token, delivery.notes["signed"], genuine)

    def _call_back(self, url: str, operation: str, form: dict[str, str], notes: Mapping[str, str] = _NO_NOTES) -> None:
        """The signature covers the address that the product gave, whatever base the callback is sent to."""
        self.world.webhooks.send(
            Delivery(
                vendor="twilio",
                operation=operation,
                url=self.world.settings.callback_url("twilio", url),
                body=urlencode(form).encode(),
                plan=_CALLBACK_PLAN,
                notes={"signed": signed_text(url, form), **notes},
            )
        )

    def _new(self, sender: str, to: str, body: str, *, direction: str, status: str) -> Record:
        sid, now = self.world.ids.hexadecimal("SM"), self._now()
        uri = f"/{API_VERSION}/Accounts/{self.sid}/Messages/{sid}"
        message: Record = {
            "account_sid": self.sid, "api_version": API_VERSION, "body": body, "date_created": now,
            "date_sent": now if direction == "inbound" else None, "date_updated": now, "direction": direction,
            "error_code": None, "error_message": None, "from": sender, "messaging_service_sid": None, "num_media": "0",
            "num_segments": str(segments(body)), "price": None, "price_unit": "USD", "sid": sid, "status": status,
            "subresource_uris": {"media": f"{uri}/Media.json"}, "tags": None, "to": to, "uri": f"{uri}.json",
        }  # fmt: skip
        self.messages[sid] = message
        return message

    def _show(self, message: Record, *, inbound: bool) -> None:
        count = int(message["num_segments"])
        self.world.messages.add(
            Message(
                id=message["sid"],
                channel=Channel.SMS,
                to=message["to"],
                sender=message["from"],
                text=message["body"],
                status=message["status"],
                timestamp=self.world.timers.wall(),
                inbound=inbound,
                facts={"segments": str(count), "cost": f"${PRICE * count:.4f}"},
            )
        )

    def _now(self) -> str:
        return rfc_2822(self.world.timers.wall())


def rfc_2822(timestamp: float) -> str:
    """`Thu, 24 Aug 2023 05:01:45 +0000`, as Twilio writes moments."""
    return format_datetime(dt.datetime.fromtimestamp(int(timestamp), tz=dt.UTC))


def _plain(number: str) -> str:
    """Without the formatting that Twilio overlooks."""
    return _FORMATTING.sub("", number)


def _is_number(number: str) -> bool:
    return _NUMBER.match(number) is not None and (not number.startswith("+1") or len(number) == 12)
