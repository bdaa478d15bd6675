"""What is handed to a provider and what its answers mean (N-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol
from uuid import UUID

from events import Channel

# The channels that have a way out, and who takes it.
PROVIDERS: Final[Mapping[Channel, str]] = MappingProxyType({Channel.SMS: "twilio", Channel.EMAIL: "sendgrid"})


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


SendOutcome = Accepted | Refused | Lost
Outcome = SendOutcome | Postponed


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

    async def send(self, message: SmsMessage | EmailMessage) -> SendOutcome: ...

    async def find(self, lookup: Lookup) -> FindOutcome:
        """Whether the provider has the message, and how far it is."""
        ...


@dataclass(frozen=True, slots=True)
class Rule:
    verdict: Verdict
    reason: str
    opted_out: bool = False


# N-4's table. Vendors split and move codes: what is not here is judged by its HTTP status.
_TWILIO: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "20003": Rule(Verdict.ACCOUNT, "Twilio refuses our credentials."),
        "20005": Rule(Verdict.ACCOUNT, "The Twilio account is not active."),
        "20429": Rule(Verdict.PASSING, "Twilio asks us to slow down."),
        "21211": Rule(Verdict.PERMANENT, "The number is not a valid phone number."),
        "21606": Rule(Verdict.ACCOUNT, "Our sender number can't send SMS."),
        "21608": Rule(Verdict.PERMANENT, "A trial account sends only to verified numbers."),
        "21610": Rule(Verdict.PERMANENT, "The recipient has opted out with STOP.", opted_out=True),
        "21614": Rule(Verdict.PERMANENT, "The number is not a mobile number."),
        "30002": Rule(Verdict.ACCOUNT, "The Twilio account is suspended or out of funds."),
    }
)
_TOO_MANY: Final = 429
_UNAUTHORISED: Final = 401
_TIMED_OUT: Final = 408
_SERVER_ERROR: Final = 500


def refusal(
    provider: str, *, status: int, code: str | None, response_ms: int = 0, retry_after: timedelta | None = None
) -> Refused:
    """What an error answer means: by N-4's table, else by its HTTP status class."""
    rule = (_TWILIO.get(code or "") if provider == "twilio" else None) or _by_status(provider, status)
    return Refused(
        verdict=rule.verdict,
        code=code or f"http_{status}",
        reason=rule.reason,
        response_ms=response_ms,
        retry_after=retry_after,
        opted_out=rule.opted_out,
    )


def late_failure(provider: str, code: str | None) -> Rule:
    """What an error code means that comes with a receipt, after the provider had taken the message."""
    known = _TWILIO.get(code or "") if provider == "twilio" else None
    said = f" (code {code})" if code else ""
    return known or Rule(Verdict.PERMANENT, f"The provider could not deliver it{said}.")


def _by_status(provider: str, status: int) -> Rule:
    name = {"twilio": "Twilio", "sendgrid": "SendGrid"}[provider]
    if status == _UNAUTHORISED:
        return Rule(Verdict.ACCOUNT, f"{name} refuses our credentials.")
    if status == _TOO_MANY:
        return Rule(Verdict.PASSING, f"{name} asks us to slow down.")
    if status >= _SERVER_ERROR or status == _TIMED_OUT:
        return Rule(Verdict.PASSING, f"{name} failed with HTTP {status}.")
    return Rule(Verdict.PERMANENT, f"{name} refused the message with HTTP {status}.")
