"""messages.yaml: the kinds of message, and how each channel sends (N-1, N-4, N-7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final, Self

from pydantic import Field, model_validator

from config.values import Count, Duration, Flag, Id, Model
from events import Channel

CUSTOMER: Final = "customer"
OWNERS: Final = "owners"
# Channels whose vendors send receipts.
WITH_RECEIPTS: Final = (Channel.SMS, Channel.EMAIL)
_RECEIPT_AFTER: Final = timedelta(seconds=60)


class MessageKind(StrEnum):
    """The kinds of message that the code can send; each has its settings."""

    SALE = "sale"
    CONFIRMATION = "confirmation"
    SEAT_FOUND = "seat_found"
    SEATS_MOVED = "seats_moved"
    TICKETS_REPLACED = "tickets_replaced"
    TICKETS_AGAIN = "tickets_again"
    CUSTOMER_CHANGED = "customer_changed"
    ADDRESS_LEFT = "address_left"
    TICKET_GIVEN = "ticket_given"
    TICKET_LEFT = "ticket_left"
    TICKET_ENDED = "ticket_ended"
    CHANGE_AGREE = "change_agree"
    CHANGE_CONFIRM = "change_confirm"
    PAYMENT_FAILED = "payment_failed"
    REFUND = "refund"
    SECOND_CHARGE = "second_charge"
    APPOINTMENT_PAID = "appointment_paid"
    APPOINTMENT_REFUND = "appointment_refund"
    PASS_GRANTED = "pass_granted"  # noqa: S105 no password
    PASS_ENDING = "pass_ending"  # noqa: S105 no password
    PURCHASES = "purchases"
    WAITLIST_JOINED = "waitlist_joined"
    WAITLIST_OFFERED = "waitlist_offered"
    WAITLIST_EXPIRED = "waitlist_expired"


class Lane(StrEnum):
    """The priority of a message, most urgent first."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    BULK = "bulk"


class MessageSettings(Model):
    """How one kind of message is sent."""

    enabled: Flag = Field(description="whether any is sent")
    lane: Lane = Field(description="the lane in which it waits")
    recipients: tuple[Id, ...] = Field(
        min_length=1, description="customer, owners (SMS_TARGET_NUMBERS), or roles and people of contacts.yaml"
    )
    time_to_live: Duration | None = Field(None, description="how long it is worth sending; left out, for ever")


class ChannelRules(Model):
    """How one channel sends."""

    retry_attempts: Count = Field(3, description="how often it is tried, the first time included")
    retry_delay: Duration = Field(
        timedelta(seconds=1), description="the first pause before another try; it doubles, with jitter"
    )
    timeout: Duration = Field(
        timedelta(seconds=10), description="how long the provider's answer is waited for; read at the start"
    )
    receipt_after: Duration | None = Field(
        None, description="after how long the provider is asked for a receipt that has not come (60s)"
    )


class Messages(Model):
    """messages.yaml: which messages are sent to whom, and how each channel sends."""

    kinds: Mapping[MessageKind, MessageSettings] = Field(description="kind of message → how it is sent")
    channels: Mapping[Channel, ChannelRules] = Field(description="channel → how it sends")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if missing := [kind for kind in MessageKind if kind not in self.kinds]:
            raise ValueError(f"kinds lacks {missing[0]}; to send none of it, set enabled: false")
        if unset := [channel for channel in Channel if channel not in self.channels]:
            raise ValueError(f"channels lacks {unset[0]}")
        silent = [name for name, rules in self.channels.items() if rules.receipt_after and name not in WITH_RECEIPTS]
        if silent:
            raise ValueError(f"channels.{silent[0]}.receiptAfter waits for receipts that there are none of; remove it")
        return self

    def receipts_after(self) -> dict[Channel, timedelta]:
        """How long after the sending a missing receipt is asked for, for each channel that has receipts."""
        return {channel: self.channels[channel].receipt_after or _RECEIPT_AFTER for channel in WITH_RECEIPTS}
