"""Kinds of message and how each channel sends (N-1, N-4, N-7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from config.values import Count, Duration, Flag, Id, Model
from events import Channel

CUSTOMER = "customer"
OWNERS = "owners"


class MessageKind(StrEnum):
    """The messages that the code can send; each has its settings."""

    SALE = "sale"
    CONFIRMATION = "confirmation"


class Lane(StrEnum):
    """Priority, the most urgent first."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    BULK = "bulk"


def _rate(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise ValueError("must be a number of messages a second above 0, e.g. 10 or 0.5")
    return float(value)


class MessageSettings(Model):
    """`recipients`: `customer`, `owners` (SMS_TARGET_NUMBERS) or roles of contacts.yaml.

    `time_to_live`: how long the message is worth sending; None for ever.
    """

    enabled: Flag
    channel: Channel
    lane: Lane
    recipients: tuple[Id, ...] = Field(min_length=1)
    time_to_live: Duration | None = None


class ChannelRules(Model):
    """`retry_attempts` counts the first try too; the pause begins with `retry_delay` and doubles, with jitter (N-4)."""

    retry_attempts: Count = 3
    retry_delay: Duration = timedelta(seconds=1)
    timeout: Duration = timedelta(seconds=10)
    rate: Annotated[float, BeforeValidator(_rate)]
    receipt_after: Duration = timedelta(seconds=60)
    queue_limit: Count = 10_000


class Messages(Model):
    """messages.yaml."""

    kinds: Mapping[MessageKind, MessageSettings]
    channels: Mapping[Channel, ChannelRules]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if missing := [kind for kind in MessageKind if kind not in self.kinds]:
            raise ValueError(f"kinds lacks {missing[0]}; to send none of it, set enabled: false")
        if unset := [channel for channel in Channel if channel not in self.channels]:
            raise ValueError(f"channels lacks {unset[0]}")
        return self
