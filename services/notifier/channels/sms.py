"""The channel SMS: texts of one SMS where that can be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from chassis.metrics import Metric
from chassis.phones import parse_phone
from chassis.telemetry import mask_phone
from notifier.channels import gsm7
from notifier.channels.domain import Message
from notifier.channels.responses import Vendor
from notifier.channels.spec import AlertText, AlertWords, ChannelNames, ChannelSpec, OpenProvider
from notifier.texts.templates import Templates


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsMessage(Message):
    """A text to a phone.

    to: the number, in E.164
    text: what it says
    segments: how many SMS it costs
    valid_for: how long the vendor may try to deliver it; None for as long as it likes
    """

    to: str
    text: str
    segments: int
    valid_for: timedelta | None = None


def spec(vendor: Vendor, open_provider: OpenProvider) -> ChannelSpec:
    """The channel's row of the table."""
    return ChannelSpec(
        vendor=vendor,
        open_provider=open_provider,
        names=ChannelNames(
            sent_total=Metric.SMS_SENT,
            failed_total=Metric.SMS_FAILED,
            sent="sms_notification_sent",
            failed="sms_delivery_failed",
            refused=dict.fromkeys(("20429", "http_429"), "twilio_rate_limited"),
        ),
        normal=parse_phone,
        mask=mask_phone,
        address_of=lambda person: person.sms,
        known_as=lambda person: (person.sms, person.phone),
        compose_alert=_alert,
        marker=lambda words, templates: alert_text(templates, words),
    )


def alert_text(templates: Templates, words: AlertWords) -> str:
    """The summary gives way, never the code, which stands first where there is little room."""

    def written(summary: str, wide: bool) -> str:
        return templates.sms("alert", alert=replace(words, summary=summary), wide=wide)

    return gsm7.fitted(written, words.summary)


def _alert(told: AlertText, templates: Templates) -> SmsMessage:
    text = alert_text(templates, told.words)
    return SmsMessage(
        delivery_id=told.delivery_id,
        to=told.to,
        text=text,
        segments=gsm7.segments(text),
        valid_for=told.valid_for,
    )
