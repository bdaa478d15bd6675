"""Sends e-mail by SendGrid's mail/send v3 (N-2)."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from pydantic import SecretStr

from chassis.errors import Unavailable
from chassis.http_client import VendorClient, VendorFailure, VendorResponse
from config import Config
from events import Channel
from notifier.channels.domain import Accepted, CannotTell, FindOutcome, Lookup, Message, NotThere, Progress, SendOutcome
from notifier.channels.email import Attachment, EmailMessage
from notifier.channels.provider import Provider
from notifier.channels.responses import Vendor, milliseconds
from notifier.settings import NotifierSettings

SENDGRID: Final = Vendor(
    name="sendgrid",
    title="SendGrid",
    progress={
        **dict.fromkeys(("delivered", "open", "click", "spamreport", "unsubscribe"), Progress.DELIVERED),
        "group_unsubscribe": Progress.DELIVERED,
        **dict.fromkeys(("bounce", "dropped", "blocked", "not_delivered"), Progress.FAILED),
    },
)
DELIVERY_ARGUMENT: Final = "delivery_id"
_NO_SUCH_LIST: Final = frozenset({400, 403, 404})


@dataclass(frozen=True, slots=True, kw_only=True)
class SendGridAccount:
    """Our account at SendGrid.

    api_key: its secret
    from_email: the sender's address
    from_name: the sender's name
    reply_to: where replies go
    """

    api_key: SecretStr
    from_email: str
    from_name: str
    reply_to: str


class SendGridEmail(Provider):
    """Sends e-mail and finds it again by its custom argument, where the account has the activity list (N-3)."""

    def __init__(self, client: VendorClient, account: SendGridAccount) -> None:
        self._client = client
        self._account = account
        self._headers = {"Authorization": f"Bearer {account.api_key.get_secret_value()}"}
        self.pings = {SENDGRID.name: self.ping}

    async def send(self, message: Message) -> SendOutcome:
        if not isinstance(message, EmailMessage):
            raise TypeError("an e-mail goes this way")
        body = await asyncio.to_thread(lambda: json.dumps(mail_json(message, self._account)).encode())
        headers = {**self._headers, "Content-Type": "application/json"}
        try:
            response = await self._client.request(
                "POST", "/v3/mail/send", operation="mail.send", headers=headers, body=body
            )
        except VendorFailure as failure:
            return SENDGRID.unanswered(failure)
        if not response.ok:
            return SENDGRID.refused(response, None)
        return Accepted(provider_id=response.headers.get("x-message-id", ""), response_ms=milliseconds(response))

    async def find(self, lookup: Lookup) -> FindOutcome:
        query = f"unique_args['{DELIVERY_ARGUMENT}']=\"{lookup.delivery_id}\""
        path = f"/v3/messages?{urlencode({'query': query, 'limit': 10})}"
        try:
            response = await self._client.request("GET", path, operation="messages.list", headers=self._headers)
        except VendorFailure as failure:
            return SENDGRID.unanswered(failure)
        if response.status in _NO_SUCH_LIST:
            return CannotTell()
        if not response.ok:
            return SENDGRID.refused(response, None)
        return _found(response)

    async def ping(self) -> None:
        """A free call (N-9); raises when the account can't send."""
        response = await self._client.request(
            "GET", "/v3/user/account", operation="user.account", headers=self._headers
        )
        if not response.ok:
            raise Unavailable(f"SendGrid answers {response.status}")

    async def close(self) -> None:
        await self._client.close()


def open_email(settings: NotifierSettings, config: Config) -> Provider:
    """The provider of the channel e-mail."""
    account = SendGridAccount(
        api_key=settings.sendgrid_api_key,
        from_email=settings.sendgrid_from_email,
        from_name=settings.sendgrid_from_name,
        reply_to=config.brand.reply_to,
    )
    timeout = config.messages.channels[Channel.EMAIL].timeout
    return SendGridEmail(VendorClient(SENDGRID.name, settings.sendgrid_api_url, timeout=timeout), account)


def mail_json(message: EmailMessage, account: SendGridAccount) -> dict[str, Any]:
    """The body of mail/send. Open and click tracking stay off: links in our mails are ours."""
    return {
        "personalizations": [
            {
                "to": [{"email": message.to, "name": message.to_name}],
                "custom_args": {DELIVERY_ARGUMENT: str(message.delivery_id)},
            }
        ],
        "from": {"email": account.from_email, "name": account.from_name},
        "reply_to": {"email": account.reply_to},
        "subject": message.subject,
        "content": [
            {"type": "text/plain", "value": message.text},
            {"type": "text/html", "value": message.html},
        ],
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
        },
        **({"attachments": [_attachment(each) for each in message.attachments]} if message.attachments else {}),
    }


def _attachment(attachment: Attachment) -> dict[str, str]:
    made = {
        "content": base64.b64encode(attachment.content).decode(),
        "type": attachment.content_type,
        "filename": attachment.filename,
        "disposition": "inline" if attachment.content_id else "attachment",
    }
    return {**made, "content_id": attachment.content_id} if attachment.content_id else made


def _found(response: VendorResponse) -> FindOutcome:
    try:
        listed = response.json()["messages"]
    except (ValueError, LookupError, TypeError):
        return CannotTell()
    if not listed:
        return NotThere()
    message = listed[0]
    return Accepted(
        # The list's ids carry the receiving server behind a dot; the send response's don't.
        provider_id=str(message.get("msg_id", "")).partition(".")[0],
        status=str(message.get("status", "")),
        response_ms=milliseconds(response),
    )
