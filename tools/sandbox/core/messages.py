"""Everything that was sent to people, as people and checkers see it (X-7)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.core.http import Record
from sandbox.core.keeping import Keep


class Channel(StrEnum):
    SMS = "sms"
    VOICE = "voice"
    EMAIL = "email"
    SLACK = "slack"
    DISCORD = "discord"
    PAGERDUTY = "pagerduty"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Attachment:
    """`content` is base64, as it came."""

    filename: str
    content_type: str
    content: str
    content_id: str | None = None
    disposition: str = "attachment"

    def as_json(self) -> Record:
        shown = {"filename": self.filename, "contentType": self.content_type, "content": self.content}
        return shown if self.content_id is None else {**shown, "contentId": self.content_id}


@dataclass(slots=True)
class Message:
    """One message to one recipient; `inbound` ones were written by a person in the sandbox."""

    id: str
    channel: Channel
    to: str
    sender: str
    text: str
    status: str
    timestamp: float
    html: str | None = None
    subject: str | None = None
    attachments: tuple[Attachment, ...] = ()
    inbound: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> Record:
        shown: Record = {
            "id": self.id,
            "channel": self.channel.value,
            "to": self.to,
            "from": self.sender,
            "text": self.text,
            "attachments": [each.as_json() for each in self.attachments],
            "status": self.status,
            "timestamp": iso(self.timestamp),
            "inbound": self.inbound,
        }
        if self.html is not None:
            shown["html"] = self.html
        if self.subject is not None:
            shown["subject"] = self.subject
        return shown


KEPT = 20_000
"""Mails carry attachments; a sandbox under load must not keep them all."""


class MessageStore:
    """In the order in which they came; the newest first when listed; the newest 20,000 are kept."""

    def __init__(self, keep: Keep | None = None) -> None:
        self._messages: dict[str, Message] = (keep or Keep()).shelf("messages", Message)

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, message: Message) -> None:
        self._messages[message.id] = message
        if len(self._messages) > KEPT:
            del self._messages[next(iter(self._messages))]

    def get(self, message_id: str) -> Message | None:
        return self._messages.get(message_id)

    def set_status(self, message_id: str, status: str) -> None:
        """Does nothing for a message that was cleared away meanwhile."""
        message = self._messages.get(message_id)
        if message is not None:
            message.status = status

    def edit(self, message_id: str, *, text: str, status: str) -> None:
        """Does nothing for a message that was cleared away meanwhile."""
        message = self._messages.get(message_id)
        if message is not None:
            message.text, message.status = text, status

    def newest(self, *, channel: str | None = None, to: str | None = None, since: float | None = None) -> list[Message]:
        """`to` is compared without case and plus sign (a query may lose it); `since` is inclusive, epoch seconds."""
        wanted_to = _address(to) if to else None
        return [
            message
            for message in reversed(self._messages.values())
            if (channel is None or message.channel == channel)
            and (wanted_to is None or _address(message.to) == wanted_to)
            and (since is None or message.timestamp >= since)
        ]

    def clear(self) -> int:
        count = len(self._messages)
        self._messages.clear()
        return count


def _address(text: str) -> str:
    return text.strip().lstrip("+").lower()


def iso(timestamp: float) -> str:
    """RFC 3339 in UTC with milliseconds."""
    moment = dt.datetime.fromtimestamp(timestamp, tz=dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
