"""The channel e-mail."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.emails import email_key
from chassis.metrics import Metric
from chassis.telemetry import mask_email
from notifier.channels.domain import Message
from notifier.channels.responses import Vendor
from notifier.channels.spec import AlertText, ChannelNames, ChannelSpec, OpenProvider
from notifier.texts.templates import Templates


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of an e-mail.

    filename: its name
    content_type: its media type
    content: its bytes
    content_id: under this name the HTML shows it (`cid:…`); None for one that is only attached
    """

    filename: str
    content_type: str
    content: bytes
    content_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailMessage(Message):
    """An e-mail to one recipient.

    to: the address
    to_name: the name beside it, or nothing
    subject: one line
    text: the plain version
    html: the other version
    attachments: its files
    """

    to: str
    to_name: str
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()


def spec(vendor: Vendor, open_provider: OpenProvider) -> ChannelSpec:
    """The channel's row of the table."""
    return ChannelSpec(
        vendor=vendor,
        open_provider=open_provider,
        names=ChannelNames(
            sent_total=Metric.EMAIL_SENT,
            failed_total=Metric.EMAIL_FAILED,
            sent="email_notification_sent",
            failed="email_delivery_failed",
            bounced="email_bounce",
        ),
        normal=email_key,
        mask=mask_email,
        address_of=lambda person: person.email,
        known_as=lambda person: (person.email,),
        compose_alert=_alert,
    )


def header(text: str) -> str:
    """One line, whatever a name holds: line breaks in a header begin another one."""
    return " ".join(text.split())


def _alert(told: AlertText, templates: Templates) -> EmailMessage:
    words = told.words
    label = "RESOLVED" if words.resolved else words.severity
    subject = f"{words.icon} {label}: {words.summary}"
    values: dict[str, object] = {
        "brand": told.brand,
        "alert": words,
        "headline": words.summary,
        "title": subject,
        "preview": words.status or f"{words.severity.capitalize()} alert",
        "band": words.colour,
        "on_band": words.on_colour,
        "link": told.link,
    }
    return EmailMessage(
        delivery_id=told.delivery_id,
        to=told.to,
        to_name="",
        subject=subject,
        text=templates.text("alert", **values),
        html=templates.html("alert", **values),
    )
