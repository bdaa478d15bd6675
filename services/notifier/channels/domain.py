"""What is handed to a provider and what its answers mean (N-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Protocol
from uuid import UUID

from events import Channel

# The channels that have a way out, and who takes it.
PROVIDERS: Final[Mapping[Channel, str]] = MappingProxyType(
    {Channel.SMS: "twilio", Channel.EMAIL: "sendgrid", Channel.SLACK: "slack", Channel.PAGERDUTY: "pagerduty"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsMessage:
    """`marker` stands in the text and in no other message to the same number: by it the provider's list is searched."""

    delivery_id: UUID
    to: str
    text: str
    segments: int
    marker: str
    valid_for: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """With a `content_id` it is shown inside the HTML (`cid:…`)."""

    filename: str
    content_type: str
    content: bytes
    content_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailMessage:
    delivery_id: UUID
    to: str
    to_name: str
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """For Slack. `hook`: our own name of the channel, by which the incoming webhook is chosen.

    `replaces`: the provider's id of the message that this one takes the place of. `acknowledge`: with a bot, the button
    carries it as its value.
    """

    delivery_id: UUID
    to: str
    hook: str
    text: str
    colour: str
    blocks: tuple[Mapping[str, Any], ...]
    mentions: tuple[str, ...] = ()
    acknowledge: str | None = None
    replaces: str | None = None


class PageAction(StrEnum):
    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageMessage:
    """For PagerDuty's Events API v2. `key` chooses the routing key; `payload` and `link` are a trigger's."""

    delivery_id: UUID
    key: str
    action: PageAction
    dedup_key: str
    payload: Mapping[str, Any] | None = None
    link: str | None = None


Message = SmsMessage | EmailMessage | ChatMessage | PageMessage


class Verdict(StrEnum):
    """How a refusal is treated."""

    PASSING = "passing"
    PERMANENT = "permanent"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The provider has it. `status` is the provider's own word."""

    provider_id: str
    status: str = "accepted"
    response_ms: int = 0
    segments: int | None = None
    cost: Decimal | None = None
    cost_currency: str | None = None
    error_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The provider does not have it, for certain. `reason` is a sentence that a person understands."""

    verdict: Verdict
    code: str
    reason: str
    response_ms: int = 0
    retry_after: timedelta | None = None
    opted_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """No answer came; the provider may have it or not (N-3)."""

    reason: str
    response_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    """Nothing was sent, for a reason on our side; tried again after `wait`."""

    reason: str
    wait: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """Nothing was sent, and nothing will be: it is no news any more. `reason` is the timeline's word."""

    reason: str


SendOutcome = Accepted | Refused | Lost
Outcome = SendOutcome | Postponed | Withdrawn


class NotThere:
    """The provider was asked and does not have the message."""


class CannotTell:
    """The provider can't be asked such a thing."""


FindOutcome = Accepted | NotThere | CannotTell | Refused | Lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What is known of a message when the provider is asked for it. It can't be older than `created_at`."""

    delivery_id: UUID
    to: str
    marker: str
    provider_id: str | None
    created_at: datetime


class Progress(StrEnum):
    """How far the provider says that it is with a message."""

    UNDER_WAY = "under_way"
    DELIVERED = "delivered"
    FAILED = "failed"


_PROGRESS: Final[Mapping[str, Progress]] = MappingProxyType(
    {
        # Twilio's message states
        **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), Progress.UNDER_WAY),
        **dict.fromkeys(("delivered", "read", "partially_delivered"), Progress.DELIVERED),
        **dict.fromkeys(("undelivered", "failed", "canceled"), Progress.FAILED),
        # SendGrid's events, and the states of its message list
        **dict.fromkeys(("processed", "deferred", "processing"), Progress.UNDER_WAY),
        **dict.fromkeys(("open", "click", "spamreport", "unsubscribe", "group_unsubscribe"), Progress.DELIVERED),
        **dict.fromkeys(("bounce", "dropped", "blocked", "not_delivered"), Progress.FAILED),
    }
)


def progress(status: str) -> Progress:
    """A word that we don't know says nothing new."""
    return _PROGRESS.get(status, Progress.UNDER_WAY)


class Provider(Protocol):
    """A way out. Never raises for what the network or the provider does."""

    async def send(self, message: Message) -> SendOutcome: ...

    async def find(self, lookup: Lookup, /) -> FindOutcome:
        """Whether the provider has the message, and how far it is."""
        ...
