"""What a provider is handed, what it answers, and what it is asked (N-3, N-4). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a provider sends; each channel has a kind of its own.

    delivery_id: the delivery that it is sent for
    """

    delivery_id: UUID


class Verdict(StrEnum):
    """How a refusal is treated."""

    PASSING = "passing"
    PERMANENT = "permanent"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The provider has the message.

    provider_id: what the provider calls it
    status: how far it is, in the provider's own word
    response_ms: how long the provider took to respond
    segments: of how many SMS it consists
    cost: what the provider takes for it, in major units of `cost_currency`
    cost_currency: ISO code
    error_code: the provider's own, where a message that it had taken has failed
    """

    provider_id: str
    status: str = "accepted"
    response_ms: int = 0
    segments: int | None = None
    cost: Decimal | None = None
    cost_currency: str | None = None
    error_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The provider does not have the message, for certain.

    verdict: whether another attempt makes sense
    code: the provider's own code, or its HTTP status
    reason: a sentence that a person understands
    response_ms: how long the provider took to respond
    retry_after: the pause that the provider asks for
    opted_out: the recipient wants no messages on this channel
    """

    verdict: Verdict
    code: str
    reason: str
    response_ms: int = 0
    retry_after: timedelta | None = None
    opted_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """No response came; the provider may have the message or not (N-3).

    reason: a sentence that a person understands
    response_ms: how long was waited
    """

    reason: str
    response_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    """Nothing was sent, for a reason on our side.

    reason: a sentence that a person understands
    wait: how long until it is tried again
    """

    reason: str
    wait: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """Nothing was sent, and nothing will be: it is no news any more.

    reason: the timeline's word for why
    """

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
    """What is known of a message when the provider is asked for it.

    delivery_id: the delivery that it was sent for
    to: the recipient
    marker: what stands in its text and in no other one to this recipient
    provider_id: what the provider calls it, where that is known
    created_at: it can't be older
    """

    delivery_id: UUID
    to: str
    marker: str
    provider_id: str | None
    created_at: datetime


class Progress(StrEnum):
    """How far the provider says that it is with a message."""

    UNDER_WAY = "under_way"
    HANDED_ON = "handed_on"
    DELIVERED = "delivered"
    FAILED = "failed"
